package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tallystick/anchor"
	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/claim/signed"
	"tallystick/detectors"
	"tallystick/pipeline"
	"tallystick/privacy"
	"tallystick/privacy/intake"
)

// Config holds a desk's collaborators. All are required but Log, Now, Producers, Withheld, Erased and Left.
type Config struct {
	Protection *privacy.Protection
	Keys       privacy.Keys // for the intake key, which opens sealed claims and seals refused ones
	Engine     *detectors.Engine
	State      *detectors.State // the engine's
	Limits     claim.Limits
	SealedOnly bool // refuse claims that come in clear
	// Now is the clock for "in the future" and for the time of decisions; default time.Now.
	Now func() time.Time
	Log *slog.Logger
	// Producers are the keys of who may send claims of each insurer; nil takes claims of any producer.
	Producers signed.Keys
	// Withheld is told of each value of a decided record that the policy keeps and that was sealed for what it holds:
	// of its path in the registry. It is called from several goroutines, again when a record is decided again; nil
	// tells nobody.
	Withheld func(path string)
	Erased   Erased               // nil: nobody was
	Left     func(insurer string) // told of each party that is left out of a record for it; nil tells nobody
}

// Desk decides records. It is safe for concurrent use.
type Desk struct {
	cfg     Config
	known   *known
	use     inUse
	workers sync.Pool
}

// worker is what one Decide uses from record to record.
type worker struct {
	protector *privacy.Protector
	protected privacy.Protected
	filler    claim.Filler
	committer anchor.Committer
	use       *Using // of the batch
	leaves    entry.Builder
	seeds     []byte // drawn and not used yet
	encoder   entry.Encoder
	encoded   []byte // an entry whose size is in doubt
}

// New returns a desk that knows no claim yet.
func New(cfg Config) (*Desk, error) {
	if cfg.Protection == nil || cfg.Keys == nil || cfg.Engine == nil || cfg.State == nil {
		return nil, errors.New("desk: Protection, Keys, Engine and State are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Withheld == nil {
		cfg.Withheld = func(string) {}
	}
	if cfg.Left == nil {
		cfg.Left = func(string) {}
	}
	d := &Desk{cfg: cfg, known: newKnown(),
		use: inUse{latest: new(Using), by: map[int]int64{}, was: map[int]int64{}}}
	d.workers.New = func() any { return &worker{protector: cfg.Protection.Protector()} }
	return d, nil
}

// Revisions is how many revisions of claims the desk remembers.
func (d *Desk) Revisions() int { return d.known.len() }

// Observe takes over an entry that this desk did not decide, or not in this life.
func (d *Desk) Observe(e *claim.Entry) {
	if !entry.Visit(e, remembering{d}) {
		return
	}
	if err := d.observe(e); err != nil {
		// The entry is in the journal and was decided; only the memory of windows and links misses it.
		d.cfg.Log.Error("an entry of the journal could not be taken into the detectors' state",
			"partition", e.Source.Partition, "offset", e.Source.Offset, "error", err)
	}
}

// remembering notes which revisions the journal says were decided, and tells whether the detectors want an entry.
type remembering struct{ *Desk }

func (r remembering) Decided(e *claim.Entry) bool   { r.known.learn(e); return true }
func (r remembering) Rescored(*claim.Entry) bool    { return true }
func (r remembering) Duplicate(e *claim.Entry) bool { r.known.forget(e); return false }
func (r remembering) Dead(e *claim.Entry) bool      { r.known.forget(e); return false }
func (r remembering) Forwarded(e *claim.Entry) bool { r.known.forget(e); return false }
func (r remembering) Erased(e *claim.Entry) bool    { return e.Claim != "" }
func (r remembering) Activated(e *claim.Entry) bool { r.uses(e); return false }

// Undecided forgets what entries of this desk decided or raised in vain. Windows and links keep the claims.
func (d *Desk) Undecided(entries []claim.Entry) {
	for i := range entries {
		switch entries[i].Kind {
		case claim.Decided:
			d.known.forget(&entries[i])
		case claim.Rescored:
		case claim.Activated:
			d.unused(&entries[i])
			continue
		default:
			continue
		}
		d.cfg.State.Undecided(&entries[i])
	}
}

// Decide answers the records. It waits while keys are unavailable and fails only when ctx is done or randomness is.
func (d *Desk) Decide(ctx context.Context, records []pipeline.Record) (v pipeline.Verdicts, err error) {
	w := d.workers.Get().(*worker)
	defer d.workers.Put(w)
	v.Entries = make([]claim.Entry, 0, len(records))
	defer func() {
		if err != nil {
			d.Undecided(v.Entries)
		}
	}()
	fresh := false
	if len(records) > 0 {
		if w.use, fresh, err = d.using(ctx, records[0].Source.Partition); err != nil {
			return v, err
		}
	}
	if fresh {
		e, err := w.activated(w.use, &records[0], d.now())
		if err != nil {
			return v, err
		}
		v.Entries = append(v.Entries, e)
	}
	var wrapped []privacy.WrappedKey
	for i := range records {
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
		r := &records[i]
		e, raises, err := d.decide(ctx, w, r)
		if err != nil {
			return v, err
		}
		if e.Kind == claim.Forwarded {
			key := r.Key
			if len(key) == 0 {
				key = claim.Key(w.protected.Insurer, w.protected.Claim)
			}
			v.Forwards = append(v.Forwards, pipeline.Forward{Entry: len(v.Entries), To: e.Context.Home, Key: key})
		}
		if e.Dead != nil {
			sealed, err := d.seal(ctx, r, e.Dead.Code)
			if err != nil {
				return v, err
			}
			v.Dead = append(v.Dead, letter(r, len(v.Entries), sealed))
		}
		if e.Kind == claim.Decided {
			for _, k := range w.protected.Keys {
				k.Wrapped = bytes.Clone(k.Wrapped)
				wrapped = append(wrapped, k)
			}
		}
		if err := w.commit(&e); err != nil {
			return v, err
		}
		v.Entries = append(v.Entries, e)
		for i := range raises {
			raised, err := w.raise(&raises[i], e.Source, e.At)
			if err != nil {
				return v, err
			}
			v.Entries = append(v.Entries, raised)
		}
	}
	for _, k := range privacy.AppendKeyRecords(nil, wrapped) {
		v.Keys = append(v.Keys, pipeline.KeyRecord(k))
	}
	return v, nil
}

// decide answers one record. A bad record comes back as a dead entry, never as an error.
func (d *Desk) decide(ctx context.Context, w *worker, r *pipeline.Record) (claim.Entry, []detectors.Raise, error) {
	now := d.now()
	if len(r.Key) > 0 {
		if e, is := d.away(r, r.Key, now); is {
			return e, nil, nil
		}
	}
	e := claim.Entry{Source: r.Source, At: now}
	e.Context.Origin, _ = r.Origin()
	p := &w.protected
	event, err := d.open(ctx, w, r)
	e.Insurer, e.Claim, e.Revision, e.Line = p.Insurer, p.Claim, p.Revision, p.Line
	var problem *claim.Problem
	if errors.As(err, &problem) {
		if problem.Code == claim.NotSigned {
			e.Insurer, e.Claim, e.Revision, e.Line = "", "", 0, "" // whoever sent it does not speak for that insurer
		} else {
			d.trust(&e, r, now)
		}
		e.Kind = claim.Dead
		e.Dead = &claim.DeadLetter{Code: problem.Code, Path: problem.Path}
		return e, nil, nil
	}
	if err != nil {
		return e, nil, err
	}
	if len(r.Key) == 0 { // a replayed dead letter, which may lie where its claim was at home before the topics grew
		if away, is := d.away(r, claim.Key(p.Insurer, p.Claim), now); is {
			return away, nil, nil
		}
	}
	if size(p) > maxProtected {
		e.Kind = claim.Dead
		e.Dead = &claim.DeadLetter{Code: claim.TooLarge}
		return e, nil, nil
	}
	e.Content = bytes.Clone(p.Content[:])
	switch d.known.check(e.Insurer, e.Claim, e.Revision, e.Content, r.Source) {
	case duplicate:
		e.Kind = claim.Duplicate
		return e, nil, nil
	case conflict:
		e.Kind = claim.Dead
		e.Dead = &claim.DeadLetter{Code: claim.RevisionConflict, Path: "revision"}
		return e, nil, nil
	}
	e.Kind = claim.Decided
	for _, path := range p.Withheld {
		d.cfg.Withheld(path)
	}
	e.Values = cloneValues(p.Values)
	e.Tokens = slices.Clone(p.Tokens)
	if e.Sections, err = w.sections(); err != nil {
		return e, nil, err
	}
	in := detectors.Input{
		Event: event, Insurer: e.Insurer, Claim: e.Claim, Revision: e.Revision, Tokens: e.Tokens, Source: e.Source,
		At:      e.At,
		Scoring: w.use.Scoring,
	}
	result := d.cfg.Engine.Decide(ctx, &in)
	e.Decision = &result.Decision
	e.Context.Model, e.Context.Settings, e.Context.Features = w.use.Model, w.use.Settings, result.Features
	w.use.draw(&e)
	return e, result.Raises, nil
}

// trust leaves of a refused record's identity what can only be one. The rest may be anything that a broken feed put in
// its place, a name for one, and so is in the sealed original only.
func (d *Desk) trust(e *claim.Entry, r *pipeline.Record, now time.Time) {
	valid := func(id string, revision int, line claim.Line) bool {
		return claim.Validate(&claim.Event{Insurer: e.Insurer, ID: id, Revision: revision, Line: line}, now,
			d.cfg.Limits) == nil
	}
	if _, err := d.cfg.Keys.Insurer(e.Insurer); errors.Is(err, privacy.ErrUnknownInsurer) ||
		!valid("-", 1, claim.LineMotor) {
		e.Insurer = ""
	}
	// A producer writes a claim's number twice: where both are equal it is meant.
	if e.Insurer == "" || !bytes.Equal(r.Key, claim.Key(e.Insurer, e.Claim)) || !valid(e.Claim, 1, claim.LineMotor) {
		e.Claim, e.Revision, e.Line = "", 0, ""
		return
	}
	if !valid(e.Claim, e.Revision, claim.LineMotor) {
		e.Revision = 0
	}
	if !valid(e.Claim, 1, e.Line) {
		e.Line = ""
	}
}

// maxProtected bounds what an entry keeps of its event; the rest of what the pipeline allows is left to the decision.
const maxProtected = pipeline.MaxEntryBytes - 150_000

// size is about what the protected event takes in an entry. It is a function of the record.
func size(p *privacy.Protected) int {
	n := 0
	for i := range p.Values {
		n += 8 + len(p.Values[i].Path.Name) + len(p.Values[i].Bytes)
	}
	n += 24 * len(p.Tokens)
	for i := range p.Parties {
		n += 128 + len(p.Parties[i].Party) + len(p.Parties[i].Data)
	}
	return n
}

// cloneValues copies values out of the record's and the protector's memory.
func cloneValues(values []claim.Value) []claim.Value {
	size := 0
	for i := range values {
		size += len(values[i].Bytes)
	}
	data := make([]byte, 0, size)
	out := slices.Clone(values)
	for i := range out {
		at := len(data)
		data = append(data, out[i].Bytes...)
		out[i].Bytes = data[at:len(data):len(data)]
	}
	return out
}

// sections copies the sealed parts out of the protector's memory and commits to them.
func (w *worker) sections() ([]claim.Section, error) {
	parties := w.protected.Parties
	size := 0
	for i := range parties {
		size += len(parties[i].Data)
	}
	data := make([]byte, 0, size)
	out := make([]claim.Section, len(parties))
	for i := range parties {
		p := &parties[i]
		digest, err := w.committer.CommitSealed(p.Party, p.Leaves)
		if err != nil {
			return nil, fmt.Errorf("committing to sealed fields: %w", err)
		}
		at := len(data)
		data = append(data, p.Data...)
		out[i] = claim.Section{Party: p.Party, Sealed: claim.Sealed{
			Key: bytes.Clone(p.Key), Digest: digest[:], Count: p.Count, Data: data[at:len(data):len(data)],
		}}
	}
	return out, nil
}

// seed draws the seed of an entry or a section. They are drawn many at a time.
func (w *worker) seed() []byte {
	if len(w.seeds) == 0 {
		w.seeds = make([]byte, 64*claim.SeedSize)
		_, _ = rand.Read(w.seeds) // never fails: it ends the process instead
	}
	out := w.seeds[:claim.SeedSize:claim.SeedSize]
	w.seeds = w.seeds[claim.SeedSize:]
	return out
}

// open gets from the record's bytes to a protected and valid event. The error is a *claim.Problem for bad records.
func (d *Desk) open(ctx context.Context, w *worker, r *pipeline.Record) (*claim.Event, error) {
	raw := r.Value
	sealed := intake.Sealed(raw)
	var layers [3][]byte // as it came, opened, and opened again
	err := d.waiting(ctx, func() error {
		layers = [3][]byte{r.Value}
		w.protected.Insurer, w.protected.Claim, w.protected.Revision, w.protected.Line = "", "", 0, ""
		if !sealed && d.cfg.SealedOnly {
			return &claim.Problem{Code: claim.NotSealed, Offset: -1,
				Hint: "this install takes claims sealed to its intake key alone"}
		}
		if sealed {
			key, err := d.cfg.Keys.Intake()
			if err != nil {
				return err
			}
			if raw, err = key.Open([]byte(intake.Context), r.Value); err != nil {
				return err
			}
			layers[1] = raw
			if intake.Sealed(raw) { // replayed: the dead letter of what could not be opened
				if raw, err = key.Open([]byte(intake.Context), raw); err != nil {
					return err
				}
				layers[2] = raw
			}
		}
		if err := w.protector.Protect(raw, &w.protected); err != nil {
			return err
		}
		return d.leave(&w.protected)
	})
	if err != nil {
		return nil, err
	}
	p := &w.protected
	if d.cfg.Producers != nil {
		signature, _ := r.Header(signed.Header)
		if !d.cfg.Producers.Signed(p.Insurer, signature, layers[:]...) {
			return nil, &claim.Problem{Code: claim.NotSigned, Path: "insurer", Offset: -1,
				Hint: "a claim is signed by a producer of its insurer"}
		}
	}
	event, err := w.filler.Fill(p.OpenLists, p.Values) // the detectors keep nothing of it
	if err != nil {
		return nil, err
	}
	if len(r.Key) > 0 || !sealed { // a replayed dead letter has no key
		if problem := claim.CheckKey(r.Key, event); problem != nil {
			return nil, problem
		}
	}
	return event, nil
}

// waiting repeats op while the keys are away: no claim is lost for it, and none is let through.
func (d *Desk) waiting(ctx context.Context, op func() error) error {
	err := op()
	if !errors.Is(err, privacy.ErrUnavailable) {
		return err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 2*time.Second
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := op()
		if err != nil && !errors.Is(err, privacy.ErrUnavailable) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, after time.Duration) {
			d.cfg.Log.Warn("waiting for keys; no claim is decided meanwhile", "error", err, "after", after)
		}))
	return err
}

// seal returns the record's original as a dead letter keeps it. What came sealed stays as it came, unless it did not
// open: then it may be anything behind the mark of what is sealed, a claim in clear text too.
func (d *Desk) seal(ctx context.Context, r *pipeline.Record, why claim.Code) (sealed []byte, err error) {
	if intake.Sealed(r.Value) && why != claim.CannotOpen {
		return r.Value, nil
	}
	err = d.waiting(ctx, func() error {
		key, err := d.cfg.Keys.Intake()
		if err != nil {
			return err
		}
		sealed, err = key.Seal([]byte(intake.Context), r.Value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sealing a dead letter: %w", err)
	}
	return sealed, nil
}

// commit makes an entry final: it is cut to what fits, divided and committed to.
func (w *worker) commit(e *claim.Entry) error {
	if err := w.fit(e); err != nil {
		return err
	}
	if err := entry.Divide(e, w.seed); err != nil {
		return fmt.Errorf("dividing an entry by parties: %w", err)
	}
	leaves, err := w.leaves.Leaves(e)
	if err != nil {
		return fmt.Errorf("collecting the leaves of an entry: %w", err)
	}
	commitment, err := w.committer.Commit(leaves)
	if err != nil {
		return fmt.Errorf("committing to an entry: %w", err)
	}
	e.Commitment = commitment[:]
	return nil
}
