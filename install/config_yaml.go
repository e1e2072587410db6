package install

import (
	"fmt"
	"reflect"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
)

// Yaml returns a file that loads as c.
func (c *Config) Yaml() ([]byte, error) {
	text, err := yaml.Parser().Marshal(Settings(reflect.ValueOf(*c)))
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	return text, nil
}

// Settings turns a configuration, or a part of it, into maps under the keys of the file.
func Settings(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if key := f.Tag.Get("koanf"); f.IsExported() && key != "-" {
			out[key] = setting(v.Field(i))
		}
	}
	return out
}

func setting(v reflect.Value) any {
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String()
	}
	switch v.Kind() {
	case reflect.Struct:
		return Settings(v)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = setting(v.Index(i))
		}
		return list
	}
	return v.Interface()
}

func Flatten(into map[string]any, prefix string, m map[string]any) {
	for key, v := range m {
		if part, ok := v.(map[string]any); ok {
			Flatten(into, prefix+key+".", part)
			continue
		}
		into[prefix+key] = v
	}
}
