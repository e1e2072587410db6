package evm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"tallystick/anchor/internal/durable"
)

// Files of the outbox.
const (
	outboxFile = "outbox.json"
	finalDir   = "final"
	lockFile   = "lock"
)

// outboxVersion is the form of the files.
const outboxVersion = 1

// step is how far a checkpoint has come. Before the first stands what the closings' journal and the log's directory
// keep: sealed, and logged.
type step string

const (
	queued    step = "queued"    // kept here; no transaction yet
	submitted step = "submitted" // a transaction is signed and kept, and sent as often as need be
	included  step = "included"  // the newest block that the nodes agree on knows it
	final     step = "final"     // a final block knows it
)

// item is a checkpoint on its way.
type item struct {
	Size       uint64      `json:"size"`
	Root       common.Hash `json:"root"`
	Checkpoint string      `json:"checkpoint"` // the signed note
	Step       step        `json:"step"`
	Nonce      uint64      `json:"nonce"` // of all Txs
	// those that can still be mined, the newest last; at most one of them will be
	Txs       []tx        `json:"txs,omitempty"`
	SentAt    uint64      `json:"sent_at"`         // block at which the newest was first sent
	Block     uint64      `json:"block,omitempty"` // where it is: included and final
	BlockHash common.Hash `json:"block_hash,omitzero"`
	BlockTime uint64      `json:"block_time,omitempty"`
	GasUsed   uint64      `json:"gas_used,omitempty"`
}

// tx is a signed transaction.
type tx struct {
	Hash   common.Hash   `json:"hash"`
	Raw    hexutil.Bytes `json:"raw"`
	TipCap string        `json:"tip_cap"` // wei for each unit of gas, decimal
	FeeCap string        `json:"fee_cap"`
}

// outboxState is the file, replaced as a whole at each change.
type outboxState struct {
	V        int            `json:"v"`
	ChainID  uint64         `json:"chain_id"`
	Genesis  common.Hash    `json:"genesis"` // two chains can bear one id
	Registry common.Address `json:"registry"`
	Account  common.Address `json:"account"`
	Origin   string         `json:"origin"`
	Final    *item          `json:"final,omitempty"` // the newest that is final
	Items    []item         `json:"items"`           // not final, by size
}

// outbox keeps the state in a directory. Its owner takes turns.
type outbox struct {
	dir   *durable.Dir
	state outboxState
}

// itemsLimit bounds the outbox: more than this can only be in it if the chain has undone that many anchors.
const itemsLimit = 1000

func openOutbox(dir *durable.Dir) (*outbox, error) {
	data, err := dir.ReadFile(outboxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &outbox{dir: dir}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the outbox: %w", err)
	}
	b := &outbox{dir: dir}
	if err := decodeStrictly(data, &b.state); err != nil {
		return nil, fmt.Errorf("opening the outbox: %s is damaged, put it back from a copy or, if nothing is on its way, remove it: %w", outboxFile, err)
	}
	if err := b.state.check(); err != nil {
		return nil, fmt.Errorf("opening the outbox: %s: %w", outboxFile, err)
	}
	return b, nil
}

func decodeStrictly(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func (s *outboxState) check() error {
	if s.V != outboxVersion {
		return fmt.Errorf("has version %d, this program knows %d", s.V, outboxVersion)
	}
	if len(s.Items) > itemsLimit {
		return fmt.Errorf("holds %d checkpoints, at most %d are possible", len(s.Items), itemsLimit)
	}
	last := uint64(0)
	if s.Final != nil {
		last = s.Final.Size
	}
	for _, i := range s.Items {
		if i.Size <= last {
			return errors.New("its checkpoints are not in order")
		}
		if (i.Step == submitted || i.Step == included) != (len(i.Txs) > 0) && i.Step != included {
			return fmt.Errorf("the checkpoint of size %d is %s with %d transactions", i.Size, i.Step, len(i.Txs))
		}
		last = i.Size
	}
	return nil
}

// save makes the state durable. What it says is acted upon only after that: a transaction that is not kept is not sent.
func (b *outbox) save() error {
	b.state.V = outboxVersion
	data, err := json.MarshalIndent(&b.state, "", " ")
	if err != nil {
		return fmt.Errorf("keeping the outbox: %w", err)
	}
	if err := b.dir.WriteFile(outboxFile, data); err != nil {
		return fmt.Errorf("keeping the outbox: %w", err)
	}
	return nil
}

func finalPath(size uint64) string { return path.Join(finalDir, strconv.FormatUint(size, 10)+".json") }

// settle moves the smallest item, which has become final, out of the box.
func (b *outbox) settle(i item) error {
	data, err := json.MarshalIndent(&i, "", " ")
	if err != nil {
		return fmt.Errorf("keeping a final checkpoint: %w", err)
	}
	// A crash between the two writes leaves the item in the box as well: the next look at the chain settles it again.
	if err := b.dir.WriteFile(finalPath(i.Size), data); err != nil {
		return fmt.Errorf("keeping a final checkpoint: %w", err)
	}
	b.state.Final = &i
	b.state.Items = b.state.Items[1:]
	return b.save()
}

// lookup returns a final checkpoint.
func (b *outbox) lookup(size uint64) (*item, error) {
	data, err := b.dir.ReadFile(finalPath(size))
	if err != nil {
		return nil, err
	}
	var i item
	if err := decodeStrictly(data, &i); err != nil || i.Size != size {
		return nil, fmt.Errorf("%s is damaged", finalPath(size))
	}
	return &i, nil
}

func (b *outbox) find(size uint64) *item {
	for i := range b.state.Items {
		if b.state.Items[i].Size == size {
			return &b.state.Items[i]
		}
	}
	return nil
}

// newest returns the largest checkpoint known, final or not; nil if there is none.
func (b *outbox) newest() *item {
	if n := len(b.state.Items); n > 0 {
		return &b.state.Items[n-1]
	}
	return b.state.Final
}
