package oprf

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/math/polynomial"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"
)

// What is wrong with an evaluator's answer, or with a set of them.
var (
	// ErrProof means that the answer was not made with the share of that evaluator.
	ErrProof = errors.New("the proof does not hold: the answer was not made with this evaluator's share")
	// ErrShape means that the answer has another form than the request.
	ErrShape = errors.New("the answer has not one point a blinded point and a proof")
	// ErrSameShare means that two answers are of one share, which are worth one.
	ErrSameShare = errors.New("two answers of one share")
	// ErrTooFew means that fewer evaluators have answered than the key wants.
	ErrTooFew = errors.New("too few answers")
)

// Client blinds inputs and checks answers under one shared key. It is immutable and safe for concurrent use.
type Client struct {
	public *Public
	client oprf.VerifiableClient
	shares map[uint16]group.Element
	proofs dleq.Params
}

// NewClient returns a client of the key that is shared among the places 1 to n.
func NewClient(public *Public, n int) (*Client, error) {
	if n < public.Threshold() || n > MaxShares {
		return nil, fmt.Errorf("%d evaluators: the key wants %d to %d", n, public.Threshold(), MaxShares)
	}
	key := new(oprf.PublicKey)
	b, err := public.commitments[0].MarshalBinaryCompress()
	if err != nil {
		return nil, fmt.Errorf("encoding the public key: %w", err)
	}
	if err := key.UnmarshalBinary(suite, b); err != nil {
		return nil, fmt.Errorf("the public key: %w", err)
	}
	c := &Client{
		public: public,
		client: oprf.NewVerifiableClient(suite, key),
		shares: map[uint16]group.Element{},
		// RFC 9497, section 3: the context string of the verifiable mode.
		proofs: dleq.Params{G: suite.Group(), H: suite.Hash(), DST: []byte("OPRFV1-\x01-" + suite.Identifier())},
	}
	for index := uint16(1); int(index) <= n; index++ {
		if c.shares[index], err = public.share(index); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Threshold returns how many right answers make a pseudonym.
func (c *Client) Threshold() int { return c.public.Threshold() }

// Blinding is a batch of inputs under way. One goroutine at a time may use it.
type Blinding struct {
	client  *Client
	inputs  [][]byte
	data    *oprf.FinalizeData
	blinded []group.Element
	request []byte
	answers []partial
}

// partial is an evaluator's answer whose proof holds.
type partial struct {
	index    uint16
	elements []group.Element
}

// Blind hides inputs under fresh random factors: two requests for one input have nothing in common.
func (c *Client) Blind(inputs [][]byte) (*Blinding, error) {
	if len(inputs) < 1 || len(inputs) > MaxBatch {
		return nil, fmt.Errorf("blinding %d inputs: %w", len(inputs), ErrBatch)
	}
	for i, input := range inputs {
		if len(input) == 0 || len(input) > MaxInput {
			return nil, fmt.Errorf("input %d has %d bytes: 1 to %d", i+1, len(input), MaxInput)
		}
	}
	data, request, err := c.client.Blind(inputs)
	if err != nil {
		return nil, fmt.Errorf("blinding: %w", err)
	}
	return c.blinding(inputs, data, request)
}

func (c *Client) blinding(inputs [][]byte, data *oprf.FinalizeData, request *oprf.EvaluationRequest) (*Blinding,
	error) {
	b := &Blinding{client: c, inputs: inputs, data: data, blinded: request.Elements}
	var err error
	if b.request, err = appendElements(nil, request.Elements); err != nil {
		return nil, err
	}
	return b, nil
}

// Request returns what goes to the evaluators.
func (b *Blinding) Request() []byte { return b.request }

// Answers returns how many right answers of different evaluators there are.
func (b *Blinding) Answers() int { return len(b.answers) }

// Take checks the answer of the evaluator at that place and keeps it. An error is that evaluator's fault, and the
// answer does not count.
func (b *Blinding) Take(index uint16, answer []byte) error {
	public, ok := b.client.shares[index]
	if !ok {
		return fmt.Errorf("there is no evaluator at place %d", index)
	}
	if slices.ContainsFunc(b.answers, func(p partial) bool { return p.index == index }) {
		return ErrSameShare
	}
	if len(answer) != len(b.request)+ProofSize {
		return ErrShape
	}
	points, signed := answer[:len(b.request)], answer[len(b.request):]
	elements, err := decodeElements(points)
	if err != nil {
		return err
	}
	proof := new(dleq.Proof)
	if err := proof.UnmarshalBinary(suite.Group(), signed); err != nil {
		return fmt.Errorf("%w: %w", ErrProof, err)
	}
	if !(dleq.Verifier{Params: b.client.proofs}).VerifyBatchRFC9497(public, b.blinded, elements, proof) {
		return ErrProof
	}
	b.answers = append(b.answers, partial{index, elements})
	return nil
}

// Finalize returns the outputs of RFC 9497, one an input, once enough answers were taken.
func (b *Blinding) Finalize() ([][]byte, error) {
	t := b.client.Threshold()
	if len(b.answers) < t {
		return nil, fmt.Errorf("%d of %d answers: %w", len(b.answers), t, ErrTooFew)
	}
	g := suite.Group()
	places := make([]group.Scalar, t)
	for i, p := range b.answers[:t] {
		places[i] = g.NewScalar().SetUint64(uint64(p.index))
	}
	weights := make([]group.Scalar, t)
	for j := range weights {
		weights[j] = polynomial.LagrangeBase(uint(j), places, g.NewScalar())
	}
	unblinds := inverses(b.data.CopyBlinds())
	outputs := make([][]byte, len(b.inputs))
	factor, part := g.NewScalar(), g.NewElement()
	for i, input := range b.inputs {
		// Recombining and taking the blind off are one multiplication an answer.
		sum := g.Identity()
		for j, p := range b.answers[:t] {
			sum.Add(sum, part.Mul(p.elements[i], factor.Mul(weights[j], unblinds[i])))
		}
		element, err := sum.MarshalBinaryCompress()
		if err != nil {
			return nil, fmt.Errorf("finalizing: %w", err)
		}
		outputs[i] = output(input, element)
	}
	return outputs, nil
}

// output is the hash at the end of Finalize, RFC 9497, section 3.3.1.
func output(input, element []byte) []byte {
	h := sha512.New()
	for _, part := range [][]byte{input, element} {
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(part))))
		h.Write(part)
	}
	h.Write([]byte("Finalize"))
	return h.Sum(nil)
}

// inverses inverts scalars, none of which is zero, at the price of one inversion.
func inverses(list []group.Scalar) []group.Scalar {
	g := suite.Group()
	before := make([]group.Scalar, len(list)) // products of all before
	product := g.NewScalar().SetUint64(1)
	for i, s := range list {
		before[i] = product.Copy()
		product.Mul(product, s)
	}
	product.Inv(product)
	for i := len(list) - 1; i >= 0; i-- {
		before[i].Mul(before[i], product)
		product.Mul(product, list[i])
	}
	return before
}
