package detectors

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"tallystick/claim"
)

// mostWork is what one claim may cost at the most, in steps: pairs of tokens that are compared, claims that windows
// look at, tokens and claims that the search for a ring goes through. An ordinary claim takes some hundreds.
const mostWork = 600_000

// workOf decides a claim and returns the steps that it took.
func workOf(e *Engine, r *run, in *Input) int {
	e.state.prepare(&r.w, in)
	tokens := len(r.w.drafted)
	e.state.consult(in, r, true)
	e.state.decided(in, &claim.Decision{})
	r.raised, r.ring = r.raised[:0], r.ring[:0]
	return tokens*tokens/2 + r.w.view.looked + r.w.view.ring.steps
}

// FuzzWork looks for claims that take long: bytes say of each claim how many tokens it has of which kinds and how they
// overlap with others', within what the limits of an event allow. What counts is steps, so that a busy machine finds
// nothing and a fast one misses nothing.
func FuzzWork(f *testing.F) {
	f.Add([]byte("pairs"), uint16(50), uint16(3000), uint16(3000))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7}, uint16(60), uint16(500), uint16(50))
	f.Add([]byte{9, 9, 4, 0}, uint16(60), uint16(100), uint16(7))
	rs, err := LoadRules(os.DirFS("rule"))
	if err != nil {
		f.Fatal(err)
	}
	places := []struct {
		path, domain string
		role         claim.Role
	}{
		{"claimant.nationalIds[%d].number", "nid", ""}, {"claimant.phone", "phn", ""},
		{"parties[%d].phone", "phn", claim.ThirdParty},
		{"parties[%d].bankAccount", "bnk", claim.Witness}, {"parties[%d].email", "eml", claim.Vendor},
		{"items[%d].invoice", "inv", ""},
		{"documents[%d].sha256", "doc", ""}, {"parties[%d].id", "pid", claim.Provider},
		{"parties[%d].nationalIds[0].number", "nid", claim.Driver},
		{"claimant.address", "adr", ""},
	}
	f.Fuzz(func(t *testing.T, how []byte, claims, tokens, shared uint16) {
		if len(how) == 0 {
			return
		}
		e := NewEngine(rs, NewState(rs, StateConfig{}), Config{})
		r := &run{counts: e.counts.shard()}
		at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range int(claims % 64) {
			step := int(how[i%len(how)])
			in := Input{Event: &claim.Event{Line: allLines[step%len(allLines)]}, Insurer: "acme",
				Claim: fmt.Sprint("c", i-step%2), Revision: 1 + step%2*i,
				Source: claim.SourceRef{Offset: int64(i), Time: at}, At: at}
			for j := range int(tokens) % (claim.MaxValues / 8) * 8 / (1 + step%3) {
				p := places[(step+j)%(1+step%len(places))]
				path := p.path
				if path[len(path)-1] != 'e' && path != "claimant.address" {
					path = fmt.Sprintf(path, j)
				}
				in.Tokens = append(in.Tokens, claim.Token{Path: path, Role: p.role,
					Value: p.domain + "_1_" +
						base32Lower.EncodeToString(fmt.Appendf(nil, "%016d", (i*step+j)%(1+int(shared))))})
			}
			if work := workOf(e, r, &in); work > mostWork {
				t.Fatalf("claim %d with %d tokens takes %d steps", i, len(in.Tokens), work)
			}
		}
		if late := e.Late(context.Background(), nil, nil, at); late != nil {
			t.Fatal("raises of no partition")
		}
	})
}

// Forty pairs of claims that share 3,000 national ids each, and one that joins them all: it took minutes under the
// lock, and an instance that was restarted searched on.
func TestPaddedPairsTakeBoundedWork(t *testing.T) {
	rs, err := LoadRules(os.DirFS("rule"))
	if err != nil {
		t.Fatal(err)
	}
	e := NewEngine(rs, NewState(rs, StateConfig{}), Config{})
	r := &run{counts: e.counts.shard()}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	named := func(id string, pairs, each int) *Input {
		in := &Input{Event: &claim.Event{Line: claim.LineMotor}, Insurer: "acme", Claim: id, Revision: 1, At: at}
		in.Source = claim.SourceRef{Offset: e.state.applied[0].offset + 1, Time: at}
		for i := range pairs * each {
			in.Tokens = append(in.Tokens, claim.Token{Path: fmt.Sprintf("claimant.nationalIds[%d].number", i),
				Value: fmt.Sprintf("nid_1_%s_%d", id[1:], i)})
		}
		return in
	}
	for i := range 80 {
		in := named(fmt.Sprint("c", i/2), 1, 3000)
		in.Claim = fmt.Sprint("c", i)
		if work := workOf(e, r, in); work > 20_000 {
			t.Fatalf("claim %d takes %d steps", i, work)
		}
	}
	joins := named("cj", 0, 0)
	for i := range 40 {
		joins.Tokens = append(joins.Tokens, claim.Token{Path: fmt.Sprintf("claimant.nationalIds[%d].number", i),
			Value: fmt.Sprintf("nid_1_%d_0", i)})
	}
	if work := workOf(e, r, joins); work > 50_000 || !r.w.view.ring.found || len(r.w.view.ring.nodes) != 81 {
		t.Fatalf("%d steps, a ring: %v, of %d claims", work, r.w.view.ring.found, len(r.w.view.ring.nodes))
	}
}
