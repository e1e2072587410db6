package settlement

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/sha3"

	"tallystick/claim"
)

// Version of entries.
const Version = 1

// Entry is one payment. Its fields are those of the contract's struct Settlement, in its order.
type Entry struct {
	Version    uint8    // 1
	Payee      [20]byte // account on the chain
	Amount     uint64   // in minor units of the currency: cents of USD
	Currency   string   // ISO 4217
	Claim      [32]byte // keyed digest of insurer and claim; see Key
	Record     [32]byte // commitment of the decision's record
	DisputeEnd time.Time
	Nullifier  [32]byte // keyed digest of insurer, claim and number of the payment; see Key
}

// Target is the contract that an entry is for. The commitment binds it, so an entry pays at no other.
type Target struct {
	ChainID  uint64
	Contract [20]byte
}

// Payment is a record of the journal: an entry and where it is to be paid. The same entry with another target moves the
// payment there; both contracts know the nullifier, so it is paid once all the same.
type Payment struct {
	Target Target
	Entry  Entry
}

// word is the unit of contracts: numbers stand right, texts left, the rest is zero.
const word = 32

// PaymentSize is how long a record is: target and entry, each field a word.
const PaymentSize = 10 * word

// ErrEntry means that bytes or fields are not an entry.
var ErrEntry = errors.New("not a settlement entry")

func appendNumber(b []byte, n uint64) []byte {
	b = append(b, make([]byte, word-8)...)
	return binary.BigEndian.AppendUint64(b, n)
}

func appendAddress(b []byte, a [20]byte) []byte {
	b = append(b, make([]byte, word-20)...)
	return append(b, a[:]...)
}

// appendFields adds the entry's eight words, as the contract's abi.encode does.
func (e Entry) appendFields(b []byte) []byte {
	b = appendNumber(b, uint64(e.Version))
	b = appendAddress(b, e.Payee)
	b = appendNumber(b, e.Amount)
	b = append(append(b, e.Currency...), make([]byte, word-len(e.Currency))...)
	b = append(b, e.Claim[:]...)
	b = append(b, e.Record[:]...)
	b = appendNumber(b, uint64(e.DisputeEnd.Unix()))
	return append(b, e.Nullifier[:]...)
}

// Marshal returns the record's bytes after checking the fields.
func (p Payment) Marshal() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	b := make([]byte, 0, PaymentSize)
	b = appendNumber(b, p.Target.ChainID)
	b = appendAddress(b, p.Target.Contract)
	return p.Entry.appendFields(b), nil
}

// Parse reads what Marshal wrote and accepts nothing else, so that one payment has one spelling.
func Parse(data []byte) (Payment, error) {
	if len(data) != PaymentSize {
		return Payment{}, fmt.Errorf("%w: %d bytes, want %d", ErrEntry, len(data), PaymentSize)
	}
	at := func(i int) []byte { return data[i*word : (i+1)*word] }
	number := func(i int) uint64 { return binary.BigEndian.Uint64(at(i)[word-8:]) }
	var p Payment
	p.Target.ChainID = number(0)
	p.Target.Contract = [20]byte(at(1)[word-20:])
	e := &p.Entry
	e.Version, e.Amount, e.Currency = uint8(number(2)), number(4), string(at(5)[:3])
	e.Payee = [20]byte(at(3)[word-20:])
	e.Claim, e.Record, e.Nullifier = [32]byte(at(6)), [32]byte(at(7)), [32]byte(at(9))
	if number(8) > lastSecond {
		return Payment{}, fmt.Errorf("%w: the dispute time ends after the year 9999", ErrEntry)
	}
	e.DisputeEnd = time.Unix(int64(number(8)), 0).UTC()
	again, err := p.Marshal()
	if err != nil {
		return Payment{}, err
	}
	if !bytes.Equal(again, data) {
		return Payment{}, fmt.Errorf("%w: not in the one spelling", ErrEntry)
	}
	return p, nil
}

// lastSecond is the end of the year 9999.
const lastSecond = 253402300799

func (p Payment) check() error {
	e := p.Entry
	switch {
	case e.Version != Version:
		return fmt.Errorf("%w: version %d, known is %d", ErrEntry, e.Version, Version)
	case p.Target.ChainID == 0 || p.Target.Contract == [20]byte{}:
		return fmt.Errorf("%w: it names no contract", ErrEntry)
	case e.Payee == [20]byte{}:
		return fmt.Errorf("%w: it names no payee", ErrEntry)
	case e.Amount == 0:
		return fmt.Errorf("%w: the amount is zero", ErrEntry)
	case e.Claim == [32]byte{} || e.Record == [32]byte{} || e.Nullifier == [32]byte{}:
		return fmt.Errorf("%w: claim, record or nullifier is missing", ErrEntry)
	case e.DisputeEnd.Unix() <= 0 || e.DisputeEnd.Unix() > lastSecond || e.DisputeEnd.Nanosecond() != 0:
		return fmt.Errorf("%w: the end of the dispute time is not a whole second of this age", ErrEntry)
	}
	if _, ok := claim.MinorUnits(e.Currency); !ok || len(e.Currency) != 3 {
		return fmt.Errorf("%w: the currency is none of ISO 4217 with a minor unit", ErrEntry)
	}
	return nil
}

// The contract's EIP-712 domain and struct.
var (
	domainType = keccak([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	domainName = keccak([]byte("Tallystick settlement"))
	domainVer  = keccak([]byte("1"))
	structType = keccak([]byte("Settlement(uint8 version,address payee,uint256 amount,bytes3 currency,bytes32 claim," +
		"bytes32 record,uint64 disputeEnd,bytes32 nullifier)"))
)

func keccak(parts ...[]byte) [32]byte {
	h := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

// Commitment returns what stands for the payment in a batch: its EIP-712 digest, which the contract computes as well.
// Nullifier and claim are keyed, so it tells nobody anything who was not told the fields.
func (p Payment) Commitment() [32]byte {
	domain := append(append(append([]byte(nil), domainType[:]...), domainName[:]...), domainVer[:]...)
	domain = appendAddress(appendNumber(domain, p.Target.ChainID), p.Target.Contract)
	separator, fields := keccak(domain), keccak(structType[:], p.Entry.appendFields(nil))
	return keccak([]byte{0x19, 0x01}, separator[:], fields[:])
}
