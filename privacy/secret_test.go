package privacy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretsDoNotPrint(t *testing.T) {
	secret := secretOf(t, "x")
	keys := insurerKeys(t, "alpha", 1)
	holder := struct{ S Secret }{secret}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.Info("x", "secret", secret, "holder", holder, "keys", keys, "intake", intakeKey(t))
	text, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, v := range []any{secret, &secret, holder, keys, *keys, intakeKey(t), keySet(t, 1)} {
			printed += fmt.Sprintf(verb, v)
		}
	}
	raw := secret.Reveal()
	root := keys.roots[0].Reveal()
	for _, b := range [][]byte{raw, root} {
		for _, form := range []string{string(b), fmt.Sprintf("%x", b), fmt.Sprintf("%v", b)[1:40],
			fmt.Sprintf("%#v", b)[8:40]} {
			if strings.Contains(strings.ToLower(printed), strings.ToLower(form)) {
				t.Errorf("a secret shows")
			}
		}
	}
	if !strings.Contains(string(text), "[secret]") {
		t.Errorf("marshalled as %s", text)
	}
}

func TestNewSecretRefuses(t *testing.T) {
	for _, b := range [][]byte{nil, make([]byte, 31), make([]byte, 32)} {
		if _, err := NewSecret(b); err == nil {
			t.Errorf("%d bytes were taken", len(b))
		}
	}
}

func TestKeysAreChecked(t *testing.T) {
	pair := officers()
	a, b := PublicHalf{&pair[0].PublicKey, 1}, PublicHalf{&pair[1].PublicKey, 1}
	alpha := insurerKeys(t, "alpha", 1)
	tests := map[string]struct {
		insurers []*InsurerKeys
		sealing  *SealingKeys
		want     string
	}{
		"one officer twice": {[]*InsurerKeys{alpha}, &SealingKeys{a, a}, "same key"},
		"no version":        {[]*InsurerKeys{alpha}, &SealingKeys{a, PublicHalf{b.Key, 0}}, "half B"},
		"no key":            {[]*InsurerKeys{alpha}, &SealingKeys{PublicHalf{}, b}, "half A"},
		"insurer twice":     {[]*InsurerKeys{alpha, alpha}, &SealingKeys{a, b}, "named twice"},
		"no insurer":        {nil, &SealingKeys{a, b}, "all needed"},
	}
	for name, tt := range tests {
		if _, err := NewKeySet(tt.insurers, tt.sealing, intakeKey(t)); err == nil ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewInsurerKeys("alpha"); err == nil {
		t.Error("keys without a root were made")
	}
	if _, err := NewInsurerKeys("alpha", Secret{}); err == nil {
		t.Error("keys with an empty root were made")
	}
	if _, err := NewInsurerKeys("Alpha/../x", secretOf(t, "x")); err == nil {
		t.Error("a name that is a path was taken")
	}
}
