package stamper

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/digitorus/timestamp"

	"tallystick/anchor/proof"
)

// Authority is a time-stamping authority that is reached over HTTP (RFC 3161, 3.4).
type Authority struct {
	address string
	name    string
	client  *http.Client
}

// NewAuthority returns the authority at an address, http or https. The protocol is signed, so it needs no TLS; a name
// or password in the address is refused, since addresses are logged.
func NewAuthority(address string) (*Authority, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" {
		return nil, errors.New("want the address of an authority such as https://tsa.example.org/tsr, without name, password or query")
	}
	return &Authority{address: address, name: u.Host + u.Path, client: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is the address without its scheme.
func (a *Authority) Name() string { return a.name }

// Ask has a message stamped. It checks that the answer is on this request; whether the authority is trusted, the caller
// asks.
func (a *Authority) Ask(ctx context.Context, message []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(message)
	query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Certificates: true,
		Nonce: nonce}).Marshal()
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.address, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	res, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the time authority: %w", err)
	}
	defer res.Body.Close()
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); res.StatusCode/100 != 2 ||
		kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("the time authority %s answered %s and %q, and no time stamp", a.name, res.Status, kind)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, proof.MaxStampBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the time stamp: %w", err)
	}
	if len(answer) > proof.MaxStampBytes {
		return nil, fmt.Errorf("the time authority %s answered more than %d bytes", a.name, proof.MaxStampBytes)
	}
	stamp, err := timestamp.ParseResponse(answer)
	if err != nil {
		return nil, fmt.Errorf("the time authority %s: %w", a.name, err)
	}
	if stamp.Nonce == nil || stamp.Nonce.Cmp(nonce) != 0 {
		return nil, fmt.Errorf("the time authority %s answered another request: its nonce is not ours", a.name)
	}
	return answer, nil
}
