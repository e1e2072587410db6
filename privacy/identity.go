package privacy

import (
	"errors"
	"fmt"

	"tallystick/claim"
)

// identify sets who and what the record is and returns the insurer's hashes.
func (p *Protector) identify(out *Protected) (*macs, error) {
	if problem := p.checker.Done(); problem != nil {
		return nil, problem
	}
	keys, err := p.insurer(p.leaves[p.id[isInsurer]].value)
	if err != nil {
		return nil, err
	}
	out.Insurer = keys.keys.name
	out.Claim = string(p.leaves[p.id[isClaim]].value)
	out.Revision, _ = claim.Whole(p.leaves[p.id[isRevision]].value)
	out.Line = lineOf(p.leaves[p.id[isLine]].value)
	return keys, nil
}

// identifyWhatCanBe fills in what a refused event says of itself, as far as it is safe to keep.
func (p *Protector) identifyWhatCanBe(out *Protected) {
	if i := p.id[isInsurer]; i >= 0 && out.Insurer == "" {
		if keys, err := p.insurer(p.leaves[i].value); err == nil {
			out.Insurer = keys.keys.name
		}
	}
	if i := p.id[isClaim]; i >= 0 {
		out.Claim = string(p.leaves[i].value)
	}
	if i := p.id[isRevision]; i >= 0 {
		out.Revision, _ = claim.Whole(p.leaves[i].value)
	}
	if i := p.id[isLine]; i >= 0 {
		out.Line = lineOf(p.leaves[i].value)
	}
}

// insurer returns the hashes under an insurer's keys of the moment.
func (p *Protector) insurer(name []byte) (*macs, error) {
	known := p.insurers[string(name)]
	var text string
	if known != nil {
		text = known.keys.name
	} else {
		text = string(name)
		if CheckInsurerName(text) != nil {
			return nil, unknownInsurer()
		}
	}
	keys, err := p.shared.keys.Insurer(text)
	switch {
	case errors.Is(err, ErrUnknownInsurer):
		delete(p.insurers, text)
		return nil, unknownInsurer()
	case err != nil:
		clear(p.insurers) // the keys have expired, and these were made of them
		return nil, fmt.Errorf("keys of the insurer: %w", err)
	case known != nil && known.keys == keys:
		return known, nil
	}
	known = newMACs(keys)
	p.insurers[keys.name] = known
	return known, nil
}

func unknownInsurer() error {
	return &claim.Problem{Code: claim.UnknownInsurer, Path: "insurer", Offset: -1}
}

func lineOf(text []byte) claim.Line {
	switch claim.Line(text) { // the compiler does not allocate for the comparison
	case claim.LineMotor:
		return claim.LineMotor
	case claim.LineHealth:
		return claim.LineHealth
	case claim.LineProperty:
		return claim.LineProperty
	case claim.LineLife:
		return claim.LineLife
	case claim.LineTravel:
		return claim.LineTravel
	case claim.LineDevice:
		return claim.LineDevice
	default:
		return claim.Line(text)
	}
}

// roleOf returns a known role. An unknown one is left out of tokens: it stays where the policy puts it.
func roleOf(text []byte) claim.Role {
	switch role := claim.Role(text); role {
	case claim.Agent:
		return claim.Agent
	case claim.Handler:
		return claim.Handler
	case claim.Vendor:
		return claim.Vendor
	case claim.Repairer:
		return claim.Repairer
	case claim.Provider:
		return claim.Provider
	case claim.Driver:
		return claim.Driver
	case claim.Witness:
		return claim.Witness
	case claim.Attorney:
		return claim.Attorney
	case claim.Insured:
		return claim.Insured
	case claim.ThirdParty:
		return claim.ThirdParty
	default:
		return ""
	}
}
