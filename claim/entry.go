package claim

import "time"

// Kind says what an entry of the journal records.
type Kind string

// The kinds of an entry. Every source record has exactly one entry that answers it; a rescored entry answers none.
const (
	Decided   Kind = "decided"   // the claim was scored
	Duplicate Kind = "duplicate" // the same content under this revision was decided before: counted, not decided again
	Dead      Kind = "dead"      // refused; the sealed original is in claims.dead-letter
	Rescored  Kind = "rescored"  // the claim was scored anew, up or down, for its Cause; stands behind its decided entry
	Forwarded Kind = "forwarded" // the record's home is another partition, whose entry answers it
	Erased    Kind = "erased"    // a party is gone: its digests can no longer be computed
	Activated Kind = "activated" // settings that later entries of the partition were decided under
)

// Answers reports whether an entry of the kind answers a source record.
func (k Kind) Answers() bool { return k == Decided || k == Duplicate || k == Dead || k == Forwarded }

// Entry is what the journal claims.scored keeps of one source record: tokens, sealed values and open fields, never a
// clear identifier. It is immutable once appended. Package claim/entry has its binary form and its commitment.
type Entry struct {
	Kind     Kind
	Insurer  string // absent on dead entries whose insurer could not be read
	Claim    string // likewise
	Revision int
	Line     Line

	Source  SourceRef // the record that the entry answers; of a rescored entry: the record that is its cause
	At      time.Time // when it was decided, UTC, milliseconds
	Content []byte    // HMAC-SHA256 of the event's canonical content

	Values   []Value   // the open values of the event, ascending by path
	Tokens   []Token   // ascending by path
	Sections []Section // one a party that has open values, tokens or sealed values, ascending by party

	Decision *Decision   // of decided and rescored entries
	Dead     *DeadLetter // of dead entries

	Context Context

	Seed       []byte // 16 bytes: salts of what belongs to no section, see SaltStream
	Commitment []byte // 32 bytes: over all of the above, see docs/design/0004
}

// Context is what a decision was made under and why, as far as the kind has it.
type Context struct {
	Cause    *Cause     // of rescored and erased entries: why
	Origin   *SourceRef // of a record that was forwarded: where a producer put it
	History  bool       // imported history: no alert and no public decision
	Seen     []Seen     // how far the deciding instance had folded the partitions of the journal
	Model    string     // id@version of the model, "" where rules alone decided
	Settings []Setting  // rule set, model, cut and the like, ascending by name
	Features []byte     // what the kept values cannot recompute: package detectors/feature
	// Home is the partition of claims to which the record of a forwarded entry went.
	Home int
	// Placement is set on an activated entry from which on the partition decides under another one.
	Placement *Placement
}

// Placement says where the records of a claim are decided: its home is the partition that the partitioner gives its key.
type Placement struct {
	Partitions  int
	Partitioner string
}

// Hash is a SHA-256 digest.
type Hash [32]byte

// Setting is what a decision was made under, by digest.
type Setting struct {
	Name   string // ruleset, model, cut, policy, ...
	Digest Hash
}

// Seen is a position of a partition of the journal.
type Seen struct {
	Partition int
	Offset    int64
}

// SourceJournal is how causes name the topic of claims, whatever the install calls it.
const SourceJournal = "claims"

// Cause is an entry of a journal that made a claim be scored anew.
type Cause struct {
	Journal   string // claims, claims.outcomes, signals, erasures, ...
	Partition int
	Offset    int64
	Epoch     uint32
}

// SourceRef names a record of the topic claims.
type SourceRef struct {
	Partition int
	Offset    int64
	Epoch     uint32    // rises when the source topic was reset
	Time      time.Time // of the record, as the broker has it; the beginning of 1970 where that is outside the years 2 to 9999
}

// Token stands for an identifier: equal identifiers of one insurer and domain have equal tokens.
type Token struct {
	Path  string // indexed, such as parties[0].phone
	Role  Role   // of the party it belongs to; absent for the claimant and the record
	Value string // domain_keyversion_base32, such as phn_1_k7f3...
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

// Section is what concerns one party and can be erased alone. Its open values and tokens stand in the entry's lists.
type Section struct {
	Party string // claimant, parties[0] or record
	Seed  []byte // 16 bytes: salts of its open values and tokens
	Sealed
	// Left is the section's digest in place of its content, once it was redacted; nil before.
	Left []byte
}

// Sealed is what one party's erasable key protects; the zero value is nothing.
type Sealed struct {
	Key    []byte // random id of the data key, 16 bytes; wrapped in claims.keys
	Digest []byte // over the salted sealed values, 32 bytes
	Count  int    // of them
	Data   []byte // the party's sealed paths and values under AES-256-GCM, padded; see docs/design/0003
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
	Score   float64 // probability of fraud, 0 to 1: 1/(1+exp(-(Base+sum of weights)))
	Base    float64 // log-odds before any reason
	Outcome Outcome
	Hold    bool      // payment should wait for a person
	RuleSet string    // name@version of the rule set
	Reasons []Reason  // hits, heaviest first
	Failed  []Failure // rules that could not be evaluated
	Rings   []Ring
	Omitted Omitted
}

// Omitted is what a decision leaves out because there is more of it than a bound allows; the zero value is nothing.
type Omitted struct {
	Tokens  int  // of the entry that join it with no other claim, and that no window counts
	Digest  Hash // SHA-256 over these tokens in the entry's order, each with a line feed
	Links   bool // more claims are joined with it than are searched: whether it belongs to a ring is not known
	Members int  // of its rings, which Claims does not name
	Facts   int  // of its reasons, their texts included
}

// Reason is a rule that hit.
type Reason struct {
	Rule       string  // id@version
	Indicators []int   // numbers of the indicator table in docs/indicators.md
	Weight     float64 // log-odds that it adds
	Text       string  // for the reviewer, values filled in
	Facts      []Fact
}

// Fact is an observed value beside the threshold it was held against. Identifiers appear as tokens.
type Fact struct {
	Name      string
	Value     string
	Threshold string
}

// Failure is a rule that could not be evaluated on a claim.
type Failure struct {
	Rule  string
	Error string // fixed words, no value
}

// Ring is a set of claims joined by shared tokens.
type Ring struct {
	ID     string     // stable while its first claim stays: derived from the oldest member
	Shared []Shared   // ascending by domain
	Claims []ClaimRef // members, this claim included, sorted
}

// Shared says how many tokens of a domain join a ring. Which ones stands with the parties that have them.
type Shared struct {
	Domain string
	Tokens int
}

// ClaimRef names a claim.
type ClaimRef struct {
	Insurer string
	Claim   string
}

// DeadLetter says why a record was refused and where its sealed original is.
type DeadLetter struct {
	Code      Code
	Path      string
	Partition int // of claims.dead-letter
	Offset    int64
}
