package entry

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tallystick/claim"
)

// Version is the version of the record's form.
const Version = 3

// JSON writes an entry for people: the open values as the event has them, tokens by their paths. It is not read back by
// anything and no digest is of it. The error is ErrText, ErrNumber or ErrYear; an entry that this program wrote has
// none.
func JSON(e *claim.Entry) ([]byte, error) {
	if err := showable(e); err != nil {
		return nil, err
	}
	out := shown{
		Version: Version, Kind: e.Kind, Insurer: e.Insurer, Claim: e.Claim, Revision: e.Revision, Line: e.Line,
		Source: shownSource(e.Source), At: e.At.UTC(), Content: e.Content, Seed: e.Seed, Commitment: e.Commitment,
	}
	if len(e.Values) > 0 {
		out.Event = new(claim.Renderer).Append(nil, e.Values)
	}
	for _, t := range e.Tokens {
		out.Tokens = append(out.Tokens, shownToken(t))
	}
	for i := range e.Sections {
		s := &e.Sections[i]
		out.Sections = append(out.Sections, shownSection{
			Party: s.Party, Seed: s.Seed, Key: s.Key, Digest: s.Digest, Count: s.Count, Data: s.Data,
			Redacted: s.Left != nil,
		})
	}
	if e.Decision != nil {
		out.Decision = decisionShown(e.Decision)
	}
	if e.Dead != nil {
		out.Dead = &shownDead{e.Dead.Code, e.Dead.Path, e.Dead.Partition, e.Dead.Offset}
	}
	out.Context = contextShown(e)
	return json.Marshal(&out, jsontext.WithIndent("  "), json.Deterministic(true))
}

type shown struct {
	Version    int            `json:"v"`
	Kind       claim.Kind     `json:"kind"`
	Insurer    string         `json:"insurer,omitzero"`
	Claim      string         `json:"claim,omitzero"`
	Revision   int            `json:"revision,omitzero"`
	Line       claim.Line     `json:"line,omitzero"`
	Source     shownSource    `json:"source"`
	At         time.Time      `json:"at"`
	Content    []byte         `json:"content,omitzero"`
	Event      jsontext.Value `json:"event,omitzero"`
	Tokens     []shownToken   `json:"tokens,omitzero"`
	Sections   []shownSection `json:"sections,omitzero"`
	Decision   *shownDecision `json:"decision,omitzero"`
	Dead       *shownDead     `json:"dead,omitzero"`
	Context    *shownContext  `json:"context,omitzero"`
	Seed       []byte         `json:"seed,omitzero"`
	Commitment []byte         `json:"commitment,omitzero"`
}

type shownSource struct {
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset"`
	Epoch     uint32    `json:"epoch,omitzero"`
	Time      time.Time `json:"time,omitzero"`
}

type shownToken struct {
	Path  string     `json:"path"`
	Role  claim.Role `json:"role,omitzero"`
	Value string     `json:"token"`
}

type shownSection struct {
	Party    string `json:"party,omitzero"`
	Seed     []byte `json:"seed,omitzero"`
	Key      []byte `json:"key,omitzero"`
	Digest   []byte `json:"sealed,omitzero"`
	Count    int    `json:"sealedValues,omitzero"`
	Data     []byte `json:"data,omitzero"`
	Redacted bool   `json:"redacted,omitzero"`
}

type shownDecision struct {
	Score   float64        `json:"score"`
	Base    float64        `json:"base"`
	Outcome claim.Outcome  `json:"outcome"`
	Hold    bool           `json:"hold,omitzero"`
	RuleSet string         `json:"ruleset"`
	Reasons []shownReason  `json:"reasons,omitzero"`
	Failed  []shownFailure `json:"failed,omitzero"`
	Rings   []shownRing    `json:"rings,omitzero"`
	Omitted *shownOmitted  `json:"omitted,omitzero"`
}

type shownOmitted struct {
	Tokens  int    `json:"tokens,omitzero"`
	Digest  string `json:"digest,omitzero"`
	Links   bool   `json:"links,omitzero"`
	Members int    `json:"members,omitzero"`
	Facts   int    `json:"facts,omitzero"`
}

type shownReason struct {
	Rule       string      `json:"rule"`
	Indicators []int       `json:"indicators,omitzero"`
	Weight     float64     `json:"weight"`
	Text       string      `json:"text"`
	Facts      []shownFact `json:"facts,omitzero"`
}

type shownFact struct {
	Name      string `json:"name"`
	Value     string `json:"value"`
	Threshold string `json:"threshold,omitzero"`
}

type shownFailure struct {
	Rule  string `json:"rule"`
	Error string `json:"error"`
}

type shownRing struct {
	ID     string         `json:"id"`
	Shared map[string]int `json:"shared"`
	Claims []shownRef     `json:"claims"`
}

type shownRef struct {
	Insurer string `json:"insurer"`
	Claim   string `json:"claim"`
}

type shownDead struct {
	Code      claim.Code `json:"code"`
	Path      string     `json:"path,omitzero"`
	Partition int        `json:"partition"`
	Offset    int64      `json:"offset"`
}

type shownContext struct {
	Cause    *shownCause       `json:"cause,omitzero"`
	Origin   *shownSource      `json:"origin,omitzero"`
	History  bool              `json:"history,omitzero"`
	Seen     map[string]int64  `json:"seen,omitzero"`
	Model    string            `json:"model,omitzero"`
	Settings map[string]string `json:"settings,omitzero"`
	Features []byte            `json:"features,omitzero"`
	Home     *int              `json:"home,omitzero"`

	Placement *shownPlacement `json:"placement,omitzero"`
}

type shownPlacement struct {
	Partitions  int    `json:"partitions"`
	Partitioner string `json:"partitioner"`
}

type shownCause struct {
	Journal   string `json:"journal"`
	Partition int    `json:"partition"`
	Offset    int64  `json:"offset"`
	Epoch     uint32 `json:"epoch,omitzero"`
}

func decisionShown(d *claim.Decision) *shownDecision {
	out := &shownDecision{Score: d.Score, Base: d.Base, Outcome: d.Outcome, Hold: d.Hold, RuleSet: d.RuleSet}
	for i := range d.Reasons {
		r := &d.Reasons[i]
		to := shownReason{Rule: r.Rule, Indicators: r.Indicators, Weight: r.Weight, Text: r.Text}
		for _, f := range r.Facts {
			to.Facts = append(to.Facts, shownFact(f))
		}
		out.Reasons = append(out.Reasons, to)
	}
	for _, f := range d.Failed {
		out.Failed = append(out.Failed, shownFailure(f))
	}
	for _, r := range d.Rings {
		ring := shownRing{ID: r.ID, Shared: map[string]int{}}
		for _, s := range r.Shared {
			ring.Shared[s.Domain] = s.Tokens
		}
		for _, c := range r.Claims {
			ring.Claims = append(ring.Claims, shownRef(c))
		}
		out.Rings = append(out.Rings, ring)
	}
	if o := &d.Omitted; *o != (claim.Omitted{}) {
		out.Omitted = &shownOmitted{Tokens: o.Tokens, Links: o.Links, Members: o.Members, Facts: o.Facts}
		if o.Tokens > 0 {
			out.Omitted.Digest = hex.EncodeToString(o.Digest[:])
		}
	}
	return out
}

func contextShown(e *claim.Entry) *shownContext {
	c := &e.Context
	out := &shownContext{History: c.History, Model: c.Model, Features: c.Features}
	if c.Cause != nil {
		cause := shownCause(*c.Cause)
		out.Cause = &cause
	}
	if c.Origin != nil {
		origin := shownSource(*c.Origin)
		out.Origin = &origin
	}
	for _, s := range c.Seen {
		if out.Seen == nil {
			out.Seen = map[string]int64{}
		}
		out.Seen[strconv.Itoa(s.Partition)] = s.Offset
	}
	for _, s := range c.Settings {
		if out.Settings == nil {
			out.Settings = map[string]string{}
		}
		out.Settings[s.Name] = hex.EncodeToString(s.Digest[:])
	}
	if e.Kind == claim.Forwarded {
		out.Home = &c.Home
	}
	if c.Placement != nil {
		placement := shownPlacement(*c.Placement)
		out.Placement = &placement
	}
	if c.Cause == nil && c.Origin == nil && !c.History && c.Seen == nil && c.Model == "" && c.Settings == nil &&
		c.Features == nil &&
		out.Home == nil && c.Placement == nil {
		return nil
	}
	return out
}
