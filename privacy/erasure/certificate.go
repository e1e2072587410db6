package erasure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tallystick/claim"
)

// certificateTitle is the first line of a certificate. A log signs heads, whose first line is its origin: neither
// passes for the other.
const certificateTitle = "tallystick erasure certificate v1"

// Certificate says what was erased, what remains and until when.
type Certificate struct {
	Number    int64     `json:"number"`
	Ground    string    `json:"ground"`
	Requester string    `json:"requested_by"`
	Approver  string    `json:"approved_by"`
	Asked     time.Time `json:"requested_at"`
	Agreed    time.Time `json:"approved_at"`
	Finished  time.Time `json:"done_at"`
	Erased    []Target  `json:"erased"`
	Keys      int       `json:"keys_given_up"`
	Notes     int       `json:"notes_without_key"`
	// KeysRead is when the topic of wrapped keys was read from its start and held no key of the subject any more.
	KeysRead time.Time `json:"keys_read_at"`
	Redacted bool      `json:"journal_redacted"` // the sections are in the journal of claims no more
	Remains  []Remains `json:"remains"`
	Held     []Target  `json:"under_legal_hold,omitzero"`
	Issued   time.Time `json:"issued_at"`
}

// Remains is something that an erasure leaves, and why.
type Remains struct {
	Where string    `json:"where"`
	What  string    `json:"what"`
	Why   string    `json:"why"`
	Until time.Time `json:"until,omitzero"` // zero: as long as the install keeps the claim
}

// Keeping says how long the install keeps what an erasure cannot reach.
type Keeping struct {
	Claims      time.Duration // of the topic that claims come on
	DeadLetters time.Duration // 0: for ever
}

// Stays lists what an erasure that is done at a moment leaves, for a preview and for the certificate.
func (k Keeping) Stays(done time.Time, redacted bool) []Remains {
	until := func(d time.Duration) time.Time {
		if d <= 0 {
			return time.Time{}
		}
		return done.Add(d).UTC().Truncate(time.Second)
	}
	out := []Remains{
		{"claims", "the records as the insurer's system sent them", "Kafka deletes them with their segment",
			until(k.Claims)},
		{
			"dead letters", "records that were refused, sealed whole, if the subject is in one",
			"they are not opened to look", until(k.DeadLetters),
		},
		{
			"journal of claims", "decision, score and reasons; values that concern no party, such as vehicle, policy and loss",
			"the insurer must be able to account for what it decided (GDPR article 17(3)(b) and (e))", time.Time{},
		},
		{"log, chain, witnesses", "hashes that nothing can be recomputed from", "what was proved before stays provable",
			time.Time{}},
		{"journal of erasures", "keyed hashes that recognise the subject", "who comes again is left out", time.Time{}},
		{"backups made before", "the same as was here then",
			"whoever restores one restores the journal of erasures as it is now", time.Time{}},
	}
	if !redacted {
		out = slices.Insert(out, 2, Remains{
			"journal of claims", "the subject's sections: tokens, and sealed values that nobody can open any more",
			"the journal is never rewritten in place; every reader of this program leaves them out", time.Time{},
		})
	}
	return out
}

// Certify issues the certificate of an erasure that is done. It reads the topic of keys from its start and refuses as
// long as one of the subject's is in its segments.
func (d *Desk) Certify(ctx context.Context, person string, number int64, keep Keeping, signer note.Signer) ([]byte,
	error) {
	x, err := d.Find(number)
	if err != nil {
		return nil, err
	}
	if err := expect(x, Finished, Attested); err != nil {
		return nil, err
	}
	c := Certificate{
		Number: x.Number, Ground: x.Ground, Requester: x.Requester, Approver: x.Approver, Asked: x.Asked,
		Agreed:   x.Agreed,
		Finished: x.Finished, Keys: x.Keys, Notes: x.Notes,
	}
	if err := d.look(ctx, x, &c); err != nil {
		return nil, err
	}
	c.Issued = d.cfg.Now().UTC().Truncate(time.Second)
	c.Remains = keep.Stays(x.Finished, c.Redacted)
	signed, err := c.sign(signer)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(signed)
	act := d.act(person, actCertify, x)
	act.Digest = digest[:]
	err = d.gate.Do(ctx, act, func(ctx context.Context, _ int64) error {
		_, err := d.submit(ctx, Event{Kind: Certified, Number: number, At: c.Issued, By: person, Digest: digest[:]},
			nil)
		return err
	})
	return signed, err
}

// look fills in what is found of an erasure in journal and keys.
func (d *Desk) look(ctx context.Context, x *Erasure, c *Certificate) error {
	parties, kept := map[string]bool{}, map[string]bool{}
	c.Redacted = true
	d.cfg.Follower.log.View(func(b *book) {
		for _, t := range x.Targets {
			if b.erased(t) {
				c.Erased = append(c.Erased, t)
				parties[keyOf(t.Insurer, t.Claim)+"\x00"+t.Party] = true
			} else {
				c.Held = append(c.Held, t)
			}
		}
	})
	slices.SortFunc(c.Erased, compareTargets)
	slices.SortFunc(c.Held, compareTargets)
	err := d.cfg.Ground.scanAll(ctx, func(e *claim.Entry, _ placed) error {
		for i := range e.Sections {
			s := &e.Sections[i]
			switch t := (Target{e.Insurer, e.Claim, e.Revision, s.Party}); {
			case s.Left != nil:
			case slices.Contains(c.Erased, t):
				c.Redacted = false
			default:
				kept[string(s.Key)] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	left := 0
	err = d.cfg.Ground.keys(ctx, func(k wrapped, _ bool) {
		if parties[keyOf(k.of.Insurer, k.of.Claim)+"\x00"+k.of.Party] && !kept[k.id] {
			left++
		}
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%w: %d wrapped keys were given up and still lie in segments of %s that Kafka has not compacted; "+
			"it does within the topic's max.compaction.lag.ms, ask again then", ErrRemains, left,
			d.cfg.Ground.KeysTopic)
	}
	c.KeysRead = d.cfg.Now().UTC().Truncate(time.Second)
	return nil
}

func (c *Certificate) sign(signer note.Signer) ([]byte, error) {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the certificate: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: certificateTitle + "\n" + string(text) + "\n"}, signer)
	if err != nil {
		return nil, fmt.Errorf("signing the certificate: %w", err)
	}
	return signed, nil
}

// ErrCertificate says that something is no certificate, or not of whom it should be.
var ErrCertificate = errors.New("no certificate of an erasure by this key")

// ReadCertificate checks a certificate against the key of who should have issued it.
func ReadCertificate(signed []byte, vkey string) (*Certificate, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("reading the key: %w", err)
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	title, text, _ := strings.Cut(n.Text, "\n")
	if title != certificateTitle {
		return nil, fmt.Errorf("%w: it is another document", ErrCertificate)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	var c Certificate
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: data after its end", ErrCertificate)
	}
	return &c, nil
}
