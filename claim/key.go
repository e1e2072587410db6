package claim

import (
	"bytes"
	"strings"
)

// Key returns the Kafka key of a claim: insurer, a slash, claim id. All revisions of a claim have one key, so they
// share a partition and stay in order.
func Key(insurer, id string) []byte {
	key := make([]byte, 0, len(insurer)+1+len(id))
	key = append(key, insurer...)
	key = append(key, '/')
	return append(key, id...)
}

// ParseKey splits a key. An insurer has no slash, a claim id may.
func ParseKey(key []byte) (insurer, id string, ok bool) {
	insurer, id, ok = strings.Cut(string(key), "/")
	return insurer, id, ok && insurer != "" && id != ""
}

// CheckKey returns a [KeyMismatch] unless key is the key of e.
func CheckKey(key []byte, e *Event) *Problem {
	n := len(e.Insurer)
	if len(key) == n+1+len(e.ID) && key[n] == '/' && string(key[:n]) == e.Insurer && string(key[n+1:]) == e.ID {
		return nil
	}
	if bytes.IndexByte(key, '/') < 0 {
		return &Problem{Code: KeyMismatch, Offset: -1, Hint: "the key of a claim is insurer/claim"}
	}
	return &Problem{Code: KeyMismatch, Offset: -1, Hint: "the key names another claim"}
}
