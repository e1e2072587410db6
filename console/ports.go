package console

import (
	"context"
	"errors"
	"iter"
	"time"

	"tallystick/audit"
	"tallystick/cases"
)

// Ref names a claim, and with it the case about the claim.
type Ref struct {
	Insurer string `json:"insurer" maxLength:"128"`
	Claim   string `json:"claim" maxLength:"256"`
}

// String returns insurer/claim.
func (r Ref) String() string { return r.Insurer + "/" + r.Claim }

// Money is an amount as its decimal text, never a float, with its currency by ISO 4217.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// Records is what was decided of claims, as the analytics keep it: tokens, open values and decisions, no identifier in
// clear. Its methods may be called concurrently. A claim that is not stored is [ErrNotFound].
type Records interface {
	// Record returns all that is known of one claim.
	Record(ctx context.Context, ref Ref) (*Record, error)
	// Similar returns at most three claims with some of the same reasons.
	Similar(ctx context.Context, ref Ref) ([]Summary, error)
	// Summaries returns those of refs that are stored.
	Summaries(ctx context.Context, refs []Ref) ([]Summary, error)
	// Rings returns the rings of at least three claims, the largest first.
	Rings(ctx context.Context) ([]RingSummary, error)
	// Ring returns the claims of a ring and the tokens that join them.
	Ring(ctx context.Context, id string) (*Ring, error)
	// Find returns at most n claims whose number contains text.
	Find(ctx context.Context, text string, n int) ([]Summary, error)
	// WithTokens returns at most n claims that have one of the tokens, highest score first.
	WithTokens(ctx context.Context, tokens []string, n int) ([]Summary, error)
	// Statistics returns what the lead's and the supervisor's pages show of all insurers named.
	Statistics(ctx context.Context, insurers []string) (*Statistics, error)
	// Delays returns how long the claims of each line waited for the machine's decision and for payment.
	Delays(ctx context.Context, insurers []string) ([]LineDelay, error)
}

// Anchors says how far a record has come on its way to being provable.
type Anchors interface {
	// State returns "decided", "anchored" or "final" of the entry at a place of the journal.
	State(partition int, offset int64) string
	// Head describes the newest checkpoint; a zero LogHead when there is none.
	Head() LogHead
}

// LogHead is the newest checkpoint of the insurer's log.
type LogHead struct {
	Origin    string    `json:"origin"`
	Size      uint64    `json:"size"`
	Witnessed time.Time `json:"witnessed,omitzero"`
}

// Prover makes a proof bundle of a claim's record that shows fields beside identity and decision.
type Prover interface {
	Prove(ctx context.Context, ref Ref, fields []string) ([]byte, error)
}

// Audit is the trail of privileged acts: package audit has it.
type Audit interface {
	audit.Writer
	// Recent returns at most n entries, the newest first.
	Recent(n int) []audit.Entry
}

// Cases is what people do about claims: package cases has it. All may be called concurrently.
type Cases interface {
	Queue(ctx context.Context, actor cases.Actor, q cases.Query) (cases.Page, error)
	Beside(ctx context.Context, actor cases.Actor, q cases.Query, id cases.ID) (before, after cases.ID, err error)
	Get(ctx context.Context, actor cases.Actor, id cases.ID) (cases.Detail, error)
	Notes(ctx context.Context, actor cases.Actor, id cases.ID) ([]cases.NoteText, error)
	ByClaim(ctx context.Context, actor cases.Actor, claim cases.ClaimRef) (cases.ID, error)
	Workload(ctx context.Context, actor cases.Actor) ([]cases.Load, error)
	Watch(ctx context.Context, actor cases.Actor, at int64) iter.Seq2[cases.Change, error]
	Do(ctx context.Context, actor cases.Actor, c cases.Command) (cases.Answer, error)
	Bulk(ctx context.Context, actor cases.Actor, c cases.BulkCommand) ([]cases.Answer, error)
	ReadExhibit(ctx context.Context, actor cases.Actor, id cases.ID, number int, to string) (cases.ExhibitFile, error)
	OpenByHand(ctx context.Context, actor cases.Actor, id string, cause cases.Cause, f cases.Finding) (cases.Answer,
		error)
	Codes() cases.Codes
}

// ErrNotFound says that a claim or ring is not stored.
var ErrNotFound = errors.New("there is no such claim")

// Summary is a claim as the queue shows it: the decision in force and no payload.
type Summary struct {
	Ref
	Revision  int
	Line      string
	Stage     string
	Score     float64
	Base      float64 // log-odds before any reason
	Outcome   string
	Hold      bool
	Rules     []string  // id@version, heaviest first
	Weights   []float64 // one a rule
	Text      string    // of the heaviest reason that is not the ring
	Facts     []Fact    // of that reason
	Rule      string    // of that reason
	Ring      string
	RingSize  int
	Claimed   *Money
	Reported  time.Time
	Decided   time.Time
	Partition int // of the entry that decided, in the journal
	Offset    int64
	Region    string
	Country   string
}

// Fact is an observed value beside the threshold it was held against.
type Fact struct {
	Rule      string `json:"rule"`
	Name      string `json:"name"`
	Value     string `json:"value"`
	Threshold string `json:"threshold,omitzero"`
}

// Reason is a rule that hit, with what it saw.
type Reason struct {
	Rule   string  `json:"rule"`
	Weight float64 `json:"weight"` // log-odds
	Text   string  `json:"text"`
	Facts  []Fact  `json:"facts"`
}

// Decision is a score with its reasons, as it stood at a time.
type Decision struct {
	Kind       string    `json:"kind"` // decided or rescored
	Revision   int       `json:"revision"`
	At         time.Time `json:"at"`
	Score      float64   `json:"score"`
	Base       float64   `json:"base"`
	Outcome    string    `json:"outcome"`
	Hold       bool      `json:"hold"`
	RuleSet    string    `json:"ruleset"`
	Reasons    []Reason  `json:"reasons"`
	Partition  int       `json:"partition"`
	Offset     int64     `json:"offset"`
	Record     string    `json:"record"` // decided, anchored, final
	Commitment string    `json:"commitment"`
}

// Token stands for an identifier of a party.
type Token struct {
	Path   string `json:"path"`
	Role   string `json:"role,omitzero"`
	Domain string `json:"domain"`
	Value  string `json:"value"`
	Claims int    `json:"claims"` // that have it, this one included
	Where  []Ref  `json:"where"`  // at most eight others
}

// Record is all that is known of a claim.
type Record struct {
	Summary
	Decisions  []Decision // oldest first; the last is in force
	Tokens     []Token
	Sealed     []string          // parties with sealed data
	Open       map[string]string // open values by path, as text
	Commitment string
}

// RingSummary is a ring in the list of rings.
type RingSummary struct {
	ID       string   `json:"id"`
	Claims   int      `json:"claims"`
	TopScore float64  `json:"topScore"`
	Money    []Money  `json:"money"`
	Refs     []Ref    `json:"-"`
	Kinds    []string `json:"kinds"`
}

// Ring is a ring with its graph.
type Ring struct {
	ID     string
	Claims []Summary
	Tokens []RingToken
}

// RingToken is a token that joins claims of a ring.
type RingToken struct {
	Value  string `json:"value"`
	Domain string `json:"domain"`
	Claims []Ref  `json:"claims"` // of the ring
	Total  int    `json:"total"`  // claims of the install that have it
}

// Statistics is what the lead's page shows of decisions.
type Statistics struct {
	Histogram []int           `json:"histogram"` // decided claims by score, 20 equal bins
	Rules     []RuleQuality   `json:"rules"`
	Ages      []AgeBuckets    `json:"ages"`
	PerDay    []DayCount      `json:"perDay"`
	Known     []ScoredOutcome `json:"-"`
}

// RuleQuality is how often a rule was right.
type RuleQuality struct {
	Rule   string  `json:"rule"`
	Hits   int     `json:"hits"`
	Known  int     `json:"known"`
	Right  int     `json:"right"`
	Weight float64 `json:"weight"`
}

// AgeBuckets is how old the open claims of a line are: 0-2, 3-7, 8-14, 15-30, over 30 days since reported.
type AgeBuckets struct {
	Line    string `json:"line"`
	Buckets [5]int `json:"buckets"`
	Undated int    `json:"undated"`
}

// DayCount is how many claims were flagged on a day.
type DayCount struct {
	Day     string `json:"day"`
	Flagged int    `json:"flagged"`
	All     int    `json:"all"`
}

// ScoredOutcome is a claim whose outcome is known.
type ScoredOutcome struct {
	Score float64
	Fraud bool
}
