package claim

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// EntryVersion is the version of the entry's JSON form.
const EntryVersion = 2

// Kind says what an entry of the journal records.
type Kind string

// The kinds of an entry. Every source record has exactly one entry that is not Raised.
const (
	Decided   Kind = "decided"   // the claim was scored
	Duplicate Kind = "duplicate" // the same content under this revision was decided before: counted, not decided again
	Dead      Kind = "dead"      // refused; the sealed original is in claims.dead-letter
	Raised    Kind = "raised"    // a later claim raised the decision on this one; named by its Cause
)

// Entry is what the journal claims.scored keeps of one source record: tokens, sealed values and open fields, never a
// clear identifier. It is immutable once appended.
type Entry struct {
	Version  int    `json:"v"`
	Kind     Kind   `json:"kind"`
	Insurer  string `json:"insurer,omitzero"` // absent on dead entries whose insurer could not be read
	Claim    string `json:"claim,omitzero"`   // likewise
	Revision int    `json:"revision,omitzero"`
	Line     Line   `json:"line,omitzero"`

	Source  SourceRef `json:"source"`           // the record that the entry answers; of a raised entry: its cause
	At      time.Time `json:"at"`               // when it was decided, UTC, milliseconds
	Content []byte    `json:"content,omitzero"` // HMAC-SHA256 of the event's canonical content

	Event  jsontext.Value `json:"event,omitzero"`  // the open fields of the event, in the event's own shape
	Tokens []Token        `json:"tokens,omitzero"` // sorted by Path
	Sealed []Sealed       `json:"sealed,omitzero"` // sorted by Party

	Decision *Decision   `json:"decision,omitzero"` // of decided and raised entries
	Dead     *DeadLetter `json:"dead,omitzero"`     // of dead entries

	Seed       []byte `json:"seed"`       // 32 bytes: salts of the open leaves, see SaltStream
	Commitment []byte `json:"commitment"` // 32 bytes: Merkle root over the salted leaves
}

// SourceRef names a record of the topic claims.
type SourceRef struct {
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset"`
	Epoch     uint32    `json:"epoch,omitzero"` // rises when the source topic was reset
	Time      time.Time `json:"time,omitzero"`  // of the record, as the broker has it; the beginning of 1970 where that is outside the years 2 to 9999
}

// Token stands for an identifier: equal identifiers of one insurer and domain have equal tokens.
type Token struct {
	Path  string `json:"path"`          // indexed, such as parties[0].phone
	Role  Role   `json:"role,omitzero"` // of the party it belongs to; absent for the claimant and the record
	Value string `json:"token"`         // domain_keyversion_base32, such as phn_1_k7f3...
}

// Domain returns the part of the token that names its domain, such as phn.
func (t Token) Domain() string {
	for i := range t.Value {
		if t.Value[i] == '_' {
			return t.Value[:i]
		}
	}
	return ""
}

// Sealed is what one party's erasable key protects. Party is "claimant", "parties[0]" or "record".
type Sealed struct {
	Party string `json:"party"`
	Key   []byte `json:"key"`  // random id of the data key, 16 bytes; wrapped in claims.keys
	Root  []byte `json:"root"` // Merkle root over the salted sealed leaves, 32 bytes
	Data  []byte `json:"data"` // the party's sealed paths and values under AES-256-GCM, padded; see docs/design/0003
}

// Outcome is what should happen to a claim. Nothing is denied automatically.
type Outcome string

// The outcomes.
const (
	Settle      Outcome = "settle"
	Review      Outcome = "review"
	Investigate Outcome = "investigate"
)

// Decision is a score with its reasons.
type Decision struct {
	Score   float64   `json:"score"` // probability of fraud, 0 to 1: 1/(1+exp(-(Base+sum of weights)))
	Base    float64   `json:"base"`  // log-odds before any reason
	Outcome Outcome   `json:"outcome"`
	Hold    bool      `json:"hold,omitzero"`    // payment should wait for a person
	RuleSet string    `json:"ruleset"`          // name@version of the rule set
	Reasons []Reason  `json:"reasons,omitzero"` // hits, heaviest first
	Failed  []Failure `json:"failed,omitzero"`  // rules that could not be evaluated
	Rings   []Ring    `json:"rings,omitzero"`
}

// Reason is a rule that hit.
type Reason struct {
	Rule       string  `json:"rule"`                // id@version
	Indicators []int   `json:"indicators,omitzero"` // numbers of the indicator table in docs/indicators.md
	Weight     float64 `json:"weight"`              // log-odds that it adds
	Text       string  `json:"text"`                // for the reviewer, values filled in
	Facts      []Fact  `json:"facts,omitzero"`
}

// Fact is an observed value beside the threshold it was held against. Identifiers appear as tokens.
type Fact struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	Threshold string `json:"threshold,omitzero"`
}

// Failure is a rule that could not be evaluated on a claim.
type Failure struct {
	Rule  string `json:"rule"`
	Error string `json:"error"` // fixed words, no value
}

// Ring is a set of claims joined by shared tokens.
type Ring struct {
	ID     string     `json:"id"`     // stable while its first claim stays: derived from the oldest member
	Tokens []string   `json:"tokens"` // the shared tokens, sorted
	Claims []ClaimRef `json:"claims"` // members, this claim included, sorted
}

// ClaimRef names a claim.
type ClaimRef struct {
	Insurer string `json:"insurer"`
	Claim   string `json:"claim"`
}

// DeadLetter says why a record was refused and where its sealed original is.
type DeadLetter struct {
	Code      Code   `json:"code"`
	Path      string `json:"path,omitzero"`
	Partition int    `json:"partition"` // of claims.dead-letter
	Offset    int64  `json:"offset"`
}
