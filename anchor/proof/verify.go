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
	StepGroups         Step = "groups"          // roots of parties in the record
	StepFields         Step = "fields"          // values in the record
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
	if err := verifyInclusion(b.Batch, entry.Entries, tlog.RecordHash(b.Record.Commitment[:]), entry.Root); err != nil {
		return nil, failed(StepBatchInclusion, err)
	}
	shown, err := verifyFields(b)
	if err != nil {
		return nil, err
	}
	return &Report{
		Origin: head.Origin, LogKey: fmt.Sprintf("%s+%08x", k.log.Name(), k.log.KeyHash()), LogSize: head.Size, LogRoot: head.Root,
		Witnesses: witnessed, Quorum: k.quorum,
		Batch: entry.Number, BatchEntries: entry.Entries, BatchIndex: b.Batch.Index, BatchRoot: entry.Root,
		Commitment: b.Record.Commitment, Fields: shown, Stated: stated(b),
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
			return Checkpoint{}, nil, failed(StepWitnesses, fmt.Errorf("signature of %s: %w", verifier.Name(), noteError(err)))
		}
		at, err := cosign.CoSigV1Timestamp(opened.Sigs[0])
		if err != nil {
			return Checkpoint{}, nil, failed(StepWitnesses, fmt.Errorf("time of %s: %w", verifier.Name(), err))
		}
		witnessed = append(witnessed, Witnessed{Name: verifier.Name(), KeyID: fmt.Sprintf("%08x", verifier.KeyHash()), At: at.UTC()})
	}
	if len(witnessed) < k.quorum {
		return Checkpoint{}, nil, failed(StepWitnesses, fmt.Errorf("%d of the %d witnesses have signed, %d are needed", len(witnessed), len(k.witnesses), k.quorum))
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

// verifyFields checks each group and field against the record's commitment.
func verifyFields(b *Bundle) ([]ProvedField, error) {
	groups := make(map[string]*Group, len(b.Groups))
	for i := range b.Groups {
		g := &b.Groups[i]
		leaf := tlog.RecordHash(AppendLeaf(nil, (*[SaltSize]byte)(g.Salt), KindRoot, g.Path, g.Root[:]))
		if err := verifyInclusion(Inclusion{g.Index, g.Hashes}, b.Record.Leaves, leaf, b.Record.Commitment); err != nil {
			return nil, failed(StepGroups, fmt.Errorf("%q: %w", g.Path, err))
		}
		groups[g.Path] = g
	}
	shown := make([]ProvedField, 0, len(b.Fields))
	for i := range b.Fields {
		f := &b.Fields[i]
		root, size := b.Record.Commitment, b.Record.Leaves
		if f.Group != "" {
			root, size = groups[f.Group].Root, groups[f.Group].Leaves
		}
		if err := VerifyField(root, size, *f); err != nil {
			return nil, failed(StepFields, fmt.Errorf("%q: %w", f.Path, err))
		}
		shown = append(shown, ProvedField{Path: f.Path, Kind: f.Kind, Value: string(f.value()), Group: f.Group})
	}
	return shown, nil
}

// VerifyField checks that the tree of that root and size holds the field: the record's tree, or the tree of the field's
// group. The size only shapes the path; a wrong one is not always noticed.
func VerifyField(root Hash, size uint64, f Field) error {
	if err := f.check(); err != nil {
		return err
	}
	leaf := tlog.RecordHash(AppendLeaf(nil, (*[SaltSize]byte)(f.Salt), f.Kind[0], f.Path, f.value()))
	return verifyInclusion(Inclusion{f.Index, f.Hashes}, size, leaf, root)
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
