package consortium

import (
	"errors"
	"fmt"
	"net"
	"regexp"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// Role is what a node does.
type Role string

// The roles. One organisation may run several nodes, each with a key of its own.
const (
	RoleMember    Role = "member"
	RoleEvaluator Role = "evaluator"
)

// Card is what a node tells of itself, and what stands of it in the consortium's file.
type Card struct {
	Name    string `json:"name"`
	Role    Role   `json:"role"`
	Address string `json:"address"` // host:port at which it answers the others
	Signing string `json:"signing"` // a C2SP vkey of that name
	TLS     []byte `json:"tls"`     // Ed25519, 32 bytes: the key that its certificate must have
	Sealing []byte `json:"sealing"` // HPKE, ML-KEM-768 with X25519
}

var nameForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)

func checkName(name string) error {
	if !nameForm.MatchString(name) {
		return errors.New("a name has 1 to 63 small letters, digits, dots and hyphens")
	}
	return nil
}

func (c Card) check() error {
	if err := checkName(c.Name); err != nil {
		return err
	}
	if c.Role != RoleMember && c.Role != RoleEvaluator {
		return fmt.Errorf("node %s: its role is %s or %s", c.Name, RoleMember, RoleEvaluator)
	}
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		return fmt.Errorf("node %s: its address is host:port", c.Name)
	}
	verifier, err := note.NewVerifier(c.Signing)
	if err != nil || verifier.Name() != c.Name {
		return fmt.Errorf("node %s: its signing key is no vkey of that name", c.Name)
	}
	if len(c.TLS) != 32 {
		return fmt.Errorf("node %s: its TLS key is no Ed25519 key", c.Name)
	}
	if len(c.Sealing) != 1216 {
		return fmt.Errorf("node %s: its sealing key is no key of ML-KEM-768 with X25519", c.Name)
	}
	return nil
}

// Verifier returns the node's signing key.
func (c Card) Verifier() (note.Verifier, error) { return note.NewVerifier(c.Signing) }

// ParseCard reads a card.
func ParseCard(text []byte) (Card, error) {
	var c Card
	if len(text) > 16<<10 {
		return c, errors.New("a card is at most 16 KiB")
	}
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return c, fmt.Errorf("reading a card: %w", err)
	}
	return c, c.check()
}
