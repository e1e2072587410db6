package oprf

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/secretsharing"
)

var suite = oprf.SuiteRistretto255

// ShareSize is the length of an encoded share in bytes.
const ShareSize = 32

// ErrShare means that a share does not belong to the commitments that it was said to belong to.
var ErrShare = errors.New("the share does not belong to these commitments")

// Share is one evaluator's part of the key. It is immutable and safe for concurrent use.
type Share struct {
	index  uint16
	server oprf.VerifiableServer
	scalar group.Scalar
}

// ParseShare reads a share and checks it against the public commitments.
func ParseShare(index uint16, b []byte, public *Public) (*Share, error) {
	var key oprf.PrivateKey
	if err := key.UnmarshalBinary(suite, b); err != nil {
		return nil, fmt.Errorf("reading share %d: %w", index, ErrShare)
	}
	scalar := group.Ristretto255.NewScalar()
	if err := scalar.UnmarshalBinary(b); err != nil {
		return nil, fmt.Errorf("reading share %d: %w", index, ErrShare)
	}
	want, err := public.share(index)
	if err != nil {
		return nil, err
	}
	if !group.Ristretto255.NewElement().MulGen(scalar).IsEqual(want) {
		return nil, fmt.Errorf("reading share %d: %w", index, ErrShare)
	}
	key.Public() // kept by the key, which makes it on first use: not safe later, concurrently
	return &Share{index: index, server: oprf.NewVerifiableServer(suite, &key), scalar: scalar}, nil
}

// Index returns the place of the share, from 1.
func (s *Share) Index() uint16 { return s.index }

// Bytes returns the secret scalar, to be sealed or kept where only the evaluator reads.
func (s *Share) Bytes() ([]byte, error) { return s.scalar.MarshalBinary() }

// Format prints only that there is a secret, whatever the verb.
func (*Share) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[share]") }

// Request is a batch of blinded points that an evaluator may raise to its share.
type Request struct{ blinded []group.Element }

// ParseRequest reads a batch of blinded points.
func ParseRequest(b []byte) (*Request, error) {
	blinded, err := decodeElements(b)
	if err != nil {
		return nil, err
	}
	return &Request{blinded}, nil
}

// Evaluate raises each blinded point of a request to the share and returns the points with one proof for all of them.
func (s *Share) Evaluate(request *Request) (answer []byte, err error) {
	evaluation, err := s.server.Evaluate(&oprf.EvaluationRequest{Elements: request.blinded})
	if err != nil {
		return nil, fmt.Errorf("evaluating: %w", err)
	}
	answer, err = appendElements(make([]byte, 0, len(request.blinded)*ElementSize+ProofSize), evaluation.Elements)
	if err != nil {
		return nil, err
	}
	proof, err := evaluation.Proof.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("encoding the proof: %w", err)
	}
	return append(answer, proof...), nil
}

// Deal makes a key, shares it among n so that any t can evaluate and t-1 know nothing, and forgets the key: only the
// shares and the commitments are returned. Whoever runs it could have looked; a key that nobody ever saw comes of a
// ceremony without a dealer.
func Deal(t, n int) (*Public, []*Share, error) {
	if t < 2 || n < t || n > MaxShares {
		return nil, nil, fmt.Errorf("dealing %d of %d shares: at least 2, and at most %d in all", t, n, MaxShares)
	}
	secret := group.Ristretto255.RandomNonZeroScalar(rand.Reader)
	sharing := secretsharing.New(rand.Reader, uint(t-1), secret) // the library counts those who may conspire
	public := &Public{commitments: sharing.CommitSecret()}
	shares := make([]*Share, n)
	for i, share := range sharing.Share(uint(n)) {
		b, err := share.Value.MarshalBinary()
		if err != nil {
			return nil, nil, fmt.Errorf("dealing share %d: %w", i+1, err)
		}
		if shares[i], err = ParseShare(uint16(i+1), b, public); err != nil {
			return nil, nil, fmt.Errorf("dealing: %w", err)
		}
	}
	return public, shares, nil
}
