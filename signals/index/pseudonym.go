package index

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strings"

	"tallystick/signals"
)

// Group is what a pseudonym is bound to beside the identifier.
type Group struct {
	Publisher string
	Domain    signals.Domain
	Month     signals.Month
}

// Namer makes the pseudonyms of one group. Not safe for concurrent use.
type Namer struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

// NewNamer returns the namer of a group under the members' key of an epoch.
func NewNamer(epochKey []byte, g Group) *Namer {
	mac := hmac.New(sha256.New, epochKey)
	mac.Write([]byte(strings.Join([]string{"tallystick signals group v1", g.Publisher, string(g.Domain),
		string(g.Month)}, "\x00")))
	return &Namer{mac: hmac.New(sha256.New, mac.Sum(nil))}
}

// Name returns the pseudonym for the digest of an evaluators' output.
func (n *Namer) Name(digest [sha256.Size]byte) (p signals.Pseudonym) {
	n.mac.Reset()
	n.mac.Write(digest[:])
	copy(p[:], n.mac.Sum(n.sum[:0]))
	return p
}

// Digest shortens an output once, so that each of its names costs one block less.
func Digest(output []byte) [sha256.Size]byte { return sha256.Sum256(output) }
