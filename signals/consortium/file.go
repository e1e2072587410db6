package consortium

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals/oprf"
)

// Limits of a consortium.
const (
	MaxMembers    = 100 // as many signatures as a note may carry
	MaxEvaluators = oprf.MaxShares
	MaxFileBytes  = 4 << 20
)

// File is one version of what the members agree on.
type File struct {
	Name       string      `json:"name"`
	Version    int         `json:"version"`            // from 1
	Previous   string      `json:"previous,omitempty"` // digest of the version before
	Made       time.Time   `json:"made"`
	Members    []Member    `json:"members"`
	Evaluators []Evaluator `json:"evaluators"`
	Epochs     []Epoch     `json:"epochs"` // oldest first; those that may still be used
	Left       []Left      `json:"left,omitempty"`
	Grounds    Grounds     `json:"grounds"`
}

// Member is an insurer that may look up and publish.
type Member struct {
	Card
	DailyBudget int `json:"dailyBudget"` // identifiers that each evaluator evaluates for it in a day of UTC
}

// Evaluator is a node that holds a share.
type Evaluator struct {
	Card
	Operator string `json:"operator"` // who runs it: shares protect only if operators do not conspire
}

// Left is a member that went, and when.
type Left struct {
	Name string    `json:"name"`
	When time.Time `json:"when"`
}

// Epoch is the time of one shared key. Epochs overlap, so that signals can be published again under the next.
type Epoch struct {
	Number      uint32            `json:"number"`
	From        time.Time         `json:"from"`
	Until       time.Time         `json:"until"`       // after it nothing is evaluated, and signals of it are dropped
	Commitments [][]byte          `json:"commitments"` // of the evaluators' key; as many as must answer
	Holders     []string          `json:"holders"`     // evaluators by place, from 1
	KeyDigest   []byte            `json:"keyDigest"`   // SHA-256 of the members' key, to tell that it was opened
	MemberKeys  map[string][]byte `json:"memberKeys"`  // the members' key, sealed for each
}

// Grounds say why the members may do this at all. They are recorded before the first epoch begins.
type Grounds struct {
	LegalBasis       string   `json:"legalBasis"`
	ImpactAssessment Record   `json:"impactAssessment"`
	Supervisor       Record   `json:"supervisor"` // the notice to the supervisor
	Notified         []Record `json:"notified,omitempty"`
	RetentionMonths  int      `json:"retentionMonths"` // the longest that a signal may stand
}

// Record is a document or a notice, and its date.
type Record struct {
	What string `json:"what"`
	Date string `json:"date"` // 2006-01-02
}

// MostRetentionMonths is eight years, the most that the Dutch protocol allows in any case.
const MostRetentionMonths = 96

// check holds a version to what can be said of it alone.
func (f *File) check() error {
	if err := checkName(f.Name); err != nil {
		return fmt.Errorf("the consortium's name: %w", err)
	}
	if f.Version < 1 || (f.Version == 1) != (f.Previous == "") {
		return errors.New("versions count from 1, and each later one names the digest of the one before")
	}
	if n := len(f.Members); n < 2 || n > MaxMembers {
		return fmt.Errorf("%d members: a consortium has 2 to %d", n, MaxMembers)
	}
	if n := len(f.Evaluators); n < 2 || n > MaxEvaluators {
		return fmt.Errorf("%d evaluators: a consortium has 2 to %d", n, MaxEvaluators)
	}
	seen := map[string]bool{}
	node := func(c Card, role Role) error {
		if err := c.check(); err != nil {
			return err
		}
		if c.Role != role {
			return fmt.Errorf("node %s is listed as %s and says that it is %s", c.Name, role, c.Role)
		}
		for _, key := range []string{"name " + c.Name, "TLS key " + string(c.TLS), "signing key " + c.Signing} {
			if seen[key] {
				return fmt.Errorf("node %s: its name or one of its keys is listed twice", c.Name)
			}
			seen[key] = true
		}
		return nil
	}
	for _, m := range f.Members {
		if err := node(m.Card, RoleMember); err != nil {
			return err
		}
		if m.DailyBudget < 1 {
			return fmt.Errorf("member %s: its daily budget is at least 1", m.Name)
		}
	}
	for _, e := range f.Evaluators {
		if err := node(e.Card, RoleEvaluator); err != nil {
			return err
		}
	}
	if err := f.Grounds.check(); err != nil {
		return err
	}
	return f.checkEpochs()
}

func (f *File) checkEpochs() error {
	if len(f.Epochs) == 0 || len(f.Epochs) > 16 {
		return errors.New("a consortium has 1 to 16 epochs that may still be used")
	}
	for i := range f.Epochs {
		e := &f.Epochs[i]
		if e.Number == 0 || i > 0 && e.Number <= f.Epochs[i-1].Number {
			return fmt.Errorf("epoch %d: epochs count upwards from 1", e.Number)
		}
		if !e.From.Before(e.Until) {
			return fmt.Errorf("epoch %d ends before it begins", e.Number)
		}
		public, err := oprf.ParsePublic(e.Commitments)
		if err != nil {
			return fmt.Errorf("epoch %d: %w", e.Number, err)
		}
		if len(e.Holders) < public.Threshold() {
			return fmt.Errorf("epoch %d: %d evaluators hold shares and %d must answer", e.Number, len(e.Holders),
				public.Threshold())
		}
		for place, name := range e.Holders {
			if slices.Index(e.Holders, name) != place {
				return fmt.Errorf("epoch %d: evaluator %s holds two shares", e.Number, name)
			}
		}
		if len(e.KeyDigest) != sha256.Size {
			return fmt.Errorf("epoch %d: the digest of the members' key is missing", e.Number)
		}
	}
	newest := f.Epochs[len(f.Epochs)-1]
	for _, name := range newest.Holders {
		if _, ok := f.Evaluator(name); !ok {
			return fmt.Errorf("epoch %d: its holder %s is no evaluator", newest.Number, name)
		}
	}
	for _, m := range f.Members {
		if newest.MemberKeys[m.Name] == nil {
			return fmt.Errorf("epoch %d: no key is sealed for member %s", newest.Number, m.Name)
		}
	}
	return nil
}

func (g Grounds) check() error {
	if strings.TrimSpace(g.LegalBasis) == "" {
		return errors.New("grounds: the legal basis is missing")
	}
	if g.RetentionMonths < 1 || g.RetentionMonths > MostRetentionMonths {
		return fmt.Errorf("grounds: signals stand for 1 to %d months", MostRetentionMonths)
	}
	for name, r := range map[string]Record{"impact assessment": g.ImpactAssessment,
		"notice to the supervisor": g.Supervisor} {
		if _, err := time.Parse(time.DateOnly, r.Date); err != nil || strings.TrimSpace(r.What) == "" {
			return fmt.Errorf("grounds: the %s is recorded, with its date, before a consortium starts", name)
		}
	}
	return nil
}

// Member returns a member by name.
func (f *File) Member(name string) (Member, bool) {
	i := slices.IndexFunc(f.Members, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return Member{}, false
	}
	return f.Members[i], true
}

// Evaluator returns an evaluator by name.
func (f *File) Evaluator(name string) (Evaluator, bool) {
	i := slices.IndexFunc(f.Evaluators, func(e Evaluator) bool { return e.Name == name })
	if i < 0 {
		return Evaluator{}, false
	}
	return f.Evaluators[i], true
}

// Epoch returns an epoch by number.
func (f *File) Epoch(number uint32) (Epoch, bool) {
	i := slices.IndexFunc(f.Epochs, func(e Epoch) bool { return e.Number == number })
	if i < 0 {
		return Epoch{}, false
	}
	return f.Epochs[i], true
}

// Active returns the epochs of a moment, newest first: signals are published under the first and looked up under all.
func (f *File) Active(now time.Time) []Epoch {
	var active []Epoch
	for _, e := range f.Epochs {
		if !now.Before(e.From) && now.Before(e.Until) {
			active = append([]Epoch{e}, active...)
		}
	}
	return active
}

const (
	fileHeader = "tallystick signals consortium v1\n"
	sigMark    = "\n\n— "
)

// Text returns the text to sign.
func (f *File) Text() ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	body, err := json.Marshal(f, jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("writing the consortium's file: %w", err)
	}
	return slices.Concat([]byte(fileHeader), body, []byte("\n")), nil
}

// Sign adds a member's signature to a text, or to one that carries signatures already.
func Sign(msg []byte, key *Key) ([]byte, error) {
	text, signatures := split(msg)
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	member, ok := f.Member(key.Name())
	if !ok {
		return nil, fmt.Errorf("%s is not a member in this file", key.Name())
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, key.Signer())
	if err != nil {
		return nil, fmt.Errorf("signing the consortium's file: %w", err)
	}
	verifier, err := member.Verifier()
	if err != nil {
		return nil, err
	}
	if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
		return nil, fmt.Errorf("the file lists another signing key for %s: %w", key.Name(), err)
	}
	_, own := split(signed)
	if bytes.Contains(signatures, own) {
		return msg, nil
	}
	return slices.Concat(text, []byte("\n"), signatures, own), nil
}

// split parts a note into its text and its signature lines; a text alone has none.
func split(msg []byte) (text, signatures []byte) {
	at := bytes.LastIndex(msg, []byte(sigMark))
	if at < 0 {
		return msg, nil
	}
	return msg[:at+1], msg[at+2:]
}

// Open reads a file and checks that each member named in it has signed it. Which file is the right one the operator
// says: a stranger's consortium is signed by all of its members too.
func Open(msg []byte) (*File, error) {
	if len(msg) > MaxFileBytes {
		return nil, fmt.Errorf("a consortium's file has at most %d bytes", MaxFileBytes)
	}
	text, _ := split(msg)
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	var verifiers []note.Verifier
	for _, m := range f.Members {
		v, err := m.Verifier()
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", m.Name, err)
		}
		verifiers = append(verifiers, v)
	}
	opened, err := note.Open(msg, note.VerifierList(verifiers...))
	if err != nil {
		return nil, fmt.Errorf("the consortium's file: %w", err)
	}
	var missing []string
	for _, m := range f.Members {
		if !slices.ContainsFunc(opened.Sigs, func(s note.Signature) bool { return s.Name == m.Name }) {
			missing = append(missing, m.Name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the consortium's file is not signed yet by %s", strings.Join(missing, ", "))
	}
	return f, nil
}

func parse(text []byte) (*File, error) {
	body, ok := bytes.CutPrefix(text, []byte(fileHeader))
	if !ok {
		return nil, errors.New("this is not the file of a consortium")
	}
	f := new(File)
	if err := json.Unmarshal(body, f, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("reading the consortium's file: %w", err)
	}
	return f, f.check()
}

// Digest names a version: the SHA-256 of its text, without signatures.
func Digest(msg []byte) string {
	text, _ := split(msg)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Follow checks that a version may take the place of another.
func Follow(old, next []byte) error {
	before, err := Open(old)
	if err != nil {
		return fmt.Errorf("the version in force: %w", err)
	}
	after, err := Open(next)
	if err != nil {
		return fmt.Errorf("the next version: %w", err)
	}
	if Digest(old) == Digest(next) {
		return nil
	}
	if after.Name != before.Name || after.Version != before.Version+1 || after.Previous != Digest(old) {
		return fmt.Errorf("version %d of %s does not follow version %d of %s", after.Version, after.Name,
			before.Version, before.Name)
	}
	last := before.Epochs[len(before.Epochs)-1]
	for _, m := range before.Members {
		if _, stays := after.Member(m.Name); !stays && after.Epochs[len(after.Epochs)-1].Number <= last.Number {
			return fmt.Errorf("%s left, who knows the key of epoch %d: the next version needs a new epoch", m.Name,
				last.Number)
		}
	}
	return nil
}
