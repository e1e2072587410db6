package privacy

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
	"tallystick/privacy/token"
)

// Limits bound what one event may cost.
type Limits struct {
	Bytes  int // size of an event; 0 is 1 MiB
	Depth  int // objects and arrays in each other; 0 is 32
	Leaves int // single values, and as many objects and arrays; 0 is 4096
}

// Config is what a [Protection] is made of.
type Config struct {
	Policy  *Policy // nil is the default policy
	Keys    Keys    // needed
	Minutes MinuteConfig
	Limits  Limits
	Now     func() time.Time // for dates in the future; nil is time.Now
	// Placeholders are what is written where nothing is known; nil are those built in.
	Placeholders *token.Placeholders
}

// Protection is what the workers of a process share. Safe for concurrent use.
type Protection struct {
	policy  *Policy
	keys    Keys
	minutes *Minutes
	limits  Limits
	now     func() time.Time
	hollow  *token.Placeholders
}

// New checks the configuration.
func New(cfg Config) (*Protection, error) {
	if cfg.Keys == nil {
		return nil, errors.New("privacy: Keys is missing")
	}
	if cfg.Policy == nil {
		policy, err := DefaultPolicy()
		if err != nil {
			return nil, err
		}
		cfg.Policy = policy
	}
	l := cfg.Limits
	if l.Bytes < 0 || l.Depth < 0 || l.Leaves < 0 || l.Bytes > math.MaxInt32 || l.Leaves > math.MaxInt32 {
		return nil, errors.New("privacy: Limits must be 0 (the default) or positive and below 2^31")
	}
	cfg.Limits = Limits{Bytes: orInt(l.Bytes, claim.MaxBytes), Depth: orInt(l.Depth, claim.MaxDepth),
		Leaves: orInt(l.Leaves, claim.MaxValues)}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Protection{hollow: cfg.Placeholders, now: cfg.Now, policy: cfg.Policy, keys: cfg.Keys,
		minutes: NewMinutes(cfg.Keys, cfg.Minutes), limits: cfg.Limits}, nil
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Protector returns a worker's own protector.
func (s *Protection) Protector() *Protector {
	p := &Protector{shared: s, dec: jsontext.NewDecoder(new(bytes.Buffer)), insurers: map[string]*macs{}}
	p.norms.Placeholders = s.hollow
	p.places = newPlaces(s.policy.root)
	return p
}

// Protected is what may be kept of an event. Its slices belong to it and are used again by the next Protect into it,
// and values of leaves may be pieces of the raw event, so whatever outlives either must be copied or written out
// before; strings stay.
type Protected struct {
	Insurer  string
	Claim    string
	Revision int
	Line     claim.Line

	// the kept and generalised fields, ascending by path; positions in lists are those of the event
	Values    []claim.Value
	OpenLists []claim.List // the lists that they are in, an outer one before those in it
	// paths in the registry of values that the policy keeps and that were sealed for what they hold
	Withheld []string
	Tokens   []claim.Token // sorted by Path
	Parties  []SealedParty // sorted by Party
	Keys     []WrappedKey  // one a party, in the same order
	Content  [32]byte      // HMAC-SHA256 of all values, kept or not

	raw   []byte // the caller's; values point into it
	arena []byte // likewise ours: what was unquoted, sealed or wrapped
	text  []byte // printed tokens
}

// SealedParty is what is sealed under one party's key, with the leaves to commit to.
type SealedParty struct {
	claim.Section              // Digest and Seed are for the caller to set
	Leaves        []claim.Leaf // salted, ascending by path
}

func (o *Protected) reset(raw []byte) {
	o.Insurer, o.Claim, o.Revision, o.Line = "", "", 0, ""
	o.Values, o.OpenLists, o.Withheld, o.Tokens = o.Values[:0], o.OpenLists[:0], o.Withheld[:0], o.Tokens[:0]
	o.Parties, o.Keys, o.Content = o.Parties[:0], o.Keys[:0], [32]byte{}
	o.raw, o.arena, o.text = raw[:len(raw):len(raw)], o.arena[:0], o.text[:0]
}

// Protector protects events one after another, using its memory again. It is not safe for concurrent use.
type Protector struct {
	shared   *Protection
	places   *places
	insurers map[string]*macs
	dec      *jsontext.Decoder
	reader   bytes.Buffer
	norms    token.Normaliser
	checker  claim.Checker

	// of the current record
	out        *Protected
	record     uint64
	depth      int
	containers int
	leaves     []leaf
	unnamed    []unnamed
	texts      []int32  // places in leaves of texts that get a scanned copy
	objects    []*place // with composed tokens
	path       []byte   // of an unnamed value
	id         [isLine + 1]int32

	// memory used again
	order     []int32  // places in leaves, by path
	byRank    []int32  // a place's rank to its place in leaves
	ranks     []uint64 // a bit a rank that has a value
	canonical []byte
	normal    []byte // normal forms of the record
	turned    []byte
	stood     []*party // with placeholders
	own       ownIdentifiers
	parts     [][]byte
	spans     []span
	sealing   sealing
}

// leaf is a value of the record, or a token that is composed of values.
type leaf struct {
	place    *place
	value    []byte
	kind     claim.LeafKind
	does     does
	hollow   bool // a placeholder
	composed *composedPlace
	normal   span // of what gets a token: its normal form
}

type does uint8

const (
	doesKeep does = iota
	doesToken
	doesSeal
	doesDrop
	doesDerive  // a generalised value: open, and no part of the content
	doesCompose // no value, a token only
	doesHide    // an unnamed value
)

var doing = map[Action]does{
	Keep: doesKeep, Tokenise: doesToken, Seal: doesSeal, Generalise: doesSeal, Scan: doesSeal, Drop: doesDrop,
}

type span struct{ from, to int }

// Protect reads one claim event and fills out with what may be kept of it. raw is not written to, and must stay as it
// is for as long as out is used. An error is a *[claim.Problem] if the event is at fault: then Insurer, Claim, Revision
// and Line are set as far as they could be read safely and nothing else is. Any other error, such as [ErrUnavailable],
// is ours: the same event may be tried again.
func (p *Protector) Protect(raw []byte, out *Protected) error {
	out.reset(raw)
	err := p.protect(out)
	if err == nil {
		return nil
	}
	p.identifyWhatCanBe(out)
	insurer, id, revision, line := out.Insurer, out.Claim, out.Revision, out.Line
	out.reset(nil)
	out.Insurer, out.Claim, out.Revision, out.Line = insurer, id, revision, line
	return err
}

func (p *Protector) protect(out *Protected) error {
	p.begin(out)
	if len(out.raw) > p.shared.limits.Bytes {
		return &claim.Problem{Code: claim.TooLarge, Offset: -1,
			Hint: fmt.Sprintf("at most %d bytes", p.shared.limits.Bytes)}
	}
	if err := p.read(); err != nil {
		return err
	}
	keys, err := p.identify(out)
	if err != nil {
		return err
	}
	if err := p.scanTexts(keys); err != nil {
		return err
	}
	p.compose()
	p.normalise()
	p.withhold()
	p.sort()
	out.Content = keys.content(p.canonicalContent())
	p.listOpen()
	if err := p.listTokens(keys); err != nil {
		return err
	}
	return p.seal()
}

func (p *Protector) begin(out *Protected) {
	if p.places.full() {
		p.places = newPlaces(p.shared.policy.root)
	}
	p.out = out
	p.checker.Begin(p.shared.now(), claim.Limits{})
	p.record++
	p.depth, p.containers = 0, 0
	p.leaves, p.unnamed, p.objects, p.texts = p.leaves[:0], p.unnamed[:0], p.objects[:0], p.texts[:0]
	p.id = [isLine + 1]int32{-1, -1, -1, -1, -1}
}

// valueAt returns the record's value at a place, nil if it has none.
func (p *Protector) valueAt(pl *place) []byte {
	if pl == nil || pl.record != p.record {
		return nil
	}
	return p.leaves[pl.leaf].value
}
