package member

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/consortium"
)

// Letter is a question of one fraud desk to another about one signal, or the answer. It is signed by the node that
// sends it, sealed for the one that gets it, kept sealed on both sides and in the audit of both. Which publisher a hit
// is of is told only here, where a person asks case by case.
type Letter struct {
	ID         string    `json:"id"`
	Consortium string    `json:"consortium"`
	From       string    `json:"from"`
	To         string    `json:"to"`
	By         string    `json:"by"`
	Time       time.Time `json:"time"`
	Signal     string    `json:"signal"`
	Answers    string    `json:"answers,omitempty"` // the letter that it answers
	Text       string    `json:"text"`
}

const (
	letterHeader = "tallystick signals letter v1"
	letterUse    = "letter"
	maxText      = 16 << 10
)

var letterID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// letters are those sent and received, each in a file that only this node opens.
type letters struct {
	dir string
	key *consortium.Key
}

func openLetters(dir string, key *consortium.Key) (*letters, error) {
	return &letters{dir, key}, mkdir(dir)
}

// keep writes a letter, sealed for this node.
func (l *letters) keep(letter *Letter, own consortium.Card) error {
	text, err := json.Marshal(letter)
	if err != nil {
		return fmt.Errorf("keeping a letter: %w", err)
	}
	sealed, err := consortium.Seal(own, letterUse, text)
	if err != nil {
		return err
	}
	if err := writeDurably(filepath.Join(l.dir, letter.ID+".sealed"), sealed); err != nil {
		return fmt.Errorf("keeping a letter: %w", err)
	}
	return nil
}

func (l *letters) has(id string) bool {
	_, err := os.Stat(filepath.Join(l.dir, id+".sealed"))
	return err == nil
}

// Letters returns the letters sent and received, oldest first.
func (n *Node) Letters() ([]Letter, error) {
	paths, err := filepath.Glob(filepath.Join(n.letters.dir, "*.sealed"))
	if err != nil {
		return nil, fmt.Errorf("listing letters: %w", err)
	}
	var all []Letter
	for _, path := range paths {
		sealed, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("listing letters: %w", err)
		}
		text, err := n.key.Open(letterUse, sealed)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var letter Letter
		if err := json.Unmarshal(text, &letter); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, letter)
	}
	slices.SortFunc(all, func(a, b Letter) int { return a.Time.Compare(b.Time) })
	return all, nil
}

// Inquire asks the publishers of the signals that a claim hits. Each gets the question by itself; the letters are
// returned.
func (n *Node) Inquire(ctx context.Context, by, insurer, claim, text string) ([]Letter, error) {
	if err := n.cfg.Claims.Open(ctx, insurer, claim); err != nil {
		return nil, fmt.Errorf("an inquiry is about an open claim: %w", err)
	}
	n.watch.mu.Lock()
	about := map[string]string{} // a signal of each publisher
	if c := n.watch.claims[claimKey{insurer, claim}]; c != nil {
		for publisher, matches := range c.found {
			about[publisher] = matches[0].Name.String()
		}
	}
	n.watch.mu.Unlock()
	if len(about) == 0 {
		return nil, errors.New("the claim hits no signal, so there is nobody to ask")
	}
	var sent []Letter
	for to, name := range about {
		letter, err := n.send(ctx, Letter{To: to, By: by, Signal: name, Text: text}, insurer, claim)
		if err != nil {
			return sent, fmt.Errorf("asking %s: %w", to, err)
		}
		sent = append(sent, *letter)
	}
	return sent, nil
}

// Answer answers a letter.
func (n *Node) Answer(ctx context.Context, by, id, text string) (*Letter, error) {
	all, err := n.Letters()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(l Letter) bool { return l.ID == id && l.To == n.Name() })
	if i < 0 {
		return nil, fmt.Errorf("no letter %s was received", id)
	}
	return n.send(ctx, Letter{To: all[i].From, By: by, Signal: all[i].Signal, Answers: id, Text: text}, "", "")
}

// send signs, seals and delivers a letter. It is in the audit before it goes.
func (n *Node) send(ctx context.Context, l Letter, insurer, claim string) (*Letter, error) {
	file, err := n.file()
	if err != nil {
		return nil, err
	}
	to, ok := file.Member(l.To)
	if !ok {
		return nil, fmt.Errorf("%s is no member of %s, version %d", l.To, file.Name, file.Version)
	}
	if strings.TrimSpace(l.Text) == "" || len(l.Text) > maxText {
		return nil, fmt.Errorf("a letter has a text of at most %d bytes", maxText)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	l.ID, l.Consortium, l.From, l.Time = hex.EncodeToString(id), file.Name, n.Name(),
		n.now().UTC().Truncate(time.Second)
	signed, err := signals.SignText(letterHeader, l, n.signer)
	if err != nil {
		return nil, err
	}
	sealed, err := consortium.Seal(to.Card, letterUse, signed)
	if err != nil {
		return nil, err
	}
	if err := n.note(audit{Act: "write", By: l.By, Insurer: insurer, Claim: claim, With: l.To,
		Signals: []string{l.Signal}, Record: l.ID}); err != nil {
		return nil, err
	}
	o, err := n.other(to)
	if err != nil {
		return nil, err
	}
	if err := o.client.Post(ctx, "/v1/inquiries", sealed, nil); err != nil {
		return nil, err
	}
	own, _ := file.Member(n.Name())
	return &l, n.letters.keep(&l, own.Card)
}

// serveLetter takes a letter of another member. The same letter again is refused.
func (n *Node) serveLetter(_ context.Context, from ed25519.PublicKey, body []byte) (any, error) {
	file, member, err := n.from(from)
	if err != nil {
		return nil, err
	}
	verifier, err := member.Verifier()
	if err != nil {
		return nil, err
	}
	l, err := n.openLetter(body, verifier)
	if err != nil {
		return nil, refused(400, "letter", "%s", err)
	}
	if l.Consortium != file.Name || l.From != member.Name || l.To != n.Name() {
		return nil, refused(400, "letter", "the letter is from %s to %s, and came from %s to %s", l.From, l.To,
			member.Name, n.Name())
	}
	if skew := n.now().Sub(l.Time); skew.Abs() > maxSkew {
		return nil, refused(400, "clock", "the letter is of %s and here it is %s", l.Time.UTC().Format(time.RFC3339),
			n.now().UTC().Format(time.RFC3339))
	}
	if n.letters.has(l.ID) {
		return nil, refused(409, "replay", "the letter was received before")
	}
	if l.Answers == "" && n.recordOf(l.Signal) == nil {
		return nil, refused(404, "signal", "%s is no signal that %s published", l.Signal, n.Name())
	}
	if l.Answers != "" && !n.letters.has(l.Answers) {
		return nil, refused(404, "letter", "the letter that it answers was not sent from here")
	}
	if err := n.note(audit{Act: "receive", By: l.By, With: l.From, Signals: []string{l.Signal},
		Record: l.ID}); err != nil {
		return nil, err
	}
	own, _ := file.Member(n.Name())
	return struct{}{}, n.letters.keep(l, own.Card)
}

func (n *Node) openLetter(body []byte, sender note.Verifier) (*Letter, error) {
	var sealed []byte
	if err := json.Unmarshal(body, &sealed); err != nil || len(sealed) > 2*maxText {
		return nil, errors.New("not a sealed letter")
	}
	signed, err := n.key.Open(letterUse, sealed)
	if err != nil {
		return nil, err
	}
	l := new(Letter)
	if err := signals.OpenText(signed, letterHeader, l, sender); err != nil {
		return nil, fmt.Errorf("the letter: %w", err)
	}
	var name signals.Pseudonym
	if !letterID.MatchString(l.ID) || l.Answers != "" && !letterID.MatchString(l.Answers) || len(l.Text) > maxText ||
		name.UnmarshalText([]byte(l.Signal)) != nil {
		return nil, errors.New("the letter is not of the form that letters have")
	}
	return l, nil
}
