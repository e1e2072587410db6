package claim

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/quagmt/udecimal"
)

var update = flag.Bool("update", false, "write the golden files again")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(bytes.Clone(got), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.TrimSuffix(want, []byte("\n"))) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// TestEventGolden pins the wire form of every field: an event that has them all.
func TestEventGolden(t *testing.T) {
	e := &Event{}
	n := 0
	fillAll(reflect.ValueOf(e).Elem(), &n)
	data, err := Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "full.json", data)
	back, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Encode(back); err != nil || string(again) != string(data) {
		t.Errorf("read back and written:\n%s\n%v", again, err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	leaves(tree, "", found)
	for _, p := range Paths() {
		if !found[p] {
			t.Errorf("the golden event has no %s", p)
		}
		delete(found, p)
	}
	if len(found) > 0 {
		t.Errorf("not among Paths: %v", found)
	}
}

// fillAll sets every field to a value of its own.
func fillAll(v reflect.Value, n *int) {
	*n++
	switch v.Type() {
	case reflect.TypeFor[When]():
		v.Set(reflect.ValueOf(On(time.Date(2020, 1, *n, 0, 0, 0, 0, time.UTC))))
		return
	case reflect.TypeFor[Money]():
		v.Set(reflect.ValueOf(Money{udecimal.MustFromInt64(int64(*n)*100+50, 2), "EUR"}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("t" + strconv.Itoa(*n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillAll(v.Index(0), n)
	case reflect.Map: // attributes: one of each kind
		v.Set(reflect.MakeMap(v.Type()))
		for i := range v.Type().Elem().NumField() {
			attribute := reflect.New(v.Type().Elem()).Elem()
			fillAll(attribute.Field(i), n)
			v.SetMapIndex(reflect.ValueOf("a"+strconv.Itoa(i)), attribute)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillAll(v.Field(i), n)
		}
	}
}

func leaves(v any, at string, found map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if at == "attributes" {
				name = "*"
			}
			if at != "" {
				name = at + "." + name
			}
			leaves(value, name, found)
		}
	case []any:
		for value := range slices.Values(v) {
			leaves(value, at+"[]", found)
		}
	default:
		found[at] = true
	}
}
