package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tallystick/privacy"
)

var pass = Passphrases{Keyring: []byte("correct horse"), OfficerA: []byte("alice's secret"),
	OfficerB: []byte("bob's secret 1")}

// made is one keyring that the tests copy: making RSA keys is slow.
var made = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "keyring")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := Create(dir, pass, "alpha", "beta"); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range []string{File, OfficerAFile, OfficerBFile} {
		if files[name], err = readFile(filepath.Join(dir, name)); err != nil { // refuses another mode than 0600
			return nil, err
		}
	}
	return files, nil
})

func keyringDir(t *testing.T) string {
	t.Helper()
	files, err := made()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTwoOfficersOpenWhatTheKeyringSealed(t *testing.T) {
	dir := keyringDir(t)
	ring, err := Open(dir, pass.Keyring)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := privacy.New(privacy.Config{Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	var out privacy.Protected
	event := []byte(`{"insurer":"alpha","claim":"c-1","revision":1,"line":"motor","claimant":{"name":"Ann Example"}}`)
	if err := shared.Protector().Protect(event, &out); err != nil {
		t.Fatal(err)
	}
	var index privacy.KeyIndex
	for _, r := range privacy.AppendKeyRecords(nil, out.Keys) {
		if err := index.Take(r.Key, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	key, batch, ok := index.Find(out.Parties[0].Key)
	if !ok {
		t.Fatal("the key is not there")
	}
	a, err := OpenOfficer(filepath.Join(dir, OfficerAFile), pass.OfficerA)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenOfficer(filepath.Join(dir, OfficerBFile), pass.OfficerB)
	if err != nil {
		t.Fatal(err)
	}
	halfA, err := a.OpenHalf(context.Background(), batch.A)
	if err != nil {
		t.Fatal(err)
	}
	halfB, err := b.OpenHalf(context.Background(), batch.B)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := privacy.Open(out.Parties[0].Section, key, halfA, halfB)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(opened.Leaves[0].Value); got != "Ann Example" {
		t.Errorf("opened %q", got)
	}
	if _, err := a.OpenHalf(context.Background(), batch.B); err == nil {
		t.Error("officer A opened officer B's half")
	}
	if _, err := privacy.Open(out.Parties[0].Section, key, halfA, halfA); err == nil {
		t.Error("one officer's half opened the values")
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		name   string
		pass   string
		spoil  func(t *testing.T, path string)
		want   error
		inText string
	}{
		{"wrong passphrase", "wrong horse", func(*testing.T, string) {}, ErrPassphrase, ""},
		{"others may read it", "", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o644)) }, ErrPermissions,
			"0644"},
		{"missing", "", func(t *testing.T, path string) { must(t, os.Remove(path)) }, os.ErrNotExist, ""},
		{"not JSON", "", func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte("{"), 0o600)) },
			ErrDamaged, ""},
		{"empty", "", func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) }, ErrDamaged, ""},
		{"cheaper argon2id", "", replace(`"time": 3`, `"time": 1`), ErrPassphrase, ""},
		{"absurd argon2id", "", replace(`"memoryKiB": 65536`, `"memoryKiB": 4000000000`), ErrDamaged, ""},
		{"an officer's file", "", replace(kindKeyring, kindOfficer), ErrDamaged, kindKeyring},
		{"newer version", "", replace(`"v": 1`, `"v": 2`), nil, "version 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := keyringDir(t)
			tt.spoil(t, filepath.Join(dir, File))
			phrase := pass.Keyring
			if tt.pass != "" {
				phrase = []byte(tt.pass)
			}
			_, err := Open(dir, phrase)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.inText) {
				t.Errorf("got %v, want %v and %q", err, tt.want, tt.inText)
			}
		})
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	dir := keyringDir(t)
	before, err := os.ReadFile(filepath.Join(dir, OfficerAFile))
	must(t, err)
	if err := Create(dir, pass, "alpha"); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, OfficerAFile))
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("an officer's key was replaced")
	}
}

func TestCreateRefusesWeakPassphrasesAndNames(t *testing.T) {
	short := pass
	short.OfficerA = []byte("short")
	if err := Create(t.TempDir(), short, "alpha"); err == nil {
		t.Error("a short passphrase was taken")
	}
	if err := Create(t.TempDir(), pass, "No Name"); err == nil {
		t.Error("a name that cannot be a path was taken")
	}
	if err := Create(t.TempDir(), pass); err == nil {
		t.Error("a keyring without insurers was made")
	}
}

func TestRotationIsSavedAndLiftsTokens(t *testing.T) {
	dir := keyringDir(t)
	ring, err := Open(dir, pass.Keyring)
	must(t, err)
	beta, err := ring.Insurer("beta")
	must(t, err)
	old, err := ring.Insurer("alpha")
	must(t, err)
	before, _, err := old.Token("phn", "+14155550123", "")
	must(t, err)

	if err := ring.Rotate("alpha", []byte("wrong horse")); !errors.Is(err, ErrPassphrase) {
		t.Fatalf("rotated with a wrong passphrase: %v", err)
	}
	must(t, ring.Rotate("alpha", pass.Keyring))
	must(t, ring.Add("gamma", pass.Keyring))

	again, err := Open(dir, pass.Keyring)
	must(t, err)
	if got := again.Insurers(); len(got) != 3 {
		t.Errorf("insurers after a new start: %v", got)
	}
	for name, k := range map[string]*Keyring{"in memory": ring, "read again": again} {
		now, err := k.Insurer("alpha")
		must(t, err)
		after, _, err := now.Token("phn", "+14155550123", "")
		must(t, err)
		lifted, err := now.Lift(before)
		must(t, err)
		if after == before || lifted != after || now.Version() != 2 {
			t.Errorf("%s: version %d, before %s, after %s, lifted %s", name, now.Version(), before, after, lifted)
		}
	}
	if same, err := ring.Insurer("beta"); err != nil || same != beta {
		t.Error("an insurer that was not rotated has other keys now")
	}
}

func TestFilesHoldNoSecretInClear(t *testing.T) {
	dir := keyringDir(t)
	ring, err := Open(dir, pass.Keyring)
	must(t, err)
	for _, name := range []string{File, OfficerAFile, OfficerBFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if bytes.Contains(text, []byte("alpha")) || bytes.Contains(text, pass.Keyring) {
			t.Errorf("%s shows its content", name)
		}
	}
	if !ring.Local() {
		t.Error("a keyring is local")
	}
	printed := fmt.Sprintf("%v %+v %#v %s", ring, ring, ring, *officer(t, dir))
	if strings.Trim(strings.ReplaceAll(printed, "[secret]", ""), " ") != "" {
		t.Error("printing a keyring or an officer shows more than [secret]")
	}
}

func officer(t *testing.T, dir string) *Officer {
	t.Helper()
	o, err := OpenOfficer(filepath.Join(dir, OfficerAFile), pass.OfficerA)
	must(t, err)
	return o
}

func replace(old, new string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		text, err := os.ReadFile(path)
		must(t, err)
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("no %s in the file", old)
		}
		must(t, os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(new), 1), 0o600))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
