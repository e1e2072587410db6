package privacy

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// SecretSize is the length of a Secret in bytes.
const SecretSize = 32

const redacted = "[secret]"

// Secret is 32 bytes of key material. However it is printed, logged or marshalled, only "[secret]" shows; whoever needs
// the bytes asks for them with Reveal, which is easy to search for.
type Secret struct {
	// A func, because fmt reaches unexported fields of what holds a Secret without asking its methods: of a func it
	// prints an address, of a pointer to bytes some verbs print the bytes.
	f func() *[SecretSize]byte
}

// NewSecret copies b, which must be 32 bytes and not all zero.
func NewSecret(b []byte) (Secret, error) {
	if len(b) != SecretSize {
		return Secret{}, fmt.Errorf("a secret has %d bytes, got %d", SecretSize, len(b))
	}
	own := [SecretSize]byte(b)
	if own == ([SecretSize]byte{}) {
		return Secret{}, errors.New("a secret of zeros")
	}
	return Secret{f: func() *[SecretSize]byte { return &own }}, nil
}

// IsZero reports whether the secret is absent.
func (s Secret) IsZero() bool { return s.f == nil }

// Reveal returns the bytes themselves, not a copy; nil if absent.
func (s Secret) Reveal() []byte {
	if s.f == nil {
		return nil
	}
	return s.f()[:]
}

// Wipe overwrites the bytes. It is best effort: the runtime may have copied them.
func (s Secret) Wipe() {
	clear(s.Reveal())
}

// String, GoString, Format, MarshalText, MarshalJSON and LogValue show [secret], whatever the verb.
func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
