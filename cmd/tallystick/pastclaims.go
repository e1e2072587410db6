package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tallystick/claim"
	"tallystick/detectors/history"
	"tallystick/detectors/party"
	"tallystick/feed"
	"tallystick/feed/mappings"
	"tallystick/install"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
)

// pastFlags say where past claims and their outcomes are read from.
type pastFlags struct {
	install                                             bool
	mapping, policy, label, knownAt, knownLayout, delay string
	fraud, cleared                                      []string
}

// args wants a feed, or --install and none.
func (p *pastFlags) args(cmd *cobra.Command, args []string) error {
	switch {
	case p.install && len(args) > 0:
		return usageError{errors.New("--install reads the install's journal and takes no feed")}
	case p.install && (p.mapping != "" || p.label != "" || p.knownAt != "" || p.delay != ""):
		return usageError{errors.New("--install knows its claims and outcomes: --map, --label, --known-at and --outcome-delay do not go with it")}
	case p.install:
		return nil
	}
	return exactArgs(1, "one CSV file, or --install")(cmd, args)
}

func (p *pastFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&p.install, "install", false,
		"learn from what the configured install decided and was told of, in place of a feed")
	f.StringVar(&p.mapping, "map", "", "mapping file, or the name of a built-in one")
	f.StringVar(&p.label, "label", "",
		"column that says whether a claim was fraud, file.COLUMN of a joined file; default the mapping's outcome")
	f.StringSliceVar(&p.fraud, "fraud", nil, "values of the label that mean fraud; default 1, yes, true and their like")
	f.StringSliceVar(&p.cleared, "cleared", nil,
		"values of the label that mean cleared; default 0, no, false and their like")
	f.StringVar(&p.knownAt, "known-at", "", "column with the day from which the outcome was known")
	f.StringVar(&p.knownLayout, "known-layout", time.DateOnly, "layout of that day, as Go writes it")
	f.StringVar(&p.delay, "outcome-delay", "",
		"how long after the claim its outcome became known, such as 180d; needed without --known-at")
	f.StringVar(&p.policy, "policy", "",
		"field policy of the install; default the built-in one, with the mapping's attributes kept")
}

// The attributes under which the label travels through the mapping. They are taken out before anything else sees the
// claim.
const (
	labelAttribute = "outcomeLabel"
	knownAttribute = "outcomeKnownAt"
)

// pastClaims are read and protected past claims.
type pastClaims struct {
	history  *history.History
	rejected map[string]int
}

// read reads a feed, takes the label out and protects each claim under keys that are thrown away afterwards.
func (p *pastFlags) read(cmd *cobra.Command, g *globals, args []string) (*pastClaims, error) {
	if p.install {
		c, _, err := g.load()
		if err != nil {
			return nil, err
		}
		claims, err := install.PastClaims(cmd.Context(), &c)
		if err != nil {
			return nil, err
		}
		if len(claims) == 0 {
			return nil, errors.New("the install has decided no claim yet: there is nothing to learn from")
		}
		h, err := history.New(claims)
		return &pastClaims{history: h}, err
	}
	path := args[0]
	claims, rejected, m, err := p.claims(path)
	if err != nil {
		return nil, err
	}
	if claims, err = p.protect(m, claims, rejected); err != nil {
		return nil, err
	}
	h, err := history.New(claims)
	return &pastClaims{history: h, rejected: rejected}, err
}

// claims reads a feed in clear: its claims with what became of them, and why rows were refused.
func (p *pastFlags) claims(path string) ([]history.Claim, map[string]int, *feed.Mapping, error) {
	delay, err := p.check()
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := loadMapping(p.mapping)
	if err != nil {
		return nil, nil, nil, err
	}
	p.readLabel(m)
	reader, err := feed.Open(m, path, feed.Options{Join: feed.BesideFeed(filepath.Dir(path))})
	if err != nil {
		return nil, nil, nil, err
	}
	defer reader.Close()
	rejected := map[string]int{}
	var claims []history.Claim
	var labels []string
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if row.Rejected != nil {
			rejected[strings.TrimPrefix(row.Rejected.Column+": ", ": ")+row.Rejected.Reason]++
			continue
		}
		if row.Event == nil {
			continue // blank, or the header again
		}
		c, label, err := p.claim(row, delay)
		if err != nil {
			return nil, nil, nil, err
		}
		if c.At.IsZero() {
			rejected["the claim has no time: map recorded, loss.reported or loss.time"]++
			continue
		}
		labels = append(labels, label)
		claims = append(claims, c)
	}
	if len(claims) == 0 {
		return nil, nil, nil, fmt.Errorf("%s: no row became a claim", filepath.Base(path))
	}
	return claims, rejected, m, p.outcomes(claims, labels)
}

func (p *pastFlags) check() (delay time.Duration, err error) {
	switch {
	case p.mapping == "":
		return 0, usageError{fmt.Errorf("--map is required: a file, or one of %v; `tallystick import --draft` proposes one", mappings.Names())}
	case p.knownAt == "" && p.delay == "":
		return 0, usageError{errors.New("say from when outcomes were known: --known-at COLUMN, or --outcome-delay such as 180d (0d: at once)")}
	case p.delay != "":
		if delay, err = parseDays(p.delay); err != nil {
			return 0, usageError{fmt.Errorf("--outcome-delay: %w", err)}
		}
	}
	return delay, nil
}

// claim takes the label out of a row.
func (p *pastFlags) claim(row feed.Row, delay time.Duration) (c history.Claim, label string, err error) {
	e := row.Event
	c = history.Claim{Claim: party.Claim{Insurer: e.Insurer, ID: e.ID, Event: e, At: party.When(e)}}
	label = p.labelOf(e)
	c.KnownAt = c.At.Add(delay)
	if p.knownAt != "" && label != "" {
		text := e.Attributes[knownAttribute].Text
		if text == "" {
			label = "" // never decided
		} else if c.KnownAt, err = time.Parse(p.knownLayout, text); err != nil {
			return c, "", fmt.Errorf("line %d: --known-at: the cell is not a day in the layout %s", row.Line,
				p.knownLayout)
		}
	}
	delete(e.Attributes, labelAttribute)
	delete(e.Attributes, knownAttribute)
	e.Outcome = ""
	return c, label, nil
}

// readLabel lets the mapping read the label as well.
func (p *pastFlags) readLabel(m *feed.Mapping) {
	if p.label != "" {
		m.Fields = append(m.Fields, feed.Field{Path: "attributes." + labelAttribute + ".text", Column: p.label})
	}
	if p.knownAt != "" {
		m.Fields = append(m.Fields, feed.Field{Path: "attributes." + knownAttribute + ".text", Column: p.knownAt})
	}
}

func (p *pastFlags) labelOf(e *claim.Event) string {
	if p.label == "" {
		return e.Outcome
	}
	return e.Attributes[labelAttribute].Text
}

var (
	fraudWords = []string{"1", "1.0", "y", "yes", "true", "t", "fraud", "fraudulent", "fraud-confirmed", "confirmed",
		"positive"}
	clearedWords = []string{"0", "0.0", "n", "no", "false", "f", "cleared", "legitimate", "legit", "genuine", "honest",
		"non-fraud", "not fraud", "negative"}
)

// outcomes gives each claim the outcome that its label means. A claim without a label is unknown, never cleared.
func (p *pastFlags) outcomes(claims []history.Claim, labels []string) error {
	distinct := map[string]int{}
	for _, l := range labels {
		distinct[l]++
	}
	delete(distinct, "")
	fraud, cleared := p.fraud, p.cleared
	if len(fraud) == 0 {
		fraud = fraudWords
	}
	if len(cleared) == 0 {
		cleared = clearedWords
		if p.label == "" && !hasAny(distinct, "cleared") {
			// the mapping names an outcome for each claim, and this is its other one
			cleared = append(slices.Clone(cleared), "paid")
		}
	}
	unknown := []string{"fraud-suspected", "withdrawn", "denied", "paid"}
	odd := 0
	means := map[string]party.Outcome{}
	for l := range distinct {
		switch word := strings.ToLower(strings.TrimSpace(l)); {
		case slices.ContainsFunc(fraud, func(s string) bool { return strings.EqualFold(s, word) }):
			means[l] = party.Fraud
		case slices.ContainsFunc(cleared, func(s string) bool { return strings.EqualFold(s, word) }):
			means[l] = party.Cleared
		case p.label == "" && slices.Contains(unknown, word), len(p.fraud) > 0 && len(p.cleared) > 0:
			means[l] = party.Unknown
		default:
			odd++
		}
	}
	switch {
	case len(distinct) == 0:
		return errors.New("no claim has a label: --label names the column, or the mapping fills outcome")
	case odd > 0:
		return usageError{fmt.Errorf("the label has %d values, and of %d it is not clear what they mean: name them with --fraud and --cleared; with both given, the rest counts as not reviewed",
			len(distinct), odd)}
	}
	for i, l := range labels {
		claims[i].Outcome = means[l]
	}
	return nil
}

func hasAny(m map[string]int, key string) bool { return m[key] > 0 }

func parseDays(text string) (time.Duration, error) {
	number, ok := strings.CutSuffix(text, "d")
	days, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || days < 0 || days > 36500 {
		return 0, errors.New("want a number of days such as 180d")
	}
	return time.Duration(days * 24 * float64(time.Hour)), nil
}

// protect replaces each event by what the field policy leaves of it, and sets its tokens, under a keyring that lives
// for as long as this takes: tokens of one run join, and mean nothing afterwards. It returns the claims that could be
// protected.
func (p *pastFlags) protect(m *feed.Mapping, claims []history.Claim, rejected map[string]int) (kept []history.Claim,
	err error) {
	policy, err := p.fieldPolicy(m)
	if err != nil {
		return nil, err
	}
	var insurers []string
	for i := range claims {
		if !slices.Contains(insurers, claims[i].Insurer) {
			insurers = append(insurers, claims[i].Insurer)
		}
	}
	dir, err := os.MkdirTemp("", "tallystick-keys-")
	if err != nil {
		return nil, fmt.Errorf("making a place for passing keys: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	keys := filepath.Join(dir, "keys")
	if err := newKeyring(keys, insurers); err != nil {
		return nil, err
	}
	pass, err := os.ReadFile(filepath.Join(keys, passphraseFile))
	if err != nil {
		return nil, fmt.Errorf("reading the passing keys: %w", err)
	}
	ring, err := keyring.Open(keys, bytes.TrimSpace(pass))
	if err != nil {
		return nil, err
	}
	shared, err := privacy.New(privacy.Config{Policy: policy, Keys: ring})
	if err != nil {
		return nil, err
	}
	protector := shared.Protector()
	var protected privacy.Protected
	var renderer claim.Renderer
	for i := range claims {
		c := &claims[i]
		raw, err := claim.Encode(c.Event)
		if err != nil {
			return nil, fmt.Errorf("encoding a claim: %w", err)
		}
		err = protector.Protect(raw, &protected)
		if problem, ok := errors.AsType[*claim.Problem](err); ok {
			rejected[problem.Path+": "+string(problem.Code)]++
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("protecting a claim: %w", err)
		}
		open := new(claim.Event)
		if err := claim.DecodeInto(renderer.AppendLists(nil, protected.OpenLists, protected.Values), open); err != nil {
			return nil, fmt.Errorf("reading the open part of a claim: %w", err)
		}
		c.Event, c.Tokens = open, slices.Clone(protected.Tokens)
		kept = append(kept, *c)
	}
	if len(kept) == 0 {
		return nil, errors.New("no claim could be protected: is the policy that of the mapping?")
	}
	return kept, nil
}

// fieldPolicy is the install's, or the default one that keeps what the mapping calls by name: an attribute that a model
// learns from must be kept by the install too, which `train` says.
func (p *pastFlags) fieldPolicy(m *feed.Mapping) (*privacy.Policy, error) {
	if p.policy != "" {
		return install.LoadPolicy(p.policy)
	}
	text := attributePolicy(m, func(string) bool { return true })
	if text == "" {
		return privacy.DefaultPolicy()
	}
	policy, err := privacy.LoadPolicy(privacy.Source{Name: "mapping " + m.Name,
		Text: []byte("version: 1\nextends: default\nfields:\n" + text)})
	if err != nil {
		return nil, fmt.Errorf("keeping the attributes of the mapping: %w", err)
	}
	return policy, nil
}

// attributePolicy returns the lines of a field policy that keep the wanted attributes of a mapping, without those that
// it calls identifiers.
func attributePolicy(m *feed.Mapping, want func(name string) bool) string {
	var b strings.Builder
	done := map[string]bool{}
	for i := range m.Fields {
		f := &m.Fields[i]
		rest, ok := strings.CutPrefix(f.Path, "attributes.")
		name, kind, _ := strings.Cut(rest, ".")
		if !ok || f.Class == "identifier" || name == labelAttribute || name == knownAttribute || done[rest] ||
			!want(name) {
			continue
		}
		done[rest] = true
		class := f.Class
		if class != "quasi" && class != "sensitive" {
			class = "open"
		}
		if kind == "money" {
			fmt.Fprintf(&b, "  %s: {shape: money}\n", f.Path)
			continue
		}
		fmt.Fprintf(&b, "  %s: {class: %s, action: keep}\n", f.Path, class)
	}
	return b.String()
}
