package cases

import (
	_ "embed"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml"
)

//go:embed codes.yaml
var codesYAML []byte

// Codes are the reasons that an install knows: a person chooses among them, so that they can be counted.
type Codes struct {
	Verdicts map[Verdict][]string `yaml:"verdicts" json:"verdicts"`
	// reopened, contested, merged, detached, deadline, restricted
	Acts map[Kind][]string `yaml:"acts"     json:"acts"`
}

// DefaultCodes are the codes that come with the program.
func DefaultCodes() (Codes, error) { return ParseCodes(codesYAML) }

var code = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// ParseCodes reads codes from YAML.
func ParseCodes(data []byte) (Codes, error) {
	var c Codes
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return c, fmt.Errorf("reading the reason codes: %w", err)
	}
	for _, v := range []Verdict{Confirm, Clear, ReferCase} {
		if len(c.Verdicts[v]) == 0 {
			return c, fmt.Errorf("reason codes: verdicts.%s: name at least one", v)
		}
	}
	for _, k := range []Kind{Reopened, Contested, Merged, Detached, DeadlineChanged, Restricted} {
		if len(c.Acts[k]) == 0 {
			return c, fmt.Errorf("reason codes: acts.%s: name at least one", k)
		}
	}
	for where, list := range c.all() {
		for _, name := range list {
			if !code.MatchString(name) {
				return c, fmt.Errorf("reason codes: %s: want lower-case letters, digits and dashes, 64 at the most",
					where)
			}
		}
	}
	return c, nil
}

func (c Codes) all() map[string][]string {
	out := map[string][]string{}
	for v, list := range c.Verdicts {
		out["verdicts."+string(v)] = list
	}
	for k, list := range c.Acts {
		out["acts."+string(k)] = list
	}
	return out
}
