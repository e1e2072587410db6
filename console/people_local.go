package console

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/crypto/argon2"
)

// LocalPeople are people with a password in a file: for a demonstration. They are refused in production.
type LocalPeople struct {
	people []localPerson
}

type localPerson struct {
	ID       string   `yaml:"id"`
	Name     string   `yaml:"name"`
	Roles    []Role   `yaml:"roles"`
	Insurers []string `yaml:"insurers"`
	Groups   []string `yaml:"groups,omitempty"`
	Password string   `yaml:"password"` // as HashPassword makes it
}

var personID = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,63}$`)

// LoadLocalPeople reads the YAML file of people and names the first entry that is wrong.
func LoadLocalPeople(path string) (*LocalPeople, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the people of the console: %w", err)
	}
	var file struct {
		People []localPerson `yaml:"people"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("reading the people of the console in %s: %w", path, err)
	}
	seen := map[string]bool{}
	for i, p := range file.People {
		if err := p.check(seen); err != nil {
			return nil, fmt.Errorf("reading the people of the console in %s: people[%d]: %w", path, i, err)
		}
		seen[p.ID] = true
	}
	return &LocalPeople{people: file.People}, nil
}

func (p *localPerson) check(seen map[string]bool) error {
	switch {
	case !personID.MatchString(p.ID):
		return errors.New("id: lower-case letters, digits, dots and hyphens are allowed, beginning with a letter")
	case seen[p.ID]:
		return errors.New("id: it is another person's already")
	case p.Name == "":
		return errors.New("name: it is empty")
	case len(p.Roles) == 0:
		return errors.New("roles: give at least one")
	}
	for _, r := range p.Roles {
		if !slices.Contains(Roles, r) {
			return fmt.Errorf("roles: there is no role %q", r)
		}
	}
	if _, err := parseHash(p.Password); err != nil {
		return fmt.Errorf("password: %w", err)
	}
	return nil
}

// WriteLocalPeople writes a file that LoadLocalPeople reads, readable by its owner alone.
func WriteLocalPeople(path string, people []Person, password string) error {
	var file struct {
		People []localPerson `yaml:"people"`
	}
	for _, p := range people {
		hash, err := HashPassword(password)
		if err != nil {
			return err
		}
		file.People = append(file.People, localPerson{p.ID, p.Name, p.Roles, p.Insurers, p.Groups, hash})
	}
	data, err := yaml.Marshal(file)
	if err != nil {
		return fmt.Errorf("writing the people of the console: %w", err)
	}
	return os.WriteFile(path, data, 0o600)
}

// Colleagues returns everybody, in the file's order.
func (l *LocalPeople) Colleagues() []Colleague {
	all := []Colleague{}
	for _, p := range l.people {
		all = append(all, Colleague{p.ID, p.Name, p.Roles[0]})
	}
	return all
}

// SignIn returns the person if the password is theirs. An unknown person costs the same time as a wrong password.
func (l *LocalPeople) SignIn(id, password string) (*Person, bool) {
	hash := nobody
	at := slices.IndexFunc(l.people, func(p localPerson) bool { return p.ID == id })
	if at >= 0 {
		hash = l.people[at].Password
	}
	same := checkPassword(hash, password)
	if at < 0 || !same {
		return nil, false
	}
	p := l.people[at]
	return &Person{ID: p.ID, Name: p.Name, Roles: p.Roles, Insurers: slices.Concat([]string{}, p.Insurers),
		Groups: slices.Concat([]string{}, p.Groups)}, true
}

// The cost of argon2id: the second of the choices that RFC 9106 and OWASP name, 19 MiB and two passes.
const (
	argonTime, argonMemory, argonThreads = 2, 19 << 10, 1
	argonKey, argonSalt                  = 32, 16
)

// nobody is the hash of no password: what an unknown person's is compared with.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// HashPassword returns an argon2id hash in the form of the PHC string format.
func HashPassword(password string) (string, error) {
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("making a salt: %w", err)
	}
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

type passwordHash struct{ salt, key []byte }

func parseHash(text string) (*passwordHash, error) {
	want := fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", argonMemory, argonTime, argonThreads)
	rest, ok := strings.CutPrefix(text, want)
	salt, key, cut := strings.Cut(rest, "$")
	if !ok || !cut {
		return nil, fmt.Errorf("want an argon2id hash that begins with %s, as `tallystick console --hash-password` prints it", want)
	}
	h := &passwordHash{}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(salt); err == nil {
		h.key, err = base64.RawStdEncoding.DecodeString(key)
	}
	if err != nil || len(h.salt) < argonSalt || len(h.key) != argonKey {
		return nil, errors.New("the argon2id hash is damaged")
	}
	return h, nil
}

func checkPassword(hash, password string) bool {
	h, err := parseHash(hash)
	if err != nil {
		return false
	}
	key := argon2.IDKey([]byte(password), h.salt, argonTime, argonMemory, argonThreads, argonKey)
	return subtle.ConstantTimeCompare(key, h.key) == 1
}
