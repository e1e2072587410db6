package member_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	circl "github.com/cloudflare/circl/oprf"

	"tallystick/claim"
	"tallystick/feed/synthetic"
	"tallystick/signals"
	"tallystick/signals/consortium"
	"tallystick/signals/evaluator"
	"tallystick/signals/identifier"
	"tallystick/signals/index"
	"tallystick/signals/member"
	"tallystick/signals/oprf"
)

// dictionary returns every phone that the generator gives out in a feed, as a list of all numbers of a country would
// be.
func dictionary(t *testing.T) []signals.Identifier {
	t.Helper()
	events, err := synthetic.Generate(synthetic.Config{Claims: 300})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var all []signals.Identifier
	add := func(p *claim.Party) {
		if p.Phone != "" && !seen[p.Phone] {
			seen[p.Phone] = true
			all = append(all, signals.Identifier{Domain: signals.Phone, Parts: []string{p.Phone},
				Country: p.Address.Country})
		}
	}
	for e := range events {
		add(&e.Claimant)
		for i := range e.Parties {
			add(&e.Parties[i])
		}
	}
	if len(all) < 100 {
		t.Fatalf("a dictionary of %d", len(all))
	}
	return all
}

// attacker has the dictionary, and whatever a test gives it.
type attacker struct {
	t     *testing.T
	forms *identifier.Forms
	words []signals.Identifier
}

func (a *attacker) input(word signals.Identifier) []byte {
	form, ok, err := a.forms.Form(word)
	if err != nil || !ok {
		a.t.Fatal(ok, err)
	}
	return signals.Input(word.Domain, form)
}

// outputs makes the best guess at each word's output that shares allow: t of them give the output, fewer its own
// evaluation.
func (a *attacker) outputs(public *oprf.Public, shares ...*oprf.Share) [][]byte {
	a.t.Helper()
	var all [][]byte
	for chunk := range chunks(a.words) {
		var inputs [][]byte
		for _, word := range chunk {
			inputs = append(inputs, a.input(word))
		}
		client := must[*oprf.Client](a.t)(oprf.NewClient(public, 3))
		blinding := must[*oprf.Blinding](a.t)(client.Blind(inputs))
		for _, share := range shares {
			if err := blinding.Take(share.Index(),
				must[[]byte](a.t)(share.Evaluate(must[*oprf.Request](a.t)(oprf.ParseRequest(blinding.Request()))))); err != nil {
				a.t.Fatal(err)
			}
		}
		if outputs, err := blinding.Finalize(); err == nil {
			all = append(all, outputs...)
			continue
		}
		// A client that believes the one share to be the whole key takes its answer for the output.
		alone := aloneWith(a.t, shares[0], inputs)
		all = append(all, alone...)
	}
	return all
}

func chunks(words []signals.Identifier) func(func([]signals.Identifier) bool) {
	return func(yield func([]signals.Identifier) bool) {
		for len(words) > 0 {
			n := min(len(words), oprf.MaxBatch)
			if !yield(words[:n]) {
				return
			}
			words = words[n:]
		}
	}
}

// aloneWith evaluates inputs as somebody does who takes one share for the whole key.
func aloneWith(t *testing.T, share *oprf.Share, inputs [][]byte) (all [][]byte) {
	t.Helper()
	key := new(circl.PrivateKey)
	if err := key.UnmarshalBinary(circl.SuiteRistretto255, must[[]byte](t)(share.Bytes())); err != nil {
		t.Fatal(err)
	}
	for _, input := range inputs {
		all = append(all, must[[]byte](t)(circl.NewVerifiableServer(circl.SuiteRistretto255, key).FullEvaluate(input)))
	}
	return all
}

// opened counts the words that an attacker finds in published batches with guessed outputs and a members' key.
func opened(batches []*signals.Batch, outputs [][]byte, epochKey []byte) (n int) {
	names := map[signals.Pseudonym]index.Group{}
	groups := map[index.Group]bool{}
	for _, b := range batches {
		for i := range b.Entries {
			g := index.Group{Publisher: b.Publisher, Domain: b.Entries[i].Domain, Month: b.Entries[i].Month}
			names[b.Entries[i].Pseudonym], groups[g] = g, true
		}
	}
	for _, output := range outputs {
		for g := range groups {
			if names[index.NewNamer(epochKey, g).Name(index.Digest(output))] == g {
				n++
			}
		}
	}
	return n
}

// The threat table of the design note, row by row: who has what, and how many of the published identifiers they open
// with a dictionary that holds them all. The last row shows that the attack itself works.
func TestWhatAThiefLearns(t *testing.T) {
	s := found(t, "acme", "beta")
	a := &attacker{t, must[*identifier.Forms](t)(identifier.New()), dictionary(t)}
	flagged := []string{}
	for _, word := range a.words[:10] {
		flagged = append(flagged, "phone="+word.Parts[0]+"@"+word.Country)
	}
	s.members["acme"].publish(flagged...)
	s.pull()

	f := must[*consortium.File](t)(consortium.Open(s.file))
	acme, _ := f.Member("acme")
	verifier := must[interface {
		Name() string
		KeyHash() uint32
		Verify(msg, sig []byte) bool
	}](t)(acme.Verifier())
	var stolen []*signals.Batch
	for path, text := range files(t, filepath.Join(s.dir, "beta", "received", "acme")) {
		b, err := signals.OpenBatch([]byte(text), verifier)
		if err != nil {
			t.Fatal(path, err)
		}
		stolen = append(stolen, b)
	}
	public := must[*oprf.Public](t)(oprf.ParsePublic(f.Epochs[0].Commitments))
	beta := must[*consortium.Key](t)(consortium.LoadKey(filepath.Join(s.dir, "beta", member.KeyFile)))
	epochKey := must[[]byte](t)(f.MemberKey(f.Epochs[0], beta))
	var shares []*oprf.Share
	for _, name := range []string{"ev1", "ev2"} {
		key := must[*consortium.Key](t)(consortium.LoadKey(filepath.Join(s.dir, name, evaluator.KeyFile)))
		for _, sealed := range files(t, filepath.Join(s.dir, name, "shares")) {
			opened := must[*consortium.Opened](t)(consortium.OpenShare(must[consortium.SealedShare](t)(consortium.ParseShare([]byte(sealed))), f, key))
			shares = append(shares, opened.Share)
		}
	}
	plain := [][]byte{}
	for _, word := range a.words {
		plain = append(plain, a.input(word))
	}
	whole := a.outputs(public, shares...)
	for _, row := range []struct {
		who     string
		outputs [][]byte
		key     []byte
		want    int
	}{
		{"the whole index", plain, make([]byte, 32), 0},
		{"the index and a member's epoch key", plain, epochKey, 0},
		{"the index, the key, and t-1 shares", a.outputs(public, shares[0]), epochKey, 0},
		{"the index and t shares, without the members' key", whole, make([]byte, 32), 0},
		{"the index, the key, and t shares: the attack works", whole, epochKey, 10},
	} {
		if got := opened(stolen, row.outputs, row.key); got != row.want {
			t.Errorf("%s opens %d of 10 with a dictionary of %d, want %d", row.who, got, len(a.words), row.want)
		}
	}
}

// A list that another member copies corroborates nothing: the same names under another publisher are about nobody.
func TestACopiedListCorroboratesNothing(t *testing.T) {
	s := found(t, "acme", "beta", "gamma")
	s.members["acme"].publish(phone)
	s.pull()
	var copied *signals.Batch
	f := must[*consortium.File](t)(consortium.Open(s.file))
	acme, _ := f.Member("acme")
	verifier, err := acme.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range files(t, filepath.Join(s.dir, "gamma", "received", "acme")) {
		copied = must[*signals.Batch](t)(signals.OpenBatch([]byte(text), verifier))
	}
	l := s.takeOver("gamma")
	b := l.batch(1)
	b.Entries[0].Pseudonym = copied.Entries[0].Pseudonym
	l.batches = [][]byte{must[[]byte](t)(signals.SignBatch(b, l.key.Signer()))}
	beta := s.members["beta"]
	if err := beta.Pull(context.Background()); err != nil {
		t.Fatal(err)
	}
	beta.lookUp("C-1", phone)
	sent, err := beta.Inquire(context.Background(), "carl", "beta", "C-1", "?")
	if err != nil || len(sent) != 1 || sent[0].To != "acme" {
		t.Errorf("asked %v, %v: the copy counts, or hides the original", sent, err)
	}
}

// What two look-ups of one identifier leave at an evaluator has nothing in common but who asked, when and how many.
func TestAnEvaluatorCannotLinkTwoLookUps(t *testing.T) {
	s := found(t, "acme", "beta")
	var requests []*evaluator.Request
	s.proxy("ev1", func(r *evaluator.Request, _ *evaluator.Answer) error { requests = append(requests, r); return nil })
	s.evaluators["ev2"].stop() // so that ev1 is asked
	for range 2 {
		s.members["beta"].lookUp("C-1", phone)
	}
	if len(requests) != 2 {
		t.Fatalf("%d requests", len(requests))
	}
	one, two := requests[0], requests[1]
	if bytes.Equal(one.Blinded, two.Blinded) || one.Claim == two.Claim {
		t.Error("two look-ups of one identifier for one claim can be linked")
	}
	// With its own share and the dictionary of all numbers, what it saw is no evaluation of any of them.
	a := &attacker{t, must[*identifier.Forms](t)(identifier.New()), append(dictionary(t), id(t, phone))}
	for _, word := range a.words {
		if bytes.Contains(one.Blinded, a.input(word)) {
			t.Error("a blinded point holds the input")
		}
	}
}

// Nothing clear, no normal form and no output of another member is in any file or log of any node, in any spelling of
// bytes.
func TestNoFileHoldsAnIdentifier(t *testing.T) {
	s := found(t, "acme", "beta")
	acme, beta := s.members["acme"], s.members["beta"]
	ids := []string{
		phone, "account=DE02120300000000202051", "person=Ann Unmistakable|1980-02-11", "email=ann@unmistakable.example",
		"national-id=passport|X98765432@DE", "address=12 Unmistakable Street||Springfield|01101@US",
	}
	names := acme.publish(ids...)
	s.pull()
	beta.lookUp("C-1", ids...)
	if _, err := beta.Inquire(context.Background(), "carl", "beta", "C-1", "?"); err != nil {
		t.Fatal(err)
	}
	acme.turn(signals.Suspend, names...)
	s.pull()
	forms := must[*identifier.Forms](t)(identifier.New())
	var needles []string
	for _, text := range ids {
		clear := id(t, text)
		form, _, err := forms.Form(clear)
		if err != nil {
			t.Fatal(err)
		}
		needles = append(needles, string(form), string(form[len(form)-26:]))
		for _, part := range clear.Parts {
			if len(part) > 5 {
				needles = append(needles, part, strings.ToLower(part), base64.StdEncoding.EncodeToString([]byte(part)),
					hex.EncodeToString([]byte(part)))
			}
		}
	}
	needles = append(needles, "1701234567", "1980-02-11")
	all := files(t, s.dir)
	for _, e := range s.evaluators {
		all["the log of "+e.name] = e.log.String()
	}
	for path, text := range all {
		for _, needle := range needles {
			if strings.Contains(text, needle) {
				t.Errorf("%s holds %q", path, needle)
			}
		}
	}
	if text := all[filepath.Join(beta.dir, "audit.jsonl")]; !strings.Contains(text, "C-1") {
		t.Error("the search does not find what is there")
	}
	if got := fmt.Sprintf("%v %+v %s", id(t, phone), id(t, phone), id(t, phone)); strings.Contains(got, "1234567") {
		t.Errorf("an identifier prints as %s", got)
	}
}
