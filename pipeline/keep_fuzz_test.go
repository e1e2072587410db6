package pipeline

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"

	"tallystick/claim"
	"tallystick/journal"
)

func TestReadStateRefusesAnyDamage(t *testing.T) {
	whole := append([]byte(stateForm+"{}\n"), bytes.Repeat([]byte("what is remembered\n"), 20)...)
	sum := sha256.Sum256(whole)
	whole = append(whole, sum[:]...)
	refused := func(data []byte) bool {
		_, _, err := readState(bytes.NewReader(data), int64(len(data)))
		return errors.Is(err, errState)
	}
	if refused(whole) {
		t.Fatal("the whole file is refused")
	}
	for at := range whole {
		if !refused(whole[:at]) {
			t.Errorf("cut off at %d it is read", at)
		}
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0xff
		if !refused(damaged) {
			t.Errorf("damaged at %d it is read", at)
		}
	}
}

// A topic may have so many partitions that the head is longer than what is read at a time.
func TestReadStateOfManyPartitions(t *testing.T) {
	line, err := json.Marshal(stateHead{Partitions: make([]statePartition, 20_000)})
	if err != nil || len(line) <= stateBuffer {
		t.Fatalf("a head of %d bytes, %v", len(line), err)
	}
	whole := slices.Concat([]byte(stateForm), line, []byte("\nwhat is remembered"))
	sum := sha256.Sum256(whole)
	whole = append(whole, sum[:]...)
	head, rest, err := readState(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(rest); len(head.Partitions) != 20_000 || string(body) != "what is remembered" ||
		err != nil {
		t.Errorf("%d partitions and %q, %v", len(head.Partitions), body, err)
	}
}

// FuzzReadState reads files of any content, as they are and with the sum that they should have.
func FuzzReadState(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(stateForm + "{}\n"))
	f.Add([]byte(stateForm +
		`{"fingerprint":"AAAA","kept":"2026-01-02T03:04:05Z","partitions":[{"position":"tsj2:0:-1:00:0:0","last":{}}]}` + "\nbody"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := readState(bytes.NewReader(data), int64(len(data))); err == nil && len(data) < sha256.Size {
			t.Fatal("a file without a sum was read")
		}
		sum := sha256.Sum256(data)
		whole := append(bytes.Clone(data), sum[:]...)
		if head, _, err := readState(bytes.NewReader(whole), int64(len(whole))); err == nil && head == nil {
			t.Fatal("neither a head nor an error")
		}
	})
}

func TestAStateHoldsTheRecordsBeforeItsPositions(t *testing.T) {
	held := heldAt([]statePartition{{Position: journal.Position{To: 5}}, {Position: journal.Position{To: 3, Epoch: 2}}})
	for s, want := range map[claim.SourceRef]bool{
		{Offset: 4}:                         true,
		{Offset: 5}:                         false,
		{Offset: 0, Epoch: 1}:               false,
		{Partition: 1, Offset: 9, Epoch: 1}: true, // before the reset
		{Partition: 1, Offset: 2, Epoch: 2}: true,
		{Partition: 1, Offset: 3, Epoch: 2}: false,
		{Partition: 2}:                      false,
		{Partition: -1}:                     false,
	} {
		if held(s) != want {
			t.Errorf("%+v: %v", s, !want)
		}
	}
}
