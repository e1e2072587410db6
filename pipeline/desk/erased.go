package desk

import (
	"tallystick/claim"
	"tallystick/privacy"
)

// Erased knows who was erased, so that whoever comes again is left out.
type Erased interface {
	// Caught returns the parties of a record that are people who were erased.
	Caught(keys privacy.Keys, insurer, claim string, tokens []claim.Token) ([]string, error)
}

// observe gives the detectors an entry.
func (d *Desk) observe(e *claim.Entry) error {
	if e.Kind == claim.Erased {
		return d.cfg.State.Erase(e)
	}
	return d.cfg.State.ObserveEntry(e)
}

// leave takes out of an event whoever was erased before it came. The rest is decided as if they had not been named.
func (d *Desk) leave(p *privacy.Protected) error {
	if d.cfg.Erased == nil {
		return nil
	}
	parties, err := d.cfg.Erased.Caught(d.cfg.Keys, p.Insurer, p.Claim, p.Tokens)
	if err != nil {
		return err
	}
	for range parties {
		d.cfg.Left(p.Insurer)
	}
	p.Leave(parties)
	return nil
}
