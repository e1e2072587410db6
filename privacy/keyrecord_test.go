package privacy

import (
	"bytes"
	"fmt"
	"testing"
)

func TestKeyRecordsCarryEachKeyUnderItsID(t *testing.T) {
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
	n, minutes, ids := 0, map[string]*Halves{}, map[string]bool{}
	for _, r := range AppendKeyRecords(nil, keys) {
		key, halves, err := DecodeKeyRecord(r.Key, r.Value)
		if err != nil {
			t.Fatal(err)
		}
		if halves != nil {
			minutes[string(halves.Minute)] = halves
			continue
		}
		want, wrapping := keys[n], minutes[string(key.Minute)]
		if wrapping == nil || wrapping.A != want.Minute.A || wrapping.B != want.Minute.B {
			t.Fatalf("the wrapping key of key %d does not stand before it", n)
		}
		if !bytes.Equal(key.Key, want.Key[:]) || !bytes.Equal(key.Wrapped, want.Wrapped) ||
			key.Insurer != want.Insurer || key.Claim != want.Claim || key.Party != want.Party {
			t.Fatalf("key %d is not what was written", n)
		}
		ids[string(r.Key)] = true
		n++
	}
	if n != len(keys) || len(ids) != n || len(minutes) != 3 {
		t.Errorf("%d of %d keys under %d ids and %d wrapping keys", n, len(keys), len(ids), len(minutes))
	}
	if AppendKeyRecords(nil, nil) != nil {
		t.Error("no keys made a record")
	}
}

func TestDecodeKeyRecordRefuses(t *testing.T) {
	out := protectText(t, string(sample(t)))
	records := AppendKeyRecords(nil, out.Keys)
	minute, good := records[0], records[1]
	if k, h, err := DecodeKeyRecord(good.Key, nil); k != nil || h != nil || err != nil {
		t.Errorf("a tombstone: %v, %v, %v", k, h, err)
	}
	changed := func(b []byte, at int, to byte) []byte {
		b = bytes.Clone(b)
		b[at] = to
		return b
	}
	for name, r := range map[string]KeyRecord{
		"no key":           {nil, good.Value},
		"a short id":       {good.Key[:9], good.Value},
		"an unknown kind":  {changed(good.Key, 0, 'x'), good.Value},
		"another version":  {good.Key, changed(good.Value, 0, 2)},
		"truncated":        {good.Key, good.Value[:40]},
		"a party less":     {good.Key, good.Value[:len(good.Value)-1]},
		"more behind it":   {good.Key, append(bytes.Clone(good.Value), 0)},
		"half of halves":   {minute.Key, minute.Value[:len(minute.Value)/2]},
		"a half too many":  {minute.Key, append(bytes.Clone(minute.Value), 1, 'x')},
		"no name, of none": {good.Key, append(bytes.Clone(good.Value[:1+KeyIDSize+wrappedSize]), 0, 0, 0)},
	} {
		if _, _, err := DecodeKeyRecord(r.Key, r.Value); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzDecodeKeyRecord(f *testing.F) {
	out := protectText(f, string(sample(f)))
	for _, r := range AppendKeyRecords(nil, out.Keys)[:2] {
		f.Add(r.Key, r.Value)
	}
	f.Fuzz(func(t *testing.T, key, value []byte) {
		k, h, err := DecodeKeyRecord(key, value)
		if err == nil && k != nil && (len(k.Minute) != KeyIDSize || len(k.Wrapped) != wrappedSize || k.Party == "") {
			t.Error("lengths were not checked")
		}
		if err == nil && h != nil && h.A == "" {
			t.Error("a half is missing")
		}
	})
}
