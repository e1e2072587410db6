// Package evm is a ledger on an Ethereum-like chain: it makes a log's checkpoints the log's head in the contract
// AnchorRegistry and says when that is final. [Ledger] is an anchor.Ledger with a durable outbox; [Relay] feeds it from
// the log's directory; [Check] asks the chain for what a verifier wants to know, with keys of nobody.
//
// It must not know what a log's entries mean. Nothing that one node says is believed if others are asked too: see
// [Config]. All of go-ethereum stays in here. Each type says who may call it concurrently.
package evm
