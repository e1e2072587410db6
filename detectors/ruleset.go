package detectors

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"tallystick/claim"
)

// RuleSet is a loaded, type-checked set of rules. It is immutable.
type RuleSet struct {
	name          string
	version       int
	base          float64
	bands         bands
	ring          ringBounds
	kinds         []linkKind
	personal      uint64 // bits of the kinds that no two people share honestly
	keys          []keyDef
	keyNo         map[string]int
	rules         []*rule
	ringRules     []string // ids of the rules that look at the ring alone
	newsRules     []string // ids of the rules that look at news, or at news and the ring, alone
	queries       []query
	asks          []ask    // the queries, those about one window together
	partSelectors []string // selectors of tokens that are parts of keys
	snoozes       []snooze
	id            string            // name@version
	digest        [sha256.Size]byte // of the files
}

// String returns name@version.
func (rs *RuleSet) String() string { return rs.id }

// Digest is SHA-256 over the files of the set.
func (rs *RuleSet) Digest() [sha256.Size]byte { return rs.digest }

// The forms of the files. One file carries the head (ruleset, bands, links, keys); every file may carry rules.
type fileForm struct {
	RuleSet string       `yaml:"ruleset"`
	Version int          `yaml:"version"`
	Base    *float64     `yaml:"base"`
	Bands   *bandsForm   `yaml:"bands"`
	Ring    *ringForm    `yaml:"ring"`
	Links   orderedNodes `yaml:"links"`
	Keys    orderedNodes `yaml:"keys"`
	Snoozes []snoozeForm `yaml:"snoozes"`
	Rules   []ruleForm   `yaml:"rules"`
}

type bandsForm struct {
	Review      float64 `yaml:"review"`
	Investigate float64 `yaml:"investigate"`
	Hold        float64 `yaml:"hold"`
}

type ringForm struct {
	Groups    int     `yaml:"groups"`
	Strength  float64 `yaml:"strength"`
	Household int     `yaml:"household"`
}

type linkForm struct {
	Fields   []string `yaml:"fields"`
	Weight   float64  `yaml:"weight"`
	Hub      int      `yaml:"hub"`
	Personal bool     `yaml:"personal"`
}

type keyForm struct {
	Of      []text `yaml:"of"`
	Members text   `yaml:"members"`
}

type snoozeForm struct {
	Rule   text   `yaml:"rule"`
	Token  string `yaml:"token"`
	Claim  string `yaml:"claim"`
	Until  text   `yaml:"until"`
	Reason string `yaml:"reason"`
}

type ruleForm struct {
	ID         text         `yaml:"id"`
	Version    int          `yaml:"version"`
	Title      string       `yaml:"title"`
	Lines      []text       `yaml:"lines"`
	Indicators []int        `yaml:"indicators"`
	When       orderedNodes `yaml:"when"`
	Weight     float64      `yaml:"weight"`
	Shadow     bool         `yaml:"shadow"`
	Reason     text         `yaml:"reason"`
	Facts      []factForm   `yaml:"facts"`
	Tests      testsForm    `yaml:"tests"`
}

type factForm struct {
	Name      text `yaml:"name"`
	Value     text `yaml:"value"`
	Threshold text `yaml:"threshold"`
}

// text is a scalar with its line.
type text struct {
	s    string
	line int
}

// UnmarshalYAML takes a scalar and notes its line.
func (t *text) UnmarshalYAML(n ast.Node) error {
	t.line = n.GetToken().Position.Line
	if _, ok := n.(ast.ScalarNode); !ok {
		return fmt.Errorf("line %d: a text is wanted here", t.line)
	}
	return yaml.NodeToValue(n, &t.s)
}

// orderedNodes is a mapping in the order of its file.
type orderedNodes []namedNode

type namedNode struct {
	name string
	line int
	node ast.Node
}

// UnmarshalYAML takes a mapping.
func (o *orderedNodes) UnmarshalYAML(n ast.Node) error {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return fmt.Errorf("line %d: a mapping of names is wanted here", n.GetToken().Position.Line)
	}
	for _, v := range values {
		var name string
		if err := yaml.NodeToValue(v.Key, &name); err != nil {
			return err
		}
		*o = append(*o, namedNode{name, v.Key.GetToken().Position.Line, v.Value})
	}
	return nil
}

// rule is a compiled rule.
type rule struct {
	ref        string // id@version
	id         string
	title      string
	lines      uint16 // bits of lineNo; all when 0
	indicators []int
	conditions []condition
	weight     float64
	shadow     bool
	reason     []piece
	facts      []fact
	ringOnly   bool  // uses the ring's variables alone: raises earlier claims
	reads      known // variables that it needs
	outside    bool  // uses windows or attributes
	newsOnly   bool  // uses variables of news, perhaps with the ring's, alone: is evaluated again when there is news
	where      string
	tests      testsForm
}

type condition struct {
	name    string
	needs   known
	program *vm.Program
	quick   func(*environment) bool // the same as program, where it is plain enough; else nil
	source  string
}

type fact struct {
	name      string
	threshold string
	needs     known
	program   *vm.Program
}

type piece struct {
	text string
	fact int // index into facts, or -1
}

type snooze struct {
	rule  int
	token string
	claim claim.ClaimRef
	until time.Time
}

// File is a file of rules.
type File struct {
	Name string
	Data []byte
}

// LoadRules reads and checks every .yaml file of fsys, in the order of their names. Errors name file and line and what
// is allowed; all that are found are joined.
func LoadRules(fsys fs.FS) (*RuleSet, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing rules: %w", err)
	}
	var files []File
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading rules: %w", err)
		}
		files = append(files, File{name, data})
	}
	return LoadFiles(files...)
}

// LoadFiles reads and checks files of rules.
func LoadFiles(files ...File) (*RuleSet, error) {
	l := loader{rs: &RuleSet{keyNo: map[string]int{}, digest: digestOf(files)}, ids: map[string]string{}}
	forms := make([]fileForm, len(files))
	for i, f := range files {
		l.file = f.Name
		decoder := yaml.NewDecoder(bytes.NewReader(f.Data), yaml.Strict())
		if err := sound(func() error { return decoder.Decode(&forms[i]) }); err != nil && err != io.EOF {
			l.fail(0, "%s", strings.TrimSpace(yaml.FormatError(err, false, true)))
		} else if err := sound(func() error { return decoder.Decode(new(any)) }); err != io.EOF {
			l.fail(0, "a second document: one file holds one")
		}
	}
	for i, f := range files {
		l.file = f.Name
		l.head(&forms[i])
	}
	if l.rs.name == "" && len(l.errs) == 0 {
		l.fail(0, "no file names the rule set: one of them needs ruleset, version, base and bands")
	}
	for i, f := range files {
		l.file = f.Name
		for j := range forms[i].Rules {
			l.rule(&forms[i].Rules[j])
		}
	}
	for i, f := range files {
		l.file = f.Name
		for _, s := range forms[i].Snoozes {
			l.snooze(&s)
		}
	}
	if len(l.errs) > 0 {
		return nil, loadError(l.errs)
	}
	l.rs.groupQueries()
	for _, r := range l.rs.rules {
		if r.ringOnly {
			l.rs.ringRules = append(l.rs.ringRules, r.id)
		}
		if r.newsOnly = r.readsNews() && !r.outside && r.reads.within(&stateLeaves); r.newsOnly {
			l.rs.newsRules = append(l.rs.newsRules, r.id)
		}
	}
	if len(l.rs.newsRules) > mostNewsRules {
		l.fail(0, "at most %d rules may read what becomes known of other claims", mostNewsRules)
		return nil, loadError(l.errs)
	}
	return l.rs, nil
}

// digestOf is SHA-256 over the lengths and bytes of the files.
func digestOf(files []File) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%d\n", len(f.Data))
		h.Write(f.Data)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// sound turns a panic of the YAML library, which odd tags cause, into an error.
func sound(read func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("cannot be read as YAML")
		}
	}()
	return read()
}

type loadError []string

func (e loadError) Error() string { return "loading rules:\n\t" + strings.Join(e, "\n\t") }

// Rules describes the rules, in their order.
func (rs *RuleSet) Rules() []RuleInfo {
	out := make([]RuleInfo, len(rs.rules))
	for i, r := range rs.rules {
		out[i] = RuleInfo{Ref: r.ref, Title: r.title, Indicators: r.indicators, Lines: r.lineNames(), Weight: r.weight,
			Shadow: r.shadow,
			Fixed:  r.readsNews() && !r.newsOnly}
	}
	return out
}

// RuleInfo describes a rule.
type RuleInfo struct {
	Ref        string // id@version
	Title      string
	Indicators []int
	Lines      []claim.Line // empty: all
	Weight     float64      // log-odds
	Shadow     bool
	Fixed      bool // it reads news beside fields of the claim, so that later news changes nothing of what it said
}

// Indicators returns the numbers of the indicators that the rules compute, sorted.
func (rs *RuleSet) Indicators() []int {
	seen := map[int]bool{}
	for _, r := range rs.rules {
		for _, n := range r.indicators {
			seen[n] = true
		}
	}
	out := make([]int, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	sort.Ints(out)
	return out
}

var allLines = [...]claim.Line{claim.LineMotor, claim.LineHealth, claim.LineProperty, claim.LineLife, claim.LineTravel,
	claim.LineDevice}

// lineNo numbers the lines from 0; an unknown one is the last.
func lineNo(l claim.Line) uint8 {
	for i, v := range allLines {
		if v == l {
			return uint8(i)
		}
	}
	return uint8(len(allLines))
}

func (r *rule) lineNames() []claim.Line {
	var out []claim.Line
	for i, l := range allLines {
		if r.lines&(1<<i) != 0 {
			out = append(out, l)
		}
	}
	return out
}
