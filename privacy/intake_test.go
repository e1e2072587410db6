package privacy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/cloudflare/circl/hpke"

	"tallystick/claim"
	"tallystick/privacy/intake"
)

func intakeKey(t testing.TB) *Intake {
	t.Helper()
	k, err := NewIntake(secretOf(t, "install"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestIntakeOpensWhatProducersSeal(t *testing.T) {
	k := intakeKey(t)
	producer, err := intake.ParseKey(k.Public().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"", "{}", string(sample(t))} {
		sealed, err := producer.SealFor([]byte("claims"), []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		if !intake.Sealed(sealed) || intake.Sealed([]byte(plain)) {
			t.Error("sealed and clear messages cannot be told apart")
		}
		got, err := k.Open([]byte("claims"), sealed)
		if err != nil || string(got) != plain {
			t.Errorf("opened %q: %v", got, err)
		}
	}
}

func TestIntakeRefuses(t *testing.T) {
	k := intakeKey(t)
	sealed, err := k.Seal([]byte("claims"), []byte("Ann Example"))
	if err != nil {
		t.Fatal(err)
	}
	changed := func(i int) []byte {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		return b
	}
	other, err := NewIntake(secretOf(t, "other"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		key     *Intake
		aad     string
		message []byte
	}{
		"nothing":         {k, "claims", nil},
		"clear":           {k, "claims", []byte(`{"name":"Ann Example"}`)},
		"magic alone":     {k, "claims", []byte(intake.Magic)},
		"truncated":       {k, "claims", sealed[:len(sealed)-1]},
		"magic changed":   {k, "claims", changed(4)},
		"key tag changed": {k, "claims", changed(6)},
		"enc changed":     {k, "claims", changed(20)},
		"ciphertext":      {k, "claims", changed(len(sealed) - 20)},
		"other purpose":   {k, "dead letters", sealed},
		"other install":   {other, "claims", sealed},
		"enc of zeros": {k, "claims",
			append(append(bytes.Clone(sealed[:len(intake.Magic)+intake.TagSize]), make([]byte, intake.EncSize)...),
				sealed[45:]...)},
		"no ciphertext":    {k, "claims", sealed[:len(intake.Magic)+intake.TagSize+intake.EncSize]},
		"no encapsulation": {k, "claims", sealed[:len(intake.Magic)+intake.TagSize]},
	}
	for name, tt := range tests {
		_, err := tt.key.Open([]byte(tt.aad), tt.message)
		var problem *claim.Problem
		if !errors.As(err, &problem) || problem.Code != claim.CannotOpen ||
			bytes.Contains([]byte(err.Error()), []byte("Ann")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIntakeIsTheStandard: another implementation of RFC 9180 seals and we open, and the other way round.
func TestIntakeIsTheStandard(t *testing.T) {
	k := intakeKey(t)
	suite := hpke.NewSuite(hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES256GCM)
	ikm, err := derive(secretOf(t, "install"), "tallystick intake key v1")
	if err != nil {
		t.Fatal(err)
	}
	public, private := hpke.KEM_X25519_HKDF_SHA256.Scheme().DeriveKeyPair(ikm.Reveal())
	if b, err := public.MarshalBinary(); err != nil || !bytes.Equal(b, k.Public().Bytes()) {
		t.Fatalf("the key pair is derived otherwise: %v", err)
	}

	sender, err := suite.NewSender(public, []byte(intake.Info))
	if err != nil {
		t.Fatal(err)
	}
	enc, sealer, err := sender.Setup(nil)
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := sealer.Seal([]byte("from the other side"), []byte("claims"))
	if err != nil {
		t.Fatal(err)
	}
	tag := sha256.Sum256(k.Public().Bytes())
	message := append(append(append([]byte(intake.Magic), tag[:intake.TagSize]...), enc...), ciphertext...)
	if got, err := k.Open([]byte("claims"), message); err != nil || string(got) != "from the other side" {
		t.Errorf("opened %q: %v", got, err)
	}

	sealed, err := k.Seal([]byte("claims"), []byte("from here"))
	if err != nil {
		t.Fatal(err)
	}
	body := sealed[len(intake.Magic)+intake.TagSize:]
	receiver, err := suite.NewReceiver(private, []byte(intake.Info))
	if err != nil {
		t.Fatal(err)
	}
	opener, err := receiver.Setup(body[:intake.EncSize])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opener.Open(body[intake.EncSize:], []byte("claims")); err != nil || string(got) != "from here" {
		t.Errorf("the other side opened %q: %v", got, err)
	}
}

func FuzzIntakeOpen(f *testing.F) {
	k := intakeKey(f)
	sealed, err := k.Seal([]byte("claims"), []byte("{}"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte(intake.Magic))
	f.Fuzz(func(t *testing.T, message []byte) {
		if _, err := k.Open([]byte("claims"), message); err == nil && !bytes.Equal(message, sealed) {
			if plain, _ := k.Open([]byte("claims"), message); string(plain) != "{}" {
				t.Error("a message that nobody sealed was opened")
			}
		}
	})
}

// What was sealed for an older version opens after the key was turned over; what is sealed then is sealed for the
// newer.
func TestTheIntakeKeyTurnsOver(t *testing.T) {
	before := intakeKey(t)
	after, err := NewIntake(secretOf(t, "install"), secretOf(t, "install, later"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := before.Public().Seal([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open([]byte(intake.Context), old); err != nil || string(got) != "{}" {
		t.Errorf("opened %q: %v", got, err)
	}
	now, err := after.Public().Seal([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open([]byte(intake.Context), now); err != nil || string(got) != "{}" {
		t.Errorf("opened %q: %v", got, err)
	}
	if _, err := before.Open([]byte(intake.Context), now); err == nil {
		t.Error("the older key opened what was sealed for the newer")
	}
	if len(after.Versions()) != 2 || after.Public().Version() != 2 ||
		after.Versions()[0].String() != before.Public().String() {
		t.Errorf("versions %v", after.Versions())
	}
}
