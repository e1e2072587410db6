package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/math/polynomial"
	circl "github.com/cloudflare/circl/oprf"
	"github.com/cloudflare/circl/zk/dleq"
	"golang.org/x/mod/sumdb/note"

	"tallystick/benchmarks/report"
	"tallystick/signals"
	"tallystick/signals/evaluator"
	"tallystick/signals/identifier"
	"tallystick/signals/index"
	"tallystick/signals/member"
)

// pseudonyms measures a panel of evaluators against the same cryptography called in a row, by turns.
func pseudonyms(ctx context.Context, r *report.Report, s *site, batches int) error {
	panel := evaluator.NewPanel(s.keys["acme"], evaluator.PanelConfig{Hedge: time.Minute, Limit: time.Minute})
	defer panel.Close()
	alone, err := newAlone()
	if err != nil {
		return err
	}
	work := evaluator.Work{File: s.file, Epoch: s.file.Epochs[0], Purpose: evaluator.ToLookUp,
		Claim: strings.Repeat("0", 64)}
	for i := range 64 {
		work.Inputs = append(work.Inputs, fmt.Appendf(nil, "identifier %d", i))
	}
	var ours, theirs, wall time.Duration
	for i := range batches + 2 {
		began, cpu := time.Now(), processor()
		if _, err := panel.Evaluate(ctx, work); err != nil {
			return err
		}
		ourCPU, ourWall := processor()-cpu, time.Since(began)
		cpu = processor()
		if err := alone.evaluate(work.Inputs); err != nil {
			return err
		}
		if i >= 2 { // connections and caches are warm
			ours, wall, theirs = ours+ourCPU, wall+ourWall, theirs+processor()-cpu
		}
	}
	n := float64(64 * batches)
	r.Note("a pseudonym takes %.0f us of processor time, at the member and two evaluators; circl alone %.0f us",
		ours.Seconds()/n*1e6, theirs.Seconds()/n*1e6)
	r.Add("pseudonyms_per_s", n/wall.Seconds(), "1/s", "circl alone, the same work, in processor time",
		theirs.Seconds()/ours.Seconds())
	return nil
}

// alone is circl without us: blind, two evaluations with proofs, two verifications, recombination, output.
type alone struct {
	client  circl.VerifiableClient
	servers []circl.VerifiableServer
	publics []group.Element
	places  []group.Scalar
}

func newAlone() (*alone, error) {
	a := &alone{}
	for i := range 2 {
		key, err := circl.GenerateKey(circl.SuiteRistretto255, rand.Reader)
		if err != nil {
			return nil, err
		}
		encoded, err := key.Public().MarshalBinary()
		if err != nil {
			return nil, err
		}
		public := group.Ristretto255.NewElement()
		if err := public.UnmarshalBinary(encoded); err != nil {
			return nil, err
		}
		a.client = circl.NewVerifiableClient(circl.SuiteRistretto255, key.Public())
		a.servers = append(a.servers, circl.NewVerifiableServer(circl.SuiteRistretto255, key))
		a.publics = append(a.publics, public)
		a.places = append(a.places, group.Ristretto255.NewScalar().SetUint64(uint64(i+1)))
	}
	return a, nil
}

func (a *alone) evaluate(inputs [][]byte) error {
	data, request, err := a.client.Blind(inputs)
	if err != nil {
		return err
	}
	params := dleq.Params{G: group.Ristretto255, H: circl.SuiteRistretto255.Hash(),
		DST: []byte("OPRFV1-\x01-ristretto255-SHA512")}
	combined := make([]group.Element, len(inputs))
	for j, server := range a.servers {
		evaluation, err := server.Evaluate(request)
		if err != nil {
			return err
		}
		if !(dleq.Verifier{Params: params}).VerifyBatchRFC9497(a.publics[j], request.Elements, evaluation.Elements,
			evaluation.Proof) {
			return errors.New("circl does not verify its own proof")
		}
		weight := polynomial.LagrangeBase(uint(j), a.places, group.Ristretto255.NewScalar())
		for i, e := range evaluation.Elements {
			part := group.Ristretto255.NewElement().Mul(e, weight)
			if j > 0 {
				part.Add(part, combined[i])
			}
			combined[i] = part
		}
	}
	_, err = circl.NewClient(circl.SuiteRistretto255).Finalize(data, &circl.Evaluation{Elements: combined})
	return err
}

// latency measures how long a look-up of three identifiers takes that hits, from the call to the answer.
func latency(ctx context.Context, r *report.Report, s *site, hits int) error {
	nodes := map[string]*member.Node{}
	forms, err := identifier.New()
	if err != nil {
		return err
	}
	skey, vkey, err := note.GenerateKey(rand.Reader, "ann")
	if err != nil {
		return err
	}
	skey2, vkey2, err := note.GenerateKey(rand.Reader, "bob")
	if err != nil {
		return err
	}
	for _, name := range []string{"acme", "beta"} {
		node, err := member.Open(member.Config{Dir: filepath.Join(s.dir, name), Approvers: []string{vkey, vkey2},
			Forms: forms, Claims: allOpen{}, Pull: time.Hour})
		if err != nil {
			return err
		}
		nodes[name] = node
		s.serve(ctx, func(ctx context.Context) error { return node.Run(ctx, s.addresses[name]) }, node.Close)
	}
	ids := []signals.Identifier{
		{Domain: signals.Phone, Parts: []string{"0170 1234567"}, Country: "DE"},
		{Domain: signals.Account, Parts: []string{"DE02120300000000202051", "", ""}},
		{Domain: signals.Person, Parts: []string{"Ann Example", "1980-02-11"}},
	}
	now := time.Now()
	text, err := nodes["acme"].Propose(ctx, member.Publication{
		By: "ann", Insurer: "acme", Claim: "C-1", Identifiers: ids, Kind: "ring", Severity: 1, Basis: "suspected",
		Line: "motor", Reason: "a benchmark",
		Expires: now.AddDate(0, 1, 0).Format(time.DateOnly), Expiry: "a benchmark", Notified: now.Format(time.DateOnly),
	})
	if err != nil {
		return err
	}
	for _, key := range []string{skey, skey2} {
		signer, err := note.NewSigner(key)
		if err != nil {
			return err
		}
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return err
		}
		if _, _, _, err := nodes["acme"].Approve(signed); err != nil {
			return err
		}
	}
	if err := nodes["beta"].Pull(ctx); err != nil {
		return err
	}
	var took []float64
	for i := range hits + 5 {
		began := time.Now()
		f, err := nodes["beta"].LookUp(ctx, member.Query{By: "bench", Insurer: "beta", Claim: fmt.Sprint("C-", i),
			Identifiers: ids})
		if err != nil {
			return err
		}
		if f.Hit.Publishers != 1 || len(f.Hit.Domains) != 3 {
			return fmt.Errorf("a look-up did not hit: %+v", f.Hit)
		}
		if i >= 5 {
			took = append(took, time.Since(began).Seconds()*1000)
		}
	}
	slices.Sort(took)
	r.Note("a hit takes %.1f ms at the 99th of 100", took[len(took)*99/100])
	r.Add("hit_latency_ms", took[len(took)/2], "ms", "none: the median of "+fmt.Sprint(hits)+
		", three identifiers, three evaluators", 0)
	return nil
}

type allOpen struct{}

func (allOpen) Open(context.Context, string, string) error { return nil }

// shape of the index: each look-up makes a name for each of these groups of its domain.
const publishers, months = 3, 12

// lookups measures look-ups in a large index: of three publishers over twelve months in five domains.
func lookups(r *report.Report, size int) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	before := heap()
	x, known, err := fill(key, size)
	if err != nil {
		return err
	}
	after := heap()
	n, slots := x.Size()
	if n != size {
		return fmt.Errorf("the index holds %d signals of %d", n, size)
	}
	const asked = 200_000
	now := time.Now()
	var found [2]int
	began, cpu := time.Now(), processor()
	var wait sync.WaitGroup
	for worker := range 2 {
		wait.Go(func() {
			m := x.Matcher()
			var matches []index.Match
			var output [64]byte
			for i := worker; i < asked; i += 2 {
				binary.BigEndian.PutUint64(output[:], uint64(i))
				if i%100 == 0 {
					output = known
				}
				matches = m.Find(matches[:0], 1, signals.Phone, output[:], "self", now)
				found[worker] += len(matches)
			}
		})
	}
	wait.Wait()
	wall, ours := time.Since(began), processor()-cpu
	if found[0]+found[1] != asked/100 {
		return fmt.Errorf("%d look-ups hit, and %d should", found[0]+found[1], asked/100)
	}
	// The reference: the hashes alone.
	cpu = processor()
	mac := hmac.New(sha256.New, key)
	var sum, digest [sha256.Size]byte
	for range asked / 10 {
		for range publishers * months {
			mac.Reset()
			mac.Write(digest[:])
			_ = mac.Sum(sum[:0])
		}
	}
	theirs := (processor() - cpu) * 10
	r.Note("%d signals: %d MiB of slots, %d MiB of heap; a look-up makes %d names and takes %.1f us of processor time",
		n, slots>>20, (after-before)>>20, publishers*months, ours.Seconds()/asked*1e6)
	r.Add("lookups_per_s", asked/wall.Seconds(), "1/s",
		fmt.Sprintf("the %d hashes that a look-up makes, alone, in processor time", publishers*months),
		theirs.Seconds()/ours.Seconds())
	r.Add("lookups_per_cpu_s", asked/ours.Seconds(), "1/s", "goal: 50,000 on two cores", asked/ours.Seconds()*2/50_000)
	r.Add("index_bytes_per_signal", float64(after-before)/float64(n), "B", "the 16 bytes of a name",
		16*float64(n)/float64(after-before))
	runtime.KeepAlive(x)
	return nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fill makes an index of random names, and one whose output is known.
func fill(key []byte, size int) (*index.Index, [64]byte, error) {
	x := index.New()
	x.AddEpoch(1, key)
	known := [64]byte{1, 2, 3}
	domains := []signals.Domain{signals.Phone, signals.Account, signals.Person, signals.Email, signals.Address}
	groups := publishers * months * len(domains)
	now := time.Now().UTC()
	expires := now.AddDate(1, 0, 0).Format(time.DateOnly)
	for g := range groups {
		month := signals.MonthOf(time.Date(now.Year(), now.Month()-time.Month(g%months), 1, 0, 0, 0, 0, time.UTC))
		at := index.Group{Publisher: fmt.Sprintf("member%d", g/months%publishers), Domain: domains[g/months/publishers],
			Month: month}
		n := size / groups
		if g == 0 {
			n += size % groups
		}
		for n > 0 {
			b := &signals.Batch{Publisher: at.Publisher,
				Entries: make([]signals.Entry, min(n, signals.MaxBatchEntries))}
			for i := range b.Entries {
				e := signals.Entry{Action: signals.Raise, Epoch: 1, Domain: at.Domain, Month: at.Month, Kind: "ring",
					Severity: 1, Basis: "suspected", Line: "motor", Expires: expires}
				_, _ = rand.Read(e.Pseudonym[:])
				if g == 0 && n == size/groups+size%groups && i == 0 {
					e.Pseudonym = index.NewNamer(key, at).Name(index.Digest(known[:]))
				}
				b.Entries[i] = e
			}
			n -= len(b.Entries)
			if err := x.Apply(b); err != nil {
				return nil, known, err
			}
		}
	}
	return x, known, nil
}
