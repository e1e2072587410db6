package evaluator

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"

	"tallystick/signals"
	"tallystick/signals/oprf"
)

// Purpose says what an evaluation is for.
type Purpose string

// The purposes.
const (
	ToLookUp  Purpose = "look-up"
	ToPublish Purpose = "publish"
)

// Request asks for the evaluation of blinded points.
type Request struct {
	Consortium string    `json:"consortium"`
	Epoch      uint32    `json:"epoch"`
	Time       time.Time `json:"time"`
	Purpose    Purpose   `json:"purpose"`
	Claim      string    `json:"claim"` // SHA-256 over a salt and the claim, which the member can open to a supervisor
	Blinded    []byte    `json:"blinded"`
	// Seen is the newest receipt that the member has of this evaluator: an evaluator whose disk was set back learns it
	// so.
	Seen string `json:"seen,omitempty"`
}

// Answer is what comes back.
type Answer struct {
	Evaluated []byte `json:"evaluated"` // points and proof
	Receipt   string `json:"receipt"`   // signed by the evaluator
}

// Receipt says what an evaluator did for a member.
type Receipt struct {
	Consortium string `json:"consortium"`
	Evaluator  string `json:"evaluator"`
	Meter      string `json:"meter"`
	Budget     int    `json:"budget"`
	Spent
}

const receiptHeader = "tallystick signals receipt v1"

// MaxSkew is how far the clocks of two nodes may be apart.
const MaxSkew = 5 * time.Minute

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// parseRequest reads a request and holds it to its form.
func parseRequest(body []byte) (*Request, error) {
	r := new(Request)
	if len(body) > 16<<10 {
		return nil, errors.New("a request to evaluate has at most 16 KiB")
	}
	if err := json.Unmarshal(body, r, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.New("not a request to evaluate")
	}
	if r.Purpose != ToLookUp && r.Purpose != ToPublish {
		return nil, fmt.Errorf("the purpose is %q or %q", ToLookUp, ToPublish)
	}
	if !digestForm.MatchString(r.Claim) {
		return nil, errors.New("the claim is missing: an identifier is looked up for an open claim, named by a commitment of 64 hexadecimal digits")
	}
	if n := len(r.Blinded); n == 0 || n%oprf.ElementSize != 0 || n > oprf.MaxBatch*oprf.ElementSize {
		return nil, fmt.Errorf("%d bytes of blinded points: %w", n, oprf.ErrBatch)
	}
	return r, nil
}

// OpenReceipt checks who signed a receipt.
func OpenReceipt(text string, evaluator note.Verifier) (*Receipt, error) {
	r := new(Receipt)
	if len(text) > 8<<10 {
		return nil, errors.New("a receipt has at most 8 KiB")
	}
	if err := signals.OpenText([]byte(text), receiptHeader, r, evaluator); err != nil {
		return nil, fmt.Errorf("a receipt of %s: %w", evaluator.Name(), err)
	}
	if r.Evaluator != evaluator.Name() {
		return nil, fmt.Errorf("a receipt that %s signed is of another evaluator", evaluator.Name())
	}
	return r, nil
}
