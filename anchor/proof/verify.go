package proof

import (
	"errors"
	"fmt"

	cosign "github.com/transparency-dev/formats/note"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Step is a part of the verification, in the order in which they are taken.
type Step string

// The steps, from the verifier's key down to the shown values.
const (
	StepPolicy         Step = "policy"               // the verifier's keys
	StepFormat         Step = "bundle format"        // the bundle's JSON
	StepSignature      Step = "checkpoint signature" // the log's signature
	StepCheckpoint     Step = "checkpoint"           // its text and origin
	StepWitnesses      Step = "witness cosignatures"
	StepLogInclusion   Step = "log inclusion"   // the batch entry in the checkpoint
	StepBatchEntry     Step = "batch entry"     // its text, origin and number
	StepBatchInclusion Step = "batch inclusion" // the commitment in the batch
	StepFields         Step = "fields"          // values in the record
	StepStamps         Step = "time stamps"     // the entry in stamped heads, and the stamps
)

// Error says which step failed.
type Error struct {
	Step Step
	Err  error
}

func (e *Error) Error() string {
	return fmt.Sprintf("proof not valid at step %q: %v", string(e.Step), e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func failed(step Step, err error) error { return &Error{Step: step, Err: err} }

// Verify checks a bundle against the verifier's own keys and returns exactly what it proves. It uses no network, no
// clock and no key from the bundle. Every error is an [*Error].
func Verify(bundle []byte, policy Policy) (*Report, error) {
	k, err := policy.keys()
	if err != nil {
		return nil, failed(StepPolicy, err)
	}
	b, err := Parse(bundle)
	if err != nil {
		return nil, failed(StepFormat, err)
	}
	head, witnessed, err := openCheckpoint(b.Checkpoint, k)
	if err != nil {
		return nil, err
	}
	if err := verifyInclusion(b.Log, head.Size, tlog.RecordHash([]byte(b.Entry)), head.Root); err != nil {
		return nil, failed(StepLogInclusion, err)
	}
	entry, err := ParseBatchEntry(b.Entry)
	if err != nil {
		return nil, failed(StepBatchEntry, err)
	}
	if entry.Origin != head.Origin || entry.Number != b.Log.Index {
		return nil, failed(StepBatchEntry, errors.New("names another log or another batch than its place in the log"))
	}
	commitment := b.Record.Commitment()
	if err := verifyInclusion(b.Batch, entry.Entries, tlog.RecordHash(commitment[:]), entry.Root); err != nil {
		return nil, failed(StepBatchInclusion, err)
	}
	shown, err := verifyFields(b)
	if err != nil {
		return nil, err
	}
	stamped, unchecked, err := verifyStamps(b, head.Origin, k)
	if err != nil {
		return nil, err
	}
	return &Report{
		Origin: head.Origin, LogKey: fmt.Sprintf("%s+%08x", k.log.Name(), k.log.KeyHash()), LogSize: head.Size,
		LogRoot:   head.Root,
		Witnesses: witnessed, Quorum: k.quorum, Stamped: stamped, Unchecked: unchecked,
		Batch: entry.Number, BatchEntries: entry.Entries, BatchIndex: b.Batch.Index, BatchRoot: entry.Root,
		Commitment: commitment, Fields: shown, Hidden: hiddenOf(b), Stated: Stated{b.Record.Partition, b.Record.Offset},
	}, nil
}

// openCheckpoint checks the note against the verifier's keys.
func openCheckpoint(msg string, k *keys) (Checkpoint, []Witnessed, error) {
	opened, err := note.Open([]byte(msg), note.VerifierList(k.log))
	if err != nil {
		return Checkpoint{}, nil, failed(StepSignature, fmt.Errorf("signature of %s: %w", k.log.Name(), noteError(err)))
	}
	head, err := ParseCheckpoint(opened.Text)
	if err != nil {
		return Checkpoint{}, nil, failed(StepCheckpoint, err)
	}
	if head.Origin != k.origin {
		return Checkpoint{}, nil, failed(StepCheckpoint, fmt.Errorf("is of another log than %q", k.origin))
	}
	var witnessed []Witnessed
	for _, verifier := range k.witnesses {
		opened, err := note.Open([]byte(msg), note.VerifierList(verifier))
		var unverified *note.UnverifiedNoteError
		if errors.As(err, &unverified) {
			continue // this witness has not signed; the quorum decides
		}
		if err != nil {
			return Checkpoint{}, nil,
				failed(StepWitnesses, fmt.Errorf("signature of %s: %w", verifier.Name(), noteError(err)))
		}
		at, err := cosign.CoSigV1Timestamp(opened.Sigs[0])
		if err != nil {
			return Checkpoint{}, nil, failed(StepWitnesses, fmt.Errorf("time of %s: %w", verifier.Name(), err))
		}
		witnessed = append(witnessed, Witnessed{Name: verifier.Name(), KeyID: fmt.Sprintf("%08x", verifier.KeyHash()),
			At: at.UTC()})
	}
	if len(witnessed) < k.quorum {
		return Checkpoint{}, nil,
			failed(StepWitnesses, fmt.Errorf("%d of the %d witnesses have signed, %d are needed", len(witnessed),
				len(k.witnesses), k.quorum))
	}
	return head, witnessed, nil
}

// noteError says in plain words why a note did not open.
func noteError(err error) error {
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		return errors.New("is missing")
	case errors.As(err, &invalid):
		return errors.New("is wrong")
	}
	return err
}

// Commitment computes the record's commitment from all that is hashed of it.
func (r *Record) Commitment() Hash {
	sections := make([]Hash, len(r.Sections))
	var buf []byte
	for i := range r.Sections {
		s := &r.Sections[i]
		if s.Digest != nil {
			sections[i] = *s.Digest
			continue
		}
		var count uint64
		var digest Hash
		if s.Sealed != nil {
			count = s.Sealed.Count
			if s.Sealed.Digest != nil {
				digest = *s.Sealed.Digest
			} else {
				buf = AppendSealed(buf[:0], s.Party, s.Sealed.Leaves)
				digest = sum(buf)
			}
		}
		buf = AppendSection(buf[:0], s.Party, s.Leaves, count, digest)
		sections[i] = sum(buf)
	}
	return sum(AppendRecord(buf[:0], r.Leaves, sections))
}

// verifyFields checks each shown value against its leaf.
func verifyFields(b *Bundle) ([]ProvedField, error) {
	shown := make([]ProvedField, 0, len(b.Fields))
	for i := range b.Fields {
		f := &b.Fields[i]
		leaves, err := b.Record.leavesOf(f)
		if err != nil {
			return nil, failed(StepFields, err)
		}
		if f.Leaf() != leaves[f.Index] {
			return nil, failed(StepFields, fmt.Errorf("%q: the value is not what was committed to", f.Path))
		}
		shown = append(shown, ProvedField{
			Path: f.Path, Kind: f.Kind, Value: textOf(f.Value), Members: f.Members, Section: f.Section,
			Sealed: f.Sealed,
		})
	}
	return shown, nil
}

// Leaf returns the hash of the value with its salt.
func (f *Field) Leaf() Hash {
	return sum(AppendLeaf(nil, (*[SaltSize]byte)(f.Salt), f.Kind[0], f.Path, f.value()))
}

// errNotIncluded hides the library's text, which prints both roots and helps nobody.
var errNotIncluded = errors.New("the path does not lead to the root")

func verifyInclusion(p Inclusion, size uint64, leaf, root Hash) error {
	err := merkle.VerifyInclusion(rfc6962.DefaultHasher, p.Index, size, leaf[:], slicesOf(p.Hashes), root[:])
	var mismatch merkle.RootMismatchError
	if errors.As(err, &mismatch) {
		return errNotIncluded
	}
	return err
}

func slicesOf(hashes []Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}
