package desk

import (
	"fmt"

	"tallystick/claim"
	"tallystick/claim/entry"
	"tallystick/pipeline"
)

// What a cut leaves of a decision whose entry would be too large.
const (
	longFact    = 256 // bytes of a fact's value
	fewMembers  = 16  // of a ring
	fewReasons  = 100
	fewFailures = 16
)

// cuts take from a decision what it can best do without, the first that suffices and those before it. The last ones
// leave so little that with what [maxProtected] allows of the event the entry fits, whatever rules an install has.
var cuts = []func(*claim.Decision){
	func(d *claim.Decision) { cutFacts(d, longFact) },
	func(d *claim.Decision) {
		for i := range d.Rings {
			r := &d.Rings[i]
			if more := len(r.Claims) - fewMembers; more > 0 {
				r.Claims = r.Claims[:fewMembers:fewMembers]
				d.Omitted.Members += more
			}
		}
	},
	func(d *claim.Decision) { cutFacts(d, 0) },
	func(d *claim.Decision) {
		if more := len(d.Reasons) - fewReasons; more > 0 {
			d.Reasons = d.Reasons[:fewReasons]
			d.Omitted.Facts += more
		}
		if more := len(d.Failed) - fewFailures; more > 0 {
			d.Failed = d.Failed[:fewFailures]
			d.Omitted.Facts += more
		}
	},
}

// cutFacts takes texts and facts from the reasons that have one longer than most.
func cutFacts(d *claim.Decision, most int) {
	for i := range d.Reasons {
		r := &d.Reasons[i]
		long := len(r.Text) > 2*most
		for _, f := range r.Facts {
			long = long || len(f.Value) > most
		}
		if long {
			d.Omitted.Facts += 1 + len(r.Facts)
			r.Text, r.Facts = "", nil
		}
	}
}

// fit makes sure that an entry, which has all but its commitment, is encoded in MaxEntryBytes.
func (w *worker) fit(e *claim.Entry) error {
	if e.Decision == nil || atMost(e) <= pipeline.MaxEntryBytes {
		return nil
	}
	if err := entry.Divide(e, w.seed); err != nil {
		return fmt.Errorf("dividing an entry by parties: %w", err)
	}
	for i := 0; ; i++ {
		data, err := w.encoder.Append(w.encoded[:0], e)
		if err != nil {
			return fmt.Errorf("measuring an entry: %w", err)
		}
		w.encoded = data
		if len(data)+commitmentBytes <= pipeline.MaxEntryBytes || i == len(cuts) {
			return nil
		}
		cuts[i](e.Decision)
	}
}

const commitmentBytes = 40 // with what stands around it

// atMost is a size that the encoded entry does not exceed, had at a glance.
func atMost(e *claim.Entry) int {
	n := 1000 + len(e.Insurer) + len(e.Claim) + len(e.Context.Features) + 64*len(e.Context.Settings) + 24*len(e.Context.Seen)
	for i := range e.Values {
		n += 24 + len(e.Values[i].Path.Name) + len(e.Values[i].Bytes)
	}
	n += 48 * len(e.Tokens)
	for i := range e.Sections {
		n += 512 + len(e.Sections[i].Party) + len(e.Sections[i].Data)
	}
	for i := range e.Decision.Reasons {
		r := &e.Decision.Reasons[i]
		n += 64 + len(r.Rule) + len(r.Text) + 5*len(r.Indicators)
		for _, f := range r.Facts {
			n += 32 + len(f.Name) + len(f.Value) + len(f.Threshold)
		}
	}
	for _, f := range e.Decision.Failed {
		n += 32 + len(f.Rule) + len(f.Error)
	}
	for i := range e.Decision.Rings {
		r := &e.Decision.Rings[i]
		n += 64 + len(r.ID) + 16*len(r.Shared)
		for _, c := range r.Claims {
			n += 16 + len(c.Insurer) + len(c.Claim)
		}
	}
	return n
}
