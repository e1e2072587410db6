package privacy

import (
	"slices"

	"tallystick/claim"
)

// Leave takes out of a protected event what concerns some parties: open values, tokens, what is sealed and its keys.
// The content's digest stays that of the whole event.
func (o *Protected) Leave(parties []string) {
	if len(parties) == 0 {
		return
	}
	gone := func(party string) bool { return slices.Contains(parties, party) }
	o.Values = slices.DeleteFunc(o.Values, func(v claim.Value) bool { return gone(v.Path.Party) })
	o.Tokens = slices.DeleteFunc(o.Tokens, func(t claim.Token) bool { return gone(claim.PartyOf(t.Path)) })
	o.Parties = slices.DeleteFunc(o.Parties, func(p SealedParty) bool { return gone(p.Party) })
	o.Keys = slices.DeleteFunc(o.Keys, func(k WrappedKey) bool { return gone(k.Party) })
}
