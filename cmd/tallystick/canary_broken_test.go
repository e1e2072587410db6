package main

import (
	"bytes"
	"strings"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
)

func (a *aviary) message(e map[string]any) kafka.Message {
	return kafka.Message{Key: claim.Key(e["insurer"].(string), e["claim"].(string)), Value: encoded(a.t, e)}
}

// broken are messages that no claim can be read from, or none that is valid, each with canaries.
func (a *aviary) broken() []kafka.Message {
	var all []kafka.Message
	// add changes a good claim, then its JSON.
	add := func(change func(e map[string]any), text func([]byte) []byte) {
		e := a.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor)
		if change != nil {
			change(e)
		}
		m := kafka.Message{Value: encoded(a.t, e)}
		insurer, _ := e["insurer"].(string)
		id, _ := e["claim"].(string)
		m.Key = claim.Key(insurer, id)
		if text != nil {
			m.Value = text(m.Value)
		}
		all = append(all, m)
	}
	object := func(e map[string]any, name string) map[string]any { return e[name].(map[string]any) }
	set := func(path, value string) func(map[string]any) {
		return func(e map[string]any) {
			names := strings.Split(path, ".")
			for _, n := range names[:len(names)-1] {
				e = e[n].(map[string]any)
			}
			e[names[len(names)-1]] = value
		}
	}
	for cut := 1; cut <= 8; cut++ {
		add(nil, func(b []byte) []byte { return b[:len(b)*cut/9] })
	}
	add(nil, func(b []byte) []byte { return append(b, b...) })
	add(nil, func(b []byte) []byte { return append(b[:len(b)-1:len(b)-1], `,"`+a.word("junk")+`"}`...) })
	add(nil, func([]byte) []byte { return []byte(a.word("no JSON") + " called") })
	add(nil, func([]byte) []byte { return []byte(`["` + a.word("a list") + `"]`) })
	add(nil, func([]byte) []byte { return []byte(`"` + a.word("a string") + `"`) })
	twice := a.word("duplicate unknown name")
	add(nil, func(b []byte) []byte {
		return append([]byte(`{"`+twice+`":"`+a.word("duplicate")+`","`+twice+`":1,`), b[1:]...)
	})
	add(nil, func(b []byte) []byte {
		return append([]byte(`{"claimant":{"name":"`+a.word("duplicate")+`"},`), b[1:]...)
	})
	add(nil, func(b []byte) []byte { return append([]byte(`{"claim":"`+a.word("duplicate claim")+`",`), b[1:]...) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":"`), []byte("\"name\":\"\xff\xfe"), 1) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"name":`), []byte("\"na\xffme\":"), 1) })
	add(nil, func(b []byte) []byte { return bytes.Replace(b, []byte(`"email":"`), []byte(`"email":"\ud800`), 1) })
	add(func(e map[string]any) { object(e, "claimant")["name"] = []any{a.word("wrong type")} }, nil)
	add(func(e map[string]any) {
		object(e, "claimant")["phone"] = map[string]any{a.word("wrong type"): a.word("wrong type")}
	}, nil)
	add(func(e map[string]any) { e["claimant"] = a.word("wrong type") }, nil)
	add(func(e map[string]any) { e["parties"] = map[string]any{a.word("wrong type"): 1} }, nil)
	add(func(e map[string]any) { e["attributes"] = []any{a.word("wrong type")} }, nil)
	for _, path := range []string{"revision", "vehicle.year", "loss.witnesses", "loss.place.latitude",
		"loss.policeReport", "claimant.birthDate",
		"loss.time", "amounts.claimed", "amounts.claimed.amount", "amounts.claimed.currency", "line", "stage",
		"claimant.address.country", "policy.termsDigest"} {
		add(func(e map[string]any) { set(path, a.word("wrong "+path))(e) }, nil)
	}
	add(set("amounts.claimed.amount", "-"+a.digits("negative money", 12)), nil)
	add(set("amounts.claimed.amount", a.digits("too many digits", 40)), nil)
	add(set("claimant.birthDate", "2997-11-23"), nil)
	add(func(e map[string]any) {
		e["attributes"] = map[string]any{a.word("attribute") + " name": map[string]any{"text": a.word("attribute")}}
	}, nil)
	add(func(e map[string]any) {
		e["attributes"] = map[string]any{a.word("attribute"): map[string]any{"text": a.word("two values"),
			"flag": true}}
	}, nil)
	add(func(e map[string]any) { object(e, "claimant")["name"] = strings.Repeat(a.word("long name")+" ", 200) }, nil)
	add(func(e map[string]any) { e["narrative"] = strings.Repeat(a.word("too large")+" ", 40000) }, nil)
	add(func(e map[string]any) {
		var deep any = a.word("too deep")
		for range 60 {
			deep = map[string]any{a.word("too deep name"): deep}
		}
		e["extra"] = deep
	}, nil)
	add(set("insurer", a.word("unknown insurer")), nil)
	add(set("insurer", a.word("invalid insurer")+"/\x01"), nil)
	add(set("insurer", ""), nil)
	add(set("claim", a.word("invalid claim")+"\x07"), nil)
	add(set("claim", strings.Repeat(a.word("long claim"), 20)), nil)
	add(func(e map[string]any) { e["claim"] = []any{a.word("claim of a wrong type")} }, nil)
	add(func(e map[string]any) { delete(e, "revision") }, nil)
	add(func(e map[string]any) { e["items"].([]any)[0].(map[string]any)["party"] = 99 }, nil)

	for _, key := range []string{a.word("key"), "acme/" + a.word("key"), a.word("key") + "/C-1", ""} {
		m := a.message(a.claim("acme", "C-"+randomOf("abcdefghijklm", 12), claim.LineMotor))
		m.Key = []byte(key)
		all = append(all, m)
	}
	all = append(all,
		kafka.Message{Key: []byte("acme/" + a.word("key of a tombstone"))},
		kafka.Message{Key: []byte(a.word("key of nothing")), Value: []byte{}},
		kafka.Message{Key: []byte("acme/C-1"), Value: []byte(a.word("headers") + "{"),
			Headers: []kafka.Header{{Key: a.word("header"), Value: []byte(a.word("header"))}}},
	)
	return all
}
