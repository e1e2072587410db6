package oprf

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/secretsharing"
	"pgregory.net/rapid"
)

// vectors are those of RFC 9497, appendix A.1.2.
type vectors struct {
	Secret string `json:"skSm"`
	Public string `json:"pkSm"`
	Tests  []struct {
		Blind, BlindedElement, EvaluationElement, Input, Output string
		Proof                                                   struct{ Proof string }
	} `json:"vectors"`
}

func unhex(t testing.TB, text string) (all [][]byte) {
	t.Helper()
	for _, part := range strings.Split(text, ",") {
		b, err := hex.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/rfc9497-voprf-ristretto255-sha512.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func scalarOf(t testing.TB, b []byte) group.Scalar {
	t.Helper()
	s := suite.Group().NewScalar()
	if err := s.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	return s
}

// shareOut shares a known key, which only a test has.
func shareOut(t testing.TB, secret group.Scalar, threshold, n int) (*Public, []*Share) {
	t.Helper()
	sharing := secretsharing.New(nil, uint(threshold-1), secret)
	public := &Public{commitments: sharing.CommitSecret()}
	var shares []*Share
	for i, s := range sharing.Share(uint(n)) {
		b, err := s.Value.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		share, err := ParseShare(uint16(i+1), b, public)
		if err != nil {
			t.Fatal(err)
		}
		shares = append(shares, share)
	}
	return public, shares
}

// The RFC's outputs come of its inputs and blinds, whichever 2 of 3 evaluators hold its key.
func TestVectorsOfRFC9497(t *testing.T) {
	v := readVectors(t)
	public, shares := shareOut(t, scalarOf(t, unhex(t, v.Secret)[0]), 2, 3)
	if key, err := public.Bytes(); err != nil || hex.EncodeToString(key[0]) != v.Public {
		t.Fatalf("public key %x, %v", key[0], err)
	}
	client, err := NewClient(public, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range v.Tests {
		var blinds []group.Scalar
		for _, b := range unhex(t, test.Blind) {
			blinds = append(blinds, scalarOf(t, b))
		}
		for _, asked := range [][]int{{0, 1}, {0, 2}, {2, 1}} {
			data, request, err := client.client.DeterministicBlind(unhex(t, test.Input), blinds)
			if err != nil {
				t.Fatal(err)
			}
			blinding, err := client.blinding(unhex(t, test.Input), data, request)
			if err != nil {
				t.Fatal(err)
			}
			if want := slices.Concat(unhex(t, test.BlindedElement)...); !bytes.Equal(blinding.Request(), want) {
				t.Fatalf("blinded %x, want %x", blinding.Request(), want)
			}
			for _, i := range asked {
				answer, err := raw(shares[i], blinding.Request())
				if err != nil {
					t.Fatal(err)
				}
				if err := blinding.Take(shares[i].Index(), answer); err != nil {
					t.Fatal(err)
				}
			}
			outputs, err := blinding.Finalize()
			if err != nil {
				t.Fatal(err)
			}
			if want := unhex(t, test.Output); !slices.EqualFunc(outputs, want, bytes.Equal) {
				t.Errorf("evaluators %v gave %x, want %x", asked, outputs, want)
			}
		}
		// The RFC's own evaluation and proof are taken as an answer of one who holds the whole key.
		whole := *client
		whole.shares = map[uint16]group.Element{1: public.commitments[0]}
		data, request, err := whole.client.DeterministicBlind(unhex(t, test.Input), blinds)
		if err != nil {
			t.Fatal(err)
		}
		blinding, err := whole.blinding(unhex(t, test.Input), data, request)
		if err != nil {
			t.Fatal(err)
		}
		if err := blinding.Take(1,
			slices.Concat(append(unhex(t, test.EvaluationElement), unhex(t, test.Proof.Proof)...)...)); err != nil {
			t.Errorf("the RFC's proof: %v", err)
		}
	}
}

// deal returns a key that is shared 2 of 3, and a client of it.
func deal(t testing.TB) (*Client, []*Share) {
	t.Helper()
	public, shares, err := Deal(2, 3)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := public.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = ParsePublic(encoded); err != nil {
		t.Fatal(err)
	}
	client, err := NewClient(public, 3)
	if err != nil {
		t.Fatal(err)
	}
	return client, shares
}

func blind(t testing.TB, client *Client, inputs ...string) *Blinding {
	t.Helper()
	var all [][]byte
	for _, input := range inputs {
		all = append(all, []byte(input))
	}
	blinding, err := client.Blind(all)
	if err != nil {
		t.Fatal(err)
	}
	return blinding
}

func evaluate(t testing.TB, share *Share, request []byte) []byte {
	t.Helper()
	answer, err := raw(share, request)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// raw evaluates what came as bytes.
func raw(share *Share, request []byte) ([]byte, error) {
	parsed, err := ParseRequest(request)
	if err != nil {
		return nil, err
	}
	return share.Evaluate(parsed)
}

// Any t of n give the same output, and it is that of one server that holds the key.
func TestAnySharesGiveTheSameOutput(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(rt, "n")
		threshold := rapid.IntRange(2, n).Draw(rt, "t")
		secret := suite.Group().RandomNonZeroScalar(nil)
		public, shares := shareOut(t, secret, threshold, n)
		client, err := NewClient(public, n)
		if err != nil {
			rt.Fatal(err)
		}
		input := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "input")
		blinding, err := client.Blind([][]byte{input})
		if err != nil {
			rt.Fatal(err)
		}
		for _, i := range rapid.Permutation(shares).Draw(rt, "order")[:threshold] {
			if err := blinding.Take(i.Index(), evaluate(t, i, blinding.Request())); err != nil {
				rt.Fatal(err)
			}
		}
		got, err := blinding.Finalize()
		if err != nil {
			rt.Fatal(err)
		}
		key := new(oprf.PrivateKey)
		b, _ := secret.MarshalBinary()
		if err := key.UnmarshalBinary(suite, b); err != nil {
			rt.Fatal(err)
		}
		want, err := oprf.NewVerifiableServer(suite, key).FullEvaluate(input)
		if err != nil || !bytes.Equal(got[0], want) {
			rt.Fatalf("%d of %d gave %x, one server %x, %v", threshold, n, got[0], want, err)
		}
	})
}

func TestAWrongAnswerIsRefused(t *testing.T) {
	client, shares := deal(t)
	_, others := deal(t)
	request := blind(t, client, "a", "b").Request()
	right := evaluate(t, shares[0], request)
	tests := []struct {
		name   string
		index  uint16
		answer []byte
		want   error
	}{
		{"of another evaluator", 2, right, ErrProof},
		{"of another key", 1, evaluate(t, others[0], request), ErrProof},
		{"of another request", 1, evaluate(t, shares[0], blind(t, client, "a", "b").Request()), ErrProof},
		{"points in another order", 1, slices.Concat(right[32:64], right[:32], right[64:]), ErrProof},
		{"a point is the identity", 1, slices.Concat(make([]byte, 32), right[32:]), ErrIdentity},
		{"a point off the group", 1, slices.Concat(bytes.Repeat([]byte{0xff}, 32), right[32:]), ErrElement},
		{"a proof that is no scalars", 1, slices.Concat(right[:64], bytes.Repeat([]byte{0xff}, 64)), ErrProof},
		{"one point short", 1, right[32:], ErrShape},
		{"without a proof", 1, right[:64], ErrShape},
		{"nothing", 1, nil, ErrShape},
		{"a place that nobody has", 4, right, nil},
		{"the key's own place", 0, right, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			blinding := &Blinding{client: client, request: request}
			var err error
			if blinding.blinded, err = decodeElements(request); err != nil {
				t.Fatal(err)
			}
			err = blinding.Take(test.index, test.answer)
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if blinding.Answers() != 0 {
				t.Error("it was counted")
			}
		})
	}
}

func TestTwoAnswersOfOneShareAreWorthOne(t *testing.T) {
	client, shares := deal(t)
	blinding := blind(t, client, "a")
	if err := blinding.Take(1, evaluate(t, shares[0], blinding.Request())); err != nil {
		t.Fatal(err)
	}
	if err := blinding.Take(1, evaluate(t, shares[0], blinding.Request())); !errors.Is(err, ErrSameShare) {
		t.Errorf("the second: %v", err)
	}
	if _, err := blinding.Finalize(); !errors.Is(err, ErrTooFew) {
		t.Errorf("finalized with one share: %v", err)
	}
}

func TestWhatAnEvaluatorRefuses(t *testing.T) {
	client, shares := deal(t)
	right := blind(t, client, "a").Request()
	odd, high := bytes.Clone(right), bytes.Clone(right)
	odd[0] |= 1
	high[31] |= 0x80
	tests := []struct {
		name    string
		request []byte
		want    error
	}{
		{"nothing", nil, ErrBatch},
		{"more than a batch", bytes.Repeat(right, MaxBatch+1), ErrBatch},
		{"a piece of a point", right[:31], ErrBatch},
		{"the identity", make([]byte, 32), ErrIdentity},
		{"the identity in the middle", slices.Concat(right, make([]byte, 32), right), ErrIdentity},
		{"off the group", append([]byte{2}, make([]byte, 31)...), ErrElement},
		{"a negative encoding", odd, ErrElement},
		{"another encoding of a point", high, ErrElement},
		{"the field's size as zero", append(append([]byte{0xed}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f), ErrElement},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := raw(shares[0], test.request); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	if _, err := raw(shares[0], bytes.Repeat(right, MaxBatch)); err != nil {
		t.Errorf("a whole batch: %v", err)
	}
}

func TestAShareOfAnotherKeyIsRefused(t *testing.T) {
	client, shares := deal(t)
	_, others := deal(t)
	of := func(s *Share) []byte {
		b, err := s.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, test := range map[string]struct {
		index uint16
		share []byte
	}{
		"another key":   {1, of(others[0])},
		"another place": {2, of(shares[0])},
		"place zero":    {0, of(shares[0])},
		"zero":          {1, make([]byte, 32)},
		"not reduced":   {1, bytes.Repeat([]byte{0xff}, 32)},
		"short":         {1, of(shares[0])[:31]},
	} {
		if _, err := ParseShare(test.index, test.share, client.public); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// An evaluator sees points that have nothing in common, though the identifier is the same.
func TestTwoRequestsForOneInputDiffer(t *testing.T) {
	client, _ := deal(t)
	if bytes.Equal(blind(t, client, "a").Request(), blind(t, client, "a").Request()) {
		t.Error("the same request twice")
	}
}

func FuzzEvaluate(f *testing.F) {
	client, shares := deal(f)
	f.Add(blind(f, client, "a").Request())
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, request []byte) {
		answer, err := raw(shares[0], request)
		if err == nil && len(answer) != len(request)+ProofSize {
			t.Errorf("%d bytes answer %d", len(answer), len(request))
		}
	})
}

func FuzzTake(f *testing.F) {
	client, shares := deal(f)
	blinding := blind(f, client, "a")
	right := evaluate(f, shares[0], blinding.Request())
	f.Add(right)
	f.Add(bytes.Repeat(right[:32], 3))
	f.Fuzz(func(t *testing.T, answer []byte) {
		fresh := *blinding
		if err := fresh.Take(1, answer); err == nil && !bytes.Equal(answer[:32], right[:32]) {
			t.Error("a wrong point was taken")
		}
	})
}

func FuzzParsePublic(f *testing.F) {
	client, _ := deal(f)
	encoded, err := client.public.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(slices.Concat(encoded...))
	f.Fuzz(func(t *testing.T, data []byte) {
		var all [][]byte
		for b := range slices.Chunk(data, ElementSize) {
			all = append(all, b)
		}
		public, err := ParsePublic(all)
		if err != nil {
			return
		}
		again, err := public.Bytes()
		if err != nil || !slices.EqualFunc(again, all, bytes.Equal) {
			t.Errorf("another encoding: %x, %v", again, err)
		}
	})
}

func BenchmarkPseudonyms(b *testing.B) {
	client, shares := deal(b)
	inputs := make([][]byte, MaxBatch)
	for i := range inputs {
		inputs[i] = []byte{byte(i), 1}
	}
	for b.Loop() {
		blinding, err := client.Blind(inputs)
		if err != nil {
			b.Fatal(err)
		}
		for _, share := range shares[:2] {
			if err := blinding.Take(share.Index(), evaluate(b, share, blinding.Request())); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := blinding.Finalize(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*MaxBatch)/b.Elapsed().Seconds(), "pseudonyms/s")
}
