// Package testtoken is money that anybody can make more of, for tests and demonstrations. It must never stand for real money.
// The binding is made by abigen; it is stateless.
package testtoken

import "github.com/ethereum/go-ethereum/common"

// Code returns what makes the contract.
func Code() []byte { return common.FromHex(TestTokenMetaData.Bin) }
