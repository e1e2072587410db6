package claim

import (
	"bytes"
	"encoding/base64"
	"errors"
)

var (
	commitmentName = []byte(`"commitment":"`)
	errCommitment  = errors.New("the entry does not end with its commitment")
)

// CommitmentOf returns the commitment of an encoded entry without decoding the rest: it is the last member of the JSON
// form, so what follows the last occurrence of its name is the commitment or the entry is not one of ours.
func CommitmentOf(entry []byte) (commitment [32]byte, err error) {
	at := bytes.LastIndex(entry, commitmentName)
	if at < 0 {
		return commitment, errCommitment
	}
	value, ok := bytes.CutSuffix(entry[at+len(commitmentName):], []byte(`"}`))
	if !ok || base64.StdEncoding.DecodedLen(len(value)) > 33 {
		return commitment, errCommitment
	}
	var buf [33]byte
	n, err := base64.StdEncoding.Strict().Decode(buf[:], value)
	if err != nil || n != 32 {
		return commitment, errCommitment
	}
	return [32]byte(buf[:32]), nil
}
