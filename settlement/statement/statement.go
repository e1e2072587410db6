package statement

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits keep every sum within 64 bits.
const (
	MaxAmount = 1_000_000_000_000 // in minor units
	MaxItems  = 100_000
)

// Side is who owes an item.
type Side string

// The sides.
const (
	Insurer  Side = "insurer"
	Platform Side = "platform"
)

// Item is one premium, fee or refund that one side owes the other.
type Item struct {
	Ref      string // names it once, such as a policy and instalment
	Day      time.Time
	Kind     string // premium, fee, refund
	From     Side   // who owes it
	Amount   int64  // in minor units of the currency, above 0
	Currency string // ISO 4217
}

// Net is what is paid of a currency.
type Net struct {
	Currency  string
	Owed      map[Side]int64 // by each side before netting
	Payer     Side           // "" if the sides are even
	Remaining int64          // what the payer pays
}

// Statement is all items of a period between two parties.
type Statement struct {
	Insurer, Platform string // names of the keys that sign
	Period            string // a month, such as 2026-11
	Items             []Item // ascending by Ref
	Nets              []Net  // ascending by currency; they follow from the items
}

var (
	name     = regexp.MustCompile(`^[!-*,-~]{1,200}$`) // as a key's name: no blank, no plus
	ref      = regexp.MustCompile(`^[!-~]{1,100}$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Make nets the items of a period; items of other months are refused, so that none is left out unseen.
func Make(insurer, platform, period string, items []Item) (*Statement, error) {
	month, err := time.Parse("2006-01", period)
	if err != nil {
		return nil, fmt.Errorf("period %q: want a month such as 2026-11", period)
	}
	if !name.MatchString(insurer) || !name.MatchString(platform) || insurer == platform {
		return nil, errors.New("want two different names of parties, without blanks and plus signs, as their keys have them")
	}
	if len(items) == 0 || len(items) > MaxItems {
		return nil, fmt.Errorf("%d items: want 1 to %d", len(items), MaxItems)
	}
	s := &Statement{Insurer: insurer, Platform: platform, Period: period, Items: slices.Clone(items)}
	slices.SortFunc(s.Items, func(a, b Item) int { return cmp.Compare(a.Ref, b.Ref) })
	for i, item := range s.Items {
		if err := item.check(month); err != nil {
			return nil, fmt.Errorf("item %q: %w", item.Ref, err)
		}
		if i > 0 && s.Items[i-1].Ref == item.Ref {
			return nil, fmt.Errorf("item %q is there twice: it would be paid twice", item.Ref)
		}
	}
	s.Nets = net(s.Items)
	return s, nil
}

func (i Item) check(month time.Time) error {
	switch {
	case !ref.MatchString(i.Ref):
		return errors.New("want a reference of 1 to 100 printable letters without blanks")
	case i.Day.Year() != month.Year() || i.Day.Month() != month.Month():
		return fmt.Errorf("its day %s is not in the period %s", i.Day.Format(time.DateOnly), month.Format("2006-01"))
	case i.Kind != "premium" && i.Kind != "fee" && i.Kind != "refund":
		return fmt.Errorf("kind %q: want premium, fee or refund", i.Kind)
	case i.From != Insurer && i.From != Platform:
		return fmt.Errorf("owed by %q: want insurer or platform", i.From)
	case i.Amount < 1 || i.Amount > MaxAmount:
		return fmt.Errorf("amount %d: want 1 to %d minor units", i.Amount, int64(MaxAmount))
	case !currency.MatchString(i.Currency):
		return fmt.Errorf("currency %q: want three capital letters", i.Currency)
	}
	return nil
}

// net adds up by currency; currencies are never added together.
func net(items []Item) []Net {
	by := map[string]map[Side]int64{}
	for _, i := range items {
		if by[i.Currency] == nil {
			by[i.Currency] = map[Side]int64{}
		}
		by[i.Currency][i.From] += i.Amount
	}
	var nets []Net
	for c, owed := range by {
		n := Net{Currency: c, Owed: owed}
		switch left := owed[Insurer] - owed[Platform]; {
		case left > 0:
			n.Payer, n.Remaining = Insurer, left
		case left < 0:
			n.Payer, n.Remaining = Platform, -left
		}
		nets = append(nets, n)
	}
	slices.SortFunc(nets, func(a, b Net) int { return cmp.Compare(a.Currency, b.Currency) })
	return nets
}

const header = "tallystick/statement/v1"

// Text is what both sign: one spelling of one statement.
func (s *Statement) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ninsurer %s\nplatform %s\nperiod %s\n", header, s.Insurer, s.Platform, s.Period)
	for _, i := range s.Items {
		fmt.Fprintf(&b, "item %s %s %s %s %d %s\n", i.Ref, i.Day.Format(time.DateOnly), i.Kind, i.From, i.Amount,
			i.Currency)
	}
	for _, n := range s.Nets {
		fmt.Fprintln(&b, n)
	}
	return b.String()
}

// String is the net's line in a statement.
func (n Net) String() string {
	return fmt.Sprintf("net %s insurer %d platform %d pays %s %d", n.Currency, n.Owed[Insurer], n.Owed[Platform],
		cmp.Or(string(n.Payer), "nobody"), n.Remaining)
}

// Parse reads what [Statement.Text] writes and accepts no other spelling; sums are made anew.
func Parse(text string) (*Statement, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 6 || lines[0] != header {
		return nil, errors.New("not a statement: want lines that begin with " + header)
	}
	var head [3]string
	for i, key := range []string{"insurer ", "platform ", "period "} {
		var ok bool
		if head[i], ok = strings.CutPrefix(lines[1+i], key); !ok {
			return nil, fmt.Errorf("line %d: want %q", 2+i, strings.TrimSpace(key))
		}
	}
	var items []Item
	for n, line := range lines[4:] {
		words := strings.Split(line, " ")
		if words[0] != "item" {
			break // nets follow; they are compared below
		}
		if len(words) != 7 {
			return nil, fmt.Errorf("line %d: want item, reference, day, kind, side, amount, currency", 5+n)
		}
		day, err := time.Parse(time.DateOnly, words[2])
		if err != nil {
			return nil, fmt.Errorf("line %d: the day is none", 5+n)
		}
		amount, err := strconv.ParseInt(words[5], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: the amount is no number", 5+n)
		}
		items = append(items, Item{words[1], day, words[3], Side(words[4]), amount, words[6]})
	}
	s, err := Make(head[0], head[1], head[2], items)
	if err != nil {
		return nil, err
	}
	if s.Text() != text {
		return nil, errors.New("the statement does not add up, or is spelled in another way")
	}
	return s, nil
}
