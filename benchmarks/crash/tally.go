package main

import (
	"hash/maphash"
	"sync"
)

// tally counts, for each claim, how often it was sent and answered. It keeps 64-bit hashes of keys, so that a million
// claims take some 40 MB; two keys of one hash would have to go wrong together to hide a fault. Methods may be called
// concurrently.
type tally struct {
	mu       sync.Mutex
	seed     maphash.Seed
	claims   map[uint64]counts
	versions map[uint64]uint64 // of public decisions: what each says
	changed  int
}

type counts struct {
	sent, decided uint32
	published     bool
}

func newTally() *tally {
	return &tally{seed: maphash.MakeSeed(), claims: map[uint64]counts{}, versions: map[uint64]uint64{}}
}

func (t *tally) update(key []byte, change func(*counts)) {
	at := maphash.Bytes(t.seed, key)
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.claims[at]
	change(&c)
	t.claims[at] = c
}

// sent counts a record on the topic of claims.
func (t *tally) sent(key []byte) { t.update(key, func(c *counts) { c.sent++ }) }

// decided counts an entry that answers a record.
func (t *tally) decided(key []byte) { t.update(key, func(c *counts) { c.decided++ }) }

// published notes a message on the public topic. A version may come again after a crash, and says the same then.
func (t *tally) published(key []byte, version string, value []byte) {
	t.update(key, func(c *counts) { c.published = true })
	at, says := maphash.String(t.seed, string(key)+" "+version), maphash.Bytes(t.seed, value)
	t.mu.Lock()
	defer t.mu.Unlock()
	if said, again := t.versions[at]; again && said != says {
		t.changed++
	}
	t.versions[at] = says
}

// verdict is what the counts come to.
type verdict struct {
	Lost        int // records without an entry
	Doubled     int // entries beyond one for each record
	Unpublished int // claims without a public decision
	Changed     int // public decisions whose version was published before with another content
}

func (t *tally) verdict() verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := verdict{Changed: t.changed}
	for _, c := range t.claims {
		if c.sent > c.decided {
			v.Lost += int(c.sent - c.decided)
		} else {
			v.Doubled += int(c.decided - c.sent)
		}
		if c.sent > 0 && !c.published {
			v.Unpublished++
		}
	}
	return v
}
