package testenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tallystick/analytics/engine"
)

// anvilVersion is the one that the Makefile fetches.
const anvilVersion = "1.7.1"

// AnvilKeys are the private keys of the first accounts of every anvil, which anvil publishes; each account has 10,000
// ether.
var AnvilKeys = []string{
	"ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
	"59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
	"5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
}

// AnvilOptions of a chain of the test's own.
type AnvilOptions struct {
	ChainID uint64 // 0: 31337
	// Args are added to anvil's. Without them each transaction is a block of its own, at once.
	Args []string
}

// StartAnvil starts an EVM node with a chain for this test alone; Server.Addr is its URL. The chain is gone with the
// process.
func StartAnvil(t testing.TB, opts AnvilOptions) *Server {
	t.Helper()
	s, err := startAnvil(opts)
	return own(t, s, err)
}

func startAnvil(opts AnvilOptions) (*Server, error) {
	cache, err := engine.CacheDir()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(cache, "bin", "anvil-"+anvilVersion)
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("starting anvil %s: it is not here: run `make anvil` (or `make test`) to fetch it: %w",
			anvilVersion, err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tallystick-anvil-")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Addr: "http://" + loopback(port), name: "anvil", dir: dir, env: []string{"HOME=" + dir},
		command: append([]string{
			binary, "--host", "127.0.0.1", "--port", strconv.Itoa(port), "--chain-id",
			strconv.FormatUint(max(opts.ChainID, 1), 10), "--silent",
		}, opts.Args...),
	}
	if opts.ChainID == 0 {
		s.command[6] = "31337"
	}
	s.ready = func(ctx context.Context) error { return anvilReady(ctx, s.Addr) }
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func anvilReady(ctx context.Context, url string) error {
	question := []byte(`{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(question))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Result string `json:"result"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Result == "" {
		return errors.New("no chain id")
	}
	return nil
}
