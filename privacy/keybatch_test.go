package privacy

import (
	"fmt"
	"strings"
	"testing"
)

func TestKeyBatchesCarryAllKeysInOrder(t *testing.T) {
	s, err := New(Config{Keys: keySet(t, 1), Minutes: MinuteConfig{Limit: 4}})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Protector()
	var keys []WrappedKey
	for i := range 10 {
		out := new(Protected) // a batch keeps its outs until its keys are written
		event := fmt.Sprintf(`{"insurer":"alpha","claim":"c-%d","revision":1,"line":"motor","narrative":"x","claimant":{"name":"Ann"}}`, i)
		if err := p.Protect([]byte(event), out); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, out.Keys...)
	}
	for _, limit := range []int{0, 1, 2500} {
		records := AppendKeyBatches(nil, keys, limit)
		n, minutes := 0, map[string]bool{}
		for _, record := range records {
			if limit > 2000 && len(record) > limit {
				t.Errorf("a record has %d bytes, the limit is %d", len(record), limit)
			}
			b, err := DecodeKeyBatch(record)
			if err != nil {
				t.Fatal(err)
			}
			minutes[string(b.Minute)] = true
			for _, k := range b.Keys {
				if string(k.Key) != string(keys[n].Key[:]) || string(k.Wrapped) != string(keys[n].Wrapped) ||
					k.Insurer != keys[n].Insurer || k.Claim != keys[n].Claim || k.Party != keys[n].Party ||
					string(b.Minute) != string(keys[n].Minute.ID[:]) || b.A != keys[n].Minute.A || b.B != keys[n].Minute.B {
					t.Fatalf("key %d is not what was written", n)
				}
				n++
			}
		}
		if n != len(keys) || len(minutes) != 3 {
			t.Errorf("limit %d: %d of %d keys under %d wrapping keys", limit, n, len(keys), len(minutes))
		}
	}
	if AppendKeyBatches(nil, nil, 0) != nil {
		t.Error("no keys made a record")
	}
}

func TestDecodeKeyBatchRefuses(t *testing.T) {
	out := protectText(t, string(sample(t)))
	good := string(AppendKeyBatches(nil, out.Keys, 0)[0])
	tests := map[string]string{
		"nothing":               ``,
		"truncated":             good[:len(good)/2],
		"another version":       strings.Replace(good, `"v":1`, `"v":2`, 1),
		"no version":            strings.Replace(good, `"v":1,`, ``, 1),
		"no half":               strings.Replace(good, `"b":"`, `"b":"","c":"`, 1),
		"an unknown name":       strings.Replace(good, `"v":1`, `"v":1,"Ann Example":2`, 1),
		"a short id":            strings.Replace(good, `"minute":"`, `"minute":"AAAA`, 1),
		"no keys":               good[:strings.Index(good, `"keys":[`)] + `"keys":[]}`,
		"a key without a party": strings.Replace(good, `"party":"claimant"`, `"party":""`, 1),
	}
	for name, text := range tests {
		if _, err := DecodeKeyBatch([]byte(text)); err == nil || strings.Contains(err.Error(), "Ann") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeKeyBatch(f *testing.F) {
	out := protectText(f, string(sample(f)))
	f.Add(AppendKeyBatches(nil, out.Keys, 0)[0])
	f.Add([]byte(`{"v":1,"minute":"AAAAAAAAAAAAAAAAAAAAAA==","a":"x","b":"y","keys":[{}]}`))
	f.Fuzz(func(t *testing.T, record []byte) {
		b, err := DecodeKeyBatch(record)
		if err == nil && (len(b.Minute) != KeyIDSize || len(b.Keys) == 0 || len(b.Keys[0].Wrapped) != wrappedSize) {
			t.Error("lengths were not checked")
		}
	})
}
