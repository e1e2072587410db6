package privacy

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"tallystick/claim/fields"
)

// rawNumber is a JSON number as it is written.
type rawNumber string

// drawing draws an event of the policy's shape in which every value is a marker that stands nowhere else. secrets are
// the markers that must not show; sealed tells what must open, by path.
type drawing struct {
	r       *rapid.T
	n       int
	secrets []string
	sealed  map[string]string
}

func (d *drawing) marker(typ fields.Type) (value any, text string) {
	d.n++
	switch typ {
	case fields.TypeFlag:
		b := rapid.Bool().Draw(d.r, "flag")
		return b, ""
	case fields.TypeNumber:
		text = "12." + strconv.Itoa(730_000_000_000+d.n*7919) // within a latitude
		return rawNumber(text), text
	case fields.TypeInteger:
		text = strconv.Itoa(730_000_000_000 + d.n*7919)
		return rawNumber(text), text
	default:
		text = fmt.Sprintf("Qz%dx%s", 7_300_000+d.n*7919,
			rapid.SampledFrom([]string{"", " y", "é", "\"", "\n"}).Draw(d.r, "extra"))
		return text, text
	}
}

func (d *drawing) draw(n *node, path string) any {
	switch {
	case n.pattern == fields.Attributes:
		return d.attributes()
	case n.judged == isMoney:
		return map[string]any{"amount": "12.50", "currency": "EUR"}
	case n.pattern != "parties[]" && n.pattern != fields.Role && rapid.IntRange(0, 9).Draw(d.r, "absent") == 0:
		return nil
	case n.rule != nil:
		return d.scalar(n.rule, path)
	case n.elem != nil:
		list := make([]any, rapid.IntRange(0, 3).Draw(d.r, "length"))
		for i := range list {
			list[i] = d.draw(n.elem, path+"["+strconv.Itoa(i)+"]")
		}
		return list
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		if n.members[name].pattern == fields.Role || rapid.IntRange(0, 2).Draw(d.r, "present") > 0 {
			object[name] = d.draw(n.members[name], joinPath(path, name))
		}
	}
	if rapid.IntRange(0, 4).Draw(d.r, "unnamed") == 0 {
		object[d.name()] = d.secret()
	}
	return object
}

func (d *drawing) attributes() any {
	object := map[string]any{}
	for range rapid.IntRange(0, 2).Draw(d.r, "attributes") {
		object["n"+d.name()] = map[string]any{"text": d.secret(), "more": d.secret()}
	}
	return object
}

func (d *drawing) name() string {
	d.n++
	name := fmt.Sprintf("Nz%d", 9_100_000+d.n*7919)
	d.secrets = append(d.secrets, name)
	return name
}

func (d *drawing) secret() string {
	_, text := d.marker(fields.TypeText)
	d.secrets = append(d.secrets, text)
	return text
}

func (d *drawing) scalar(r *rule, path string) any {
	value, text := d.marker(r.field.Type)
	form := r.field.Form
	switch {
	case form.IndexOf != "":
		return nil
	case form.Ahead > 0:
		return 2019
	case r.field.Type == fields.TypeInteger:
		return 7
	case r.field.Type == fields.TypeWhen:
		text = fmt.Sprintf("%d-%02d-%02d", map[bool]int{true: 2011, false: 1980}[r.action == Keep], d.n%12+1, d.n%28+1)
		value = text
	case r.action == Generalise:
		text = fmt.Sprintf("Q%d", 7_300_000+d.n*7919)
		value = text
	case form.Words != nil:
		return form.Words[d.n%len(form.Words)]
	case strings.HasSuffix(strings.ToLower(r.field.Name()), "country"):
		return "DE"
	case form.Strict && r.field.Type == fields.TypeText:
		text = fmt.Sprintf("%064x", 0xabcdef0000000000+uint64(d.n)*7919)
		if r.field.Refuses([]byte(text)) != "" {
			text = text[48:]
		}
		value = text
	}
	if r.action != Keep && r.field.Type != fields.TypeFlag {
		d.secrets = append(d.secrets, text)
		d.sealed[path] = text
	}
	return value
}

// write writes an event with its members in a random order.
func write(r *rapid.T, b *strings.Builder, v any) {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		names = rapid.Permutation(names).Draw(r, "order")
		b.WriteByte('{')
		for i, name := range names {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Quote(name) + ":")
			write(r, b, v[name])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			write(r, b, e)
		}
		b.WriteByte(']')
	case rawNumber:
		b.WriteString(string(v))
	default:
		text, err := json.Marshal(v)
		if err != nil {
			r.Fatal(err)
		}
		b.Write(text)
	}
}

func TestRandomEventsAreProtected(t *testing.T) {
	shared := protection(t)
	p, again := shared.Protector(), shared.Protector()
	rapid.Check(t, func(r *rapid.T) {
		d := &drawing{r: r, sealed: map[string]string{}}
		event, _ := d.draw(shared.policy.root, "").(map[string]any)
		if event == nil {
			event = map[string]any{}
		}
		event["insurer"], event["claim"], event["revision"], event["line"] = "alpha", "c-1", rawNumber("1"), "motor"
		var first, second strings.Builder
		write(r, &first, event)
		write(r, &second, event)

		var out, other Protected
		if err := p.Protect([]byte(first.String()), &out); err != nil {
			r.Fatalf("%v in %s", err, first.String())
		}
		if err := again.Protect([]byte(second.String()), &other); err != nil {
			r.Fatal(err)
		}
		if out.Content != other.Content {
			r.Fatalf("the order of members changed the content digest:\n%s\n%s", first.String(), second.String())
		}
		checkOrder(t, &out)
		if open := openPart(&out); !jsontext.Value(open).IsValid() {
			r.Fatalf("the open part is not JSON: %s", open)
		}
		checkNothingShows(r, &out, d.secrets)

		opened := openAll(t, &out)
		for path, text := range d.sealed {
			if got := string(opened[path].Value); got != text {
				r.Fatalf("%s opened to %q, was %q", path, got, text)
			}
		}
		for _, party := range out.Parties {
			for _, l := range party.Leaves {
				if o := opened[l.Path]; o.Salt != l.Salt || o.Kind != l.Kind || string(o.Value) != string(l.Value) {
					r.Fatalf("%s opened to another leaf than was committed", l.Path)
				}
			}
		}
	})
}

// checkNothingShows looks for secrets, in several writings, in everything that is written out.
func checkNothingShows(r *rapid.T, out *Protected, secrets []string) {
	text := keptEntry(r, out) + openPart(out) + strings.Join(out.Withheld, " ")
	for _, v := range out.Values {
		text += "\n" + v.Path.Text + "=" + string(v.Bytes)
	}
	for _, record := range AppendKeyRecords(nil, out.Keys) {
		text += "\n" + string(record.Key) + string(record.Value)
	}
	lower := strings.ToLower(text)
	for _, s := range secrets {
		if strings.Contains(lower, strings.ToLower(s)) ||
			strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(s))) ||
			strings.Contains(lower, hex.EncodeToString([]byte(s))) {
			r.Fatalf("%q shows in what is kept", s)
		}
	}
}
