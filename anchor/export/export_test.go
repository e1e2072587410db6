package export_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"tallystick/anchor/export"
	"tallystick/anchor/proof"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../proof/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func bundle(t testing.TB) *proof.Bundle {
	t.Helper()
	b, err := proof.Parse(testdata(t, "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func key(t testing.TB) (ed25519.PrivateKey, []byte) {
	t.Helper()
	skey, _, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{5}, 64)), "insurer.example/claims")
	if err != nil {
		t.Fatal(err)
	}
	private, id, err := export.PrivateKey(skey)
	if err != nil {
		t.Fatal(err)
	}
	return private, id
}

// The text is what C2SP's page says, down to the last byte: the checkpoint stands in it as it was signed.
func TestATlogProofIsTheSpecifications(t *testing.T) {
	b := bundle(t)
	want := "c2sp.org/tlog-proof@v1\nindex 2\n" +
		"zvviymAvdUAkDkhbVN/y7/idXbVTU4f6Su+gQniufC4=\nYUF2P72N0jqYBfXK+VmVzeaOqs2A2NAajqTikxqDpVg=\nUDoPO996WUxO+8pfM1HdUO51lc5Z0+B3X5oKkc9SaOc=\n\n" +
		b.Checkpoint
	if got := string(export.TlogProof(b)); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestAReceiptHoldsForItsEntryAlone(t *testing.T) {
	b := bundle(t)
	private, id := key(t)
	public := private.Public().(ed25519.PublicKey)
	receipt, err := export.Receipt(b, private, id)
	if err != nil {
		t.Fatal(err)
	}
	if size, err := export.VerifyReceipt(receipt, []byte(b.Entry), public); err != nil || size != 5 {
		t.Fatalf("size %d, %v", size, err)
	}
	if _, err := export.VerifyReceipt(receipt, []byte(strings.Replace(b.Entry, "\n3\n", "\n4\n", 1)),
		public); err == nil {
		t.Error("it holds for another entry")
	}
	other := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	if _, err := export.VerifyReceipt(receipt, []byte(b.Entry), other); err == nil {
		t.Error("it holds for another key")
	}
	same := 0
	for i := range receipt {
		for _, flip := range []byte{0x01, 0x10, 0x80} {
			changed := bytes.Clone(receipt)
			changed[i] ^= flip
			if size, err := export.VerifyReceipt(changed, []byte(b.Entry), public); err == nil {
				if same++; size != 5 {
					t.Errorf("byte %d: another size %d", i, size)
				}
			}
		}
	}
	if same > 3 {
		t.Errorf("%d changes of %d bytes made no difference", same, len(receipt))
	}
}

func TestWhatHasNoReceipt(t *testing.T) {
	b := bundle(t)
	private, id := key(t)
	b.Log.Hashes = nil
	if _, err := export.Receipt(b, private, id); !errors.Is(err, export.ErrOneEntry) {
		t.Errorf("a log of one entry: %v", err)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+a+b", "PRIVATE+KEY+a+00000000+" +
		base64.StdEncoding.EncodeToString([]byte{1, 2})} {
		if _, _, err := export.PrivateKey(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzVerifyReceipt(f *testing.F) {
	b := bundle(f)
	private, id := key(f)
	receipt, err := export.Receipt(b, private, id)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(receipt)
	f.Fuzz(func(t *testing.T, data []byte) {
		if size, err := export.VerifyReceipt(data, []byte(b.Entry), private.Public().(ed25519.PublicKey)); err == nil &&
			size != 5 {
			t.Errorf("a receipt on a tree of %d", size)
		}
	})
}
