// Package contracts holds the smart contracts and what Go needs to call them: their sources (*.sol), what the compiler made of
// them (artifacts), and bindings made by abigen. AnchorRegistry keeps one head for each log, ClaimSettlement is an escrow
// that pays on proof, testtoken is money for tests.
//
// It must not know how a transaction is sent or whether one has become final: that is package evm. The bindings are
// stateless and may be used concurrently. After a change to a contract: make contracts.
package contracts

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed artifacts/AnchorRegistry.json
var registryArtifact []byte

// artifact is what compile.cjs writes.
type artifact struct {
	Contract string          `json:"contract"`
	Compiler string          `json:"compiler"`
	ABI      json.RawMessage `json:"abi"`
	Deploy   string          `json:"deploy"`
	Runtime  string          `json:"runtime"`
}

// RegistryCode returns the code that an AnchorRegistry has on its chain, so that another contract is not taken for one.
var RegistryCode = sync.OnceValue(func() []byte {
	var a artifact
	if err := json.Unmarshal(registryArtifact, &a); err != nil {
		panic("the embedded artifact of AnchorRegistry: " + err.Error()) // a test reads it
	}
	code, err := hex.DecodeString(strings.TrimPrefix(a.Runtime, "0x"))
	if err != nil || len(code) == 0 {
		panic("the embedded artifact of AnchorRegistry holds no code")
	}
	return code
})
