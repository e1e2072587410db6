package proof

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Limits of the time stamps in a bundle.
const (
	MaxStamps     = 16
	MaxStampBytes = 16 << 10 // of an authority's answer; one with a chain of certificates has some 6 KiB
)

// Stamp is an authority's word (RFC 3161) that a head of the log existed at a time. The head need not be the bundle's
// checkpoint: it holds the same batch entry, so what the entry binds existed before that time, whoever signed the head.
type Stamp struct {
	Head     string `json:"head"`     // the text of a checkpoint of the same log, without signatures
	Hashes   []Hash `json:"hashes"`   // the audit path of the batch entry in it; its index is that of the bundle's log
	Response []byte `json:"response"` // the authority's TimeStampResp on SHA-256 of the head's text, DER
}

// TimeAuthorities is whom the verifier believes the time. timestamp.Trust is one.
type TimeAuthorities interface {
	// VerifyStamp checks an authority's answer on a message. The error is [ErrUntrusted] if nobody who is trusted
	// vouches for the authority, and another one if the stamp is not right.
	VerifyStamp(response, message []byte) (Stamped, error)
}

// ErrUntrusted says that a stamp may be right, but is of an authority that the verifier did not name.
var ErrUntrusted = errors.New("the time stamp is of an authority that you do not trust")

// Stamped is a time stamp that was checked.
type Stamped struct {
	By      string    // the authority's name in its certificate
	Issuer  string    // who vouches for it
	Before  time.Time // what was stamped existed before: the authority's time and its accuracy
	LogSize uint64    // of the head that was stamped
}

func (s *Stamp) check() error {
	if s.Head == "" || len(s.Response) == 0 || len(s.Response) > MaxStampBytes || len(s.Hashes) > maxHashes {
		return errors.New("a time stamp is malformed")
	}
	return nil
}

// verifyStamps checks that each stamped head holds the entry, and the stamps as far as the verifier has named
// authorities. It returns those that hold and counts the others.
func verifyStamps(b *Bundle, origin string, k *keys) (stamped []Stamped, unchecked int, err error) {
	leaf := tlog.RecordHash([]byte(b.Entry))
	for i := range b.Stamps {
		s := &b.Stamps[i]
		head, err := ParseCheckpoint(s.Head)
		if err != nil {
			return nil, 0, failed(StepStamps, fmt.Errorf("stamps[%d]: %w", i, err))
		}
		if head.Origin != origin || head.Text() != s.Head {
			return nil, 0, failed(StepStamps, fmt.Errorf("stamps[%d] is of another log's head", i))
		}
		if err := verifyInclusion(Inclusion{b.Log.Index, s.Hashes}, head.Size, leaf, head.Root); err != nil {
			return nil, 0, failed(StepStamps, fmt.Errorf("stamps[%d], the batch in the stamped head: %w", i, err))
		}
		if k.authorities == nil {
			unchecked++
			continue
		}
		by, err := k.authorities.VerifyStamp(s.Response, []byte(s.Head))
		if errors.Is(err, ErrUntrusted) {
			unchecked++
			continue
		}
		if err != nil {
			return nil, 0, failed(StepStamps, fmt.Errorf("stamps[%d]: %w", i, err))
		}
		by.LogSize = head.Size
		stamped = append(stamped, by)
	}
	if distinct(stamped) < k.stamps {
		return nil, 0, failed(StepStamps, fmt.Errorf("stamps of %d trusted authorities, %d are needed",
			distinct(stamped), k.stamps))
	}
	return stamped, unchecked, nil
}

// distinct counts the authorities, each once however often it stamped.
func distinct(stamped []Stamped) int {
	names := map[[2]string]bool{}
	for _, s := range stamped {
		names[[2]string{s.By, s.Issuer}] = true
	}
	return len(names)
}
