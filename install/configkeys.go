package install

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/v2"
)

// ConfigKeys returns the dotted keys of Config that hold one value each.
func ConfigKeys() []string {
	var keys []string
	for key := range configTypes() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// configTypes returns the type of each key's value.
func configTypes() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	var walk func(t reflect.Type, prefix string)
	walk = func(t reflect.Type, prefix string) {
		for i := range t.NumField() {
			f := t.Field(i)
			key := prefix + f.Tag.Get("koanf")
			switch {
			case !f.IsExported(), f.Tag.Get("koanf") == "-":
			case f.Type.Kind() == reflect.Struct:
				walk(f.Type, key+".")
			case f.Type == reflect.TypeFor[[]WitnessConfig](): // a list of objects has its place in the file only
			default:
				types[key] = f.Type
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	return types
}

// decodeErrors says of each key that could not be decoded what its value is and what is allowed.
func decodeErrors(err error, k *koanf.Koanf) error {
	var problem *mapstructure.DecodeError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range joined.Unwrap() {
			errs = append(errs, decodeErrors(e, k))
		}
		return errors.Join(errs...)
	}
	if !errors.As(err, &problem) {
		return err
	}
	if problem != err { // wrapped; what wraps it says nothing of use
		return decodeErrors(errors.Unwrap(err), k)
	}
	key := problem.Name()
	if names, ok := strings.CutPrefix(problem.Unwrap().Error(), "has invalid keys: "); ok {
		var errs []error
		for name := range strings.SplitSeq(names, ", ") {
			if strings.Contains(key, "Config") { // the name of the type stands for the root
				key = ""
			}
			errs = append(errs, unknownKey(key, name))
		}
		return errors.Join(errs...)
	}
	want := "cannot be read: " + problem.Unwrap().Error()
	switch t := configTypes()[key]; {
	case t == nil:
	case t == reflect.TypeFor[time.Duration]():
		want = "want a time such as 90s, 10m or 168h"
	case t.Kind() == reflect.Bool:
		want = "want true or false"
	case t.Kind() == reflect.Int:
		want = "want a whole number"
	case t.Kind() == reflect.String:
		want = "want a text"
	case t.Kind() == reflect.Slice:
		want = "want a list"
	}
	return fmt.Errorf("%s: %v: %s", key, k.Get(key), want)
}

// unknownKey says which keys there are beside one that there is not.
func unknownKey(parent, name string) error {
	prefix := ""
	if parent != "" {
		prefix = parent + "."
	}
	var siblings []string
	for _, key := range ConfigKeys() {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			first, _, _ := strings.Cut(rest, ".")
			siblings = append(siblings, prefix+first)
		}
	}
	if parent == "anchor" {
		siblings = append(siblings, "anchor.witnesses")
	}
	slices.Sort(siblings)
	siblings = slices.Compact(siblings)
	if len(siblings) == 0 {
		return fmt.Errorf("%s%s: there is no such key", prefix, name)
	}
	return fmt.Errorf("%s%s: there is no such key; keys are %s", prefix, name, strings.Join(siblings, ", "))
}
