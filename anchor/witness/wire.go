package witness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tallystick/anchor/proof"
)

// Limits of a request. The specification allows 63 lines of proof; a checkpoint with its signatures is small.
const (
	maxProofLines   = 63
	maxRequestBytes = 64 << 10

	sizeContentType = "text/x.tlog.size"
)

// request is the body of add-checkpoint: "old N", the consistency proof in base64 lines, an empty line, the checkpoint.
type request struct {
	oldSize    uint64
	proof      []proof.Hash
	checkpoint []byte
}

func (r request) marshal() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", r.oldSize)
	for _, hash := range r.proof {
		b.WriteString(hash.String() + "\n")
	}
	b.WriteString("\n")
	b.Write(r.checkpoint)
	return b.Bytes()
}

func parseRequest(body []byte) (request, error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return request{}, errors.New("no empty line before the checkpoint")
	}
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	if !ok {
		return request{}, errors.New("the first line is not \"old SIZE\"")
	}
	r := request{checkpoint: checkpoint}
	var err error
	if r.oldSize, err = parseSize(size); err != nil {
		return request{}, err
	}
	if len(lines)-1 > maxProofLines {
		return request{}, fmt.Errorf("more than %d lines of proof", maxProofLines)
	}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != len(proof.Hash{}) {
			return request{}, errors.New("a line of the proof is not 32 bytes in base64")
		}
		r.proof = append(r.proof, proof.Hash(raw))
	}
	return r, nil
}

// parseSize reads a decimal without leading zeros or sign.
func parseSize(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, errors.New("a size is not a plain decimal number")
	}
	return n, nil
}
