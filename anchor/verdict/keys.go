package verdict

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
)

// maxKeysBytes bounds a file of keys.
const maxKeysBytes = 1 << 20

// Fingerprint names a file of keys, so that it can be read aloud and compared: SHA-256 of its bytes, as sha256sum
// prints it.
func Fingerprint(keys []byte) string {
	sum := sha256.Sum256(keys)
	return hex.EncodeToString(sum[:])
}

// ErrFingerprint says that a file of keys is not the one whose fingerprint was given.
var ErrFingerprint = errors.New("the keys are not those of the fingerprint: do not use them, ask the insurer again by another way")

// CheckFingerprint holds keys to a fingerprint that came by another way. Blanks, colons and capitals in it do not
// matter.
func CheckFingerprint(keys []byte, fingerprint string) error {
	plain := strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == ':' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, fingerprint))
	if want, err := hex.DecodeString(plain); err != nil || len(want) != sha256.Size {
		return errors.New("the fingerprint is not 64 hexadecimal digits")
	}
	if subtle.ConstantTimeCompare([]byte(plain), []byte(Fingerprint(keys))) != 1 {
		return ErrFingerprint
	}
	return nil
}

// ParseKeys reads whom a verifier trusts: a policy of C2SP tlog-policy with one log, followed or preceded by
// certificates (PEM) of time authorities. A quorum is one witness, a group of witnesses, or none.
//
//	log <vkey>
//	witness <name> <vkey>
//	group <name> <all, any or a number> <names of witnesses>
//	quorum <name, or none>
func ParseKeys(keys []byte) (proof.Policy, error) {
	if len(keys) > maxKeysBytes {
		return proof.Policy{}, fmt.Errorf("the file of keys has more than %d bytes", maxKeysBytes)
	}
	lines, certificates, err := splitKeys(keys)
	if err != nil {
		return proof.Policy{}, err
	}
	p := keysParser{witnesses: map[string]string{}, groups: map[string]group{}}
	for i, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words); err != nil {
			return proof.Policy{}, fmt.Errorf("line %d of the keys: %w", i+1, err)
		}
	}
	if p.quorum == "" {
		return proof.Policy{}, errors.New("the keys have no quorum: want a line \"quorum\" with a witness, a group, or none")
	}
	if len(certificates) > 0 {
		trust, err := timestamp.ParseTrust(certificates)
		if err != nil {
			return proof.Policy{}, err
		}
		p.policy.Authorities = trust
	}
	return p.policy, p.policy.Check()
}

// splitKeys takes the certificates out; their lines stay as empty ones, so that the others keep their numbers.
func splitKeys(keys []byte) (lines []string, certificates []byte, err error) {
	inside := false
	for line := range strings.Lines(string(keys)) {
		line = strings.TrimRight(line, "\r\n")
		begins, ends := strings.HasPrefix(line, "-----BEGIN "), strings.HasPrefix(line, "-----END ")
		if inside = inside || begins; inside {
			certificates = append(append(certificates, line...), '\n')
			line = ""
		}
		inside = inside && !ends
		lines = append(lines, line)
	}
	if block, _ := pem.Decode(certificates); len(bytes.TrimSpace(certificates)) > 0 && (inside || block == nil) {
		return nil, nil, errors.New("a certificate in the keys is cut or malformed")
	}
	return lines, certificates, nil
}

type group struct {
	need  int
	names []string
}

type keysParser struct {
	policy    proof.Policy
	witnesses map[string]string // name to vkey
	groups    map[string]group
	quorum    string
}

func (p *keysParser) line(words []string) error {
	switch kind, words := words[0], words[1:]; {
	case kind == "log" && (len(words) == 1 || len(words) == 2):
		if p.policy.LogKey != "" {
			return errors.New("a second log: one is read")
		}
		p.policy.LogKey = words[0]
	case kind == "witness" && (len(words) == 2 || len(words) == 3):
		if err := p.fresh(words[0]); err != nil {
			return err
		}
		p.witnesses[words[0]] = words[1]
	case kind == "group" && len(words) >= 3:
		return p.group(words[0], words[1], words[2:])
	case kind == "quorum" && len(words) == 1:
		return p.setQuorum(words[0])
	default:
		return errors.New("want log, witness, group or quorum with what belongs to it")
	}
	return nil
}

func (p *keysParser) fresh(name string) error {
	if _, is := p.groups[name]; is || p.witnesses[name] != "" || name == "none" {
		return fmt.Errorf("the name %q is there already", name)
	}
	return nil
}

func (p *keysParser) group(name, need string, names []string) error {
	if err := p.fresh(name); err != nil {
		return err
	}
	for i, n := range names {
		if p.witnesses[n] == "" || slices.Contains(names[:i], n) {
			return fmt.Errorf("%q is no witness named before, or twice in the group; groups of groups are not read", n)
		}
	}
	g := group{names: names}
	switch need {
	case "all":
		g.need = len(names)
	case "any":
		g.need = 1
	default:
		var err error
		if g.need, err = strconv.Atoi(need); err != nil || g.need < 1 || g.need > len(names) {
			return fmt.Errorf("the group needs all, any, or 1 to %d of its witnesses", len(names))
		}
	}
	p.groups[name] = g
	return nil
}

func (p *keysParser) setQuorum(name string) error {
	if p.quorum != "" {
		return errors.New("a second quorum")
	}
	p.quorum = name
	if name == "none" {
		return nil
	}
	g, ok := p.groups[name]
	if !ok {
		if p.witnesses[name] == "" {
			return fmt.Errorf("the quorum %q is no witness or group named before", name)
		}
		g = group{need: 1, names: []string{name}}
	}
	for _, n := range g.names {
		p.policy.Witnesses = append(p.policy.Witnesses, p.witnesses[n])
	}
	p.policy.Quorum = g.need
	return nil
}

// FormatKeys writes what ParseKeys reads; certificates are PEM and may be empty.
func FormatKeys(policy proof.Policy, certificates []byte) []byte {
	var b bytes.Buffer
	b.WriteString("# Whom the verifier trusts (C2SP tlog-policy). Compare the fingerprint of this file by another way than it came.\n")
	fmt.Fprintf(&b, "log %s\n", policy.LogKey)
	names := make([]string, len(policy.Witnesses))
	for i, vkey := range policy.Witnesses {
		names[i] = fmt.Sprintf("w%d", i+1)
		fmt.Fprintf(&b, "witness %s %s\n", names[i], vkey)
	}
	switch {
	case policy.Quorum == 0:
		b.WriteString("quorum none\n")
	default:
		fmt.Fprintf(&b, "group witnesses %d %s\nquorum witnesses\n", policy.Quorum, strings.Join(names, " "))
	}
	b.Write(certificates)
	return b.Bytes()
}
