package evm

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
)

// What is on the disk is read as it was written, or refused; never in part.
func FuzzOutbox(f *testing.F) {
	good, err := json.Marshal(outboxState{V: 1, ChainID: 5, Origin: "a log",
		Items: []item{{Size: 3, Step: queued}, {Size: 4, Step: submitted, Txs: []tx{{FeeCap: "7"}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(`{"v":1,"items":[{"size":2,"step":"final"},{"size":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := durabletest.NewFaultFS("/box")
		dir := durable.NewDir(files, "/box")
		if err := dir.WriteFile(outboxFile, data); err != nil {
			t.Fatal(err)
		}
		box, err := openOutbox(dir)
		if err != nil {
			return
		}
		if err := box.state.check(); err != nil {
			t.Fatalf("a state was taken that is none: %v", err)
		}
		if err := box.save(); err != nil {
			t.Fatal(err)
		}
		if _, err := openOutbox(dir); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
	})
}

func TestAddresses(t *testing.T) {
	const right = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
	for _, text := range []string{right, strings.ToLower(right), "0x" + strings.ToUpper(right[2:])} {
		if a, err := ParseAddress(text); err != nil || a.Hex() != right {
			t.Errorf("%s: %s, %v", text, a, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "no prefix": right[2:] + "00", "short": right[:41], "long": right + "0",
		"not hexadecimal":  right[:41] + "g",
		"a digit is wrong": right[:41] + "4", "a letter's case is wrong": strings.Replace(right, "FbDB", "fbDB", 1),
	} {
		if _, err := ParseAddress(text); err == nil {
			t.Errorf("%s: %q was taken for an address", name, text)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	path := t.TempDir() + "/account.key"
	made, err := GenerateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := LoadKeyFile(path)
	if err != nil || read.Address() != made.Address() {
		t.Fatalf("%v, %v", read, err)
	}
	if _, err := GenerateKeyFile(path); err == nil {
		t.Error("a key was overwritten")
	}
	for name, change := range map[string]func() error{
		"others may read": func() error { return os.Chmod(path, 0o644) },
		"not a key": func() error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte("no key, and a secret: hunter2"), 0o600))
		},
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeyFile(path); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
