package claim

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// PublicVersion is the version of the public decision's JSON form.
const PublicVersion = 1

// Action is what a claims system should do with the payment.
type Action string

// The actions.
const (
	Hold    Action = "hold"
	Release Action = "release"
)

// PublicDecision is a decision as the topic `claims.decisions` publishes it, for the insurer's claims system. Its Kafka
// key is the claim's ([Key]). The same Version is the same decision: a consumer that has seen it may skip it.
type PublicDecision struct {
	Schema     int            `json:"v"`
	Insurer    string         `json:"insurer"`
	Claim      string         `json:"claim"`
	Revision   int            `json:"revision"`
	Version    string         `json:"version"`             // of the decision: partition-offset of its journal entry
	Supersedes string         `json:"supersedes,omitzero"` // the version that this one replaces, where the publisher knows it
	Score      float64        `json:"score"`               // probability of fraud, 0 to 1
	Decision   Outcome        `json:"decision"`
	Reasons    []PublicReason `json:"reasons"` // heaviest first
	Action     Action         `json:"action"`
	DecidedAt  time.Time      `json:"decidedAt"`
}

// PublicReason is a rule that hit, in words for the handler.
type PublicReason struct {
	Rule string `json:"rule"` // id@version
	Text string `json:"text"`
}

// DecisionVersion names the decision in the journal entry at (partition, offset). It stays the same however often the
// entry is read and whatever the order.
func DecisionVersion(partition int, offset int64) string {
	return strconv.Itoa(partition) + "-" + strconv.FormatInt(offset, 10)
}

// Public returns what is published of an entry with a decision, and false for an entry without one.
func Public(entry *Entry, journalPartition int, journalOffset int64) (PublicDecision, bool) {
	d := entry.Decision
	if d == nil {
		return PublicDecision{}, false
	}
	p := PublicDecision{
		Schema:    PublicVersion,
		Insurer:   entry.Insurer,
		Claim:     entry.Claim,
		Revision:  entry.Revision,
		Version:   DecisionVersion(journalPartition, journalOffset),
		Score:     d.Score,
		Decision:  d.Outcome,
		Reasons:   make([]PublicReason, len(d.Reasons)),
		Action:    Release,
		DecidedAt: entry.At,
	}
	if d.Hold {
		p.Action = Hold
	}
	for i, r := range d.Reasons {
		p.Reasons[i] = PublicReason{r.Rule, r.Text}
	}
	return p, true
}

// Encode writes the decision as it is published. The same decision gives the same bytes.
func (d *PublicDecision) Encode() ([]byte, error) { return json.Marshal(d) }
