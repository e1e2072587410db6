package export

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/veraison/go-cose"

	"tallystick/anchor/proof"
)

// Labels of RFC 9942.
const (
	labelStructure = 395 // which tree it is
	labelProofs    = 396
	labelInclusion = -1
	rfc9162SHA256  = 1
)

// inclusion is the proof as RFC 9942, 5.2 encodes it.
type inclusion struct {
	_     struct{} `cbor:",toarray"`
	Size  uint64
	Index uint64
	Path  [][]byte
}

// ErrOneEntry says that a log of one entry has no path, and so by RFC 9942 no receipt.
var ErrOneEntry = errors.New("the log holds one batch, and a COSE receipt wants a path: make the bundle again after the next batch")

// Receipt writes the way from the bundle's batch entry to the root as a COSE receipt of inclusion, RFC9162_SHA256,
// signed with the log's key; the payload, the root, is left out, so that whoever checks it has to compute it. What COSE
// signs begins with other bytes than any checkpoint, so one key may sign both.
func Receipt(b *proof.Bundle, logKey ed25519.PrivateKey, keyID []byte) ([]byte, error) {
	if len(b.Log.Hashes) == 0 {
		return nil, ErrOneEntry
	}
	text, _, _ := strings.Cut(b.Checkpoint, "\n\n")
	head, err := proof.ParseCheckpoint(text + "\n")
	if err != nil {
		return nil, err
	}
	way := inclusion{Size: head.Size, Index: b.Log.Index}
	for _, hash := range b.Log.Hashes {
		way.Path = append(way.Path, hash[:])
	}
	encoded, err := cbor.Marshal(way)
	if err != nil {
		return nil, fmt.Errorf("writing the path: %w", err)
	}
	signer, err := cose.NewSigner(cose.AlgorithmEdDSA, logKey)
	if err != nil {
		return nil, fmt.Errorf("the log's key: %w", err)
	}
	msg := cose.NewSign1Message()
	msg.Headers.Protected.SetAlgorithm(cose.AlgorithmEdDSA)
	msg.Headers.Protected[cose.HeaderLabelKeyID] = keyID
	msg.Headers.Protected[int64(labelStructure)] = int64(rfc9162SHA256)
	msg.Headers.Unprotected[int64(labelProofs)] = map[int64]any{labelInclusion: [][]byte{encoded}}
	msg.Payload = head.Root[:]
	if err := msg.Sign(rand.Reader, nil, signer); err != nil {
		return nil, fmt.Errorf("signing the receipt: %w", err)
	}
	msg.Payload = nil
	return msg.MarshalCBOR()
}

// VerifyReceipt checks a receipt on an entry with the log's public key and returns the size of the tree. It reads
// receipts of inclusion with one path, as [Receipt] writes them.
func VerifyReceipt(receipt, entry []byte, logKey ed25519.PublicKey) (size uint64, err error) {
	var msg cose.Sign1Message
	if err := msg.UnmarshalCBOR(receipt); err != nil {
		return 0, fmt.Errorf("not a COSE receipt: %w", err)
	}
	if structure, ok := msg.Headers.Protected[int64(labelStructure)].(int64); !ok || structure != rfc9162SHA256 ||
		msg.Payload != nil {
		return 0, errors.New("not a receipt on a tree of RFC 9162 with a payload left out")
	}
	proofs, ok := msg.Headers.Unprotected[int64(labelProofs)].(map[any]any)
	if !ok {
		return 0, errors.New("the receipt has no proof")
	}
	paths, ok := proofs[int64(labelInclusion)].([]any)
	if !ok || len(paths) != 1 {
		return 0, errors.New("want one proof of inclusion")
	}
	encoded, ok := paths[0].([]byte)
	if !ok {
		return 0, errors.New("the proof of inclusion is no byte string")
	}
	var way inclusion
	if err := cbor.Unmarshal(encoded, &way); err != nil {
		return 0, fmt.Errorf("the proof of inclusion: %w", err)
	}
	if len(way.Path) == 0 || len(way.Path) > 64 {
		return 0, errors.New("want a path of 1 to 64 hashes")
	}
	for _, hash := range way.Path {
		if len(hash) != rfc6962.DefaultHasher.Size() {
			return 0, errors.New("a hash of the path is not of 32 bytes")
		}
	}
	root, err := merkle.RootFromInclusionProof(rfc6962.DefaultHasher, way.Index, way.Size,
		rfc6962.DefaultHasher.HashLeaf(entry), way.Path)
	if err != nil {
		return 0, fmt.Errorf("the proof of inclusion: %w", err)
	}
	verifier, err := cose.NewVerifier(cose.AlgorithmEdDSA, logKey)
	if err != nil {
		return 0, err
	}
	msg.Payload = root
	if err := msg.Verify(nil, verifier); err != nil {
		return 0, errors.New("the log's key did not sign the root that the path leads to")
	}
	return way.Size, nil
}

// PrivateKey reads a log's signing key as log-key writes it (x/mod's note.GenerateKey) and returns it with the id by
// which notes name it.
func PrivateKey(skey string) (ed25519.PrivateKey, []byte, error) {
	// PRIVATE+KEY+name+id+base64, as x/mod writes it; its reader gives no access to the key.
	parts := strings.SplitN(strings.TrimSpace(skey), "+", 5)
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" {
		return nil, nil, errors.New("not a log's signing key")
	}
	data, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(data) != 1+ed25519.SeedSize || data[0] != 1 {
		return nil, nil, errors.New("not a log's signing key of type Ed25519")
	}
	return ed25519.NewKeyFromSeed(data[1:]), []byte(parts[2] + "+" + parts[3]), nil
}
