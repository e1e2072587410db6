package entry

import (
	"encoding/base32"
	"errors"
	"strconv"
)

const (
	tokenBytes  = 16
	tokenChars  = 26
	domainChars = 3
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

var errToken = errors.New("a token that is not domain_version_base32")

// TokenText writes a token as people see it: phn_1_ and 26 characters.
func TokenText(dst []byte, domain []byte, version uint32, value []byte) []byte {
	dst = append(append(dst, domain...), '_')
	dst = append(strconv.AppendUint(dst, uint64(version), 10), '_')
	return base32Lower.AppendEncode(dst, value)
}

// ParseToken takes a token's text apart. value gets 16 bytes.
func ParseToken(text string, value []byte) (domain string, version uint32, err error) {
	cut := len(text) - tokenChars - 1
	if cut < domainChars+2 || text[cut] != '_' || text[domainChars] != '_' {
		return "", 0, errToken
	}
	number := text[domainChars+1 : cut]
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 || number[0] == '0' || number[0] == '+' {
		return "", 0, errToken
	}
	var bits [tokenBytes + 1]byte
	if size, err := base32Lower.Decode(bits[:], []byte(text[cut+1:])); err != nil || size != tokenBytes {
		return "", 0, errToken
	}
	copy(value, bits[:tokenBytes])
	var back [tokenChars]byte
	if base32Lower.Encode(back[:], bits[:tokenBytes]); string(back[:]) != text[cut+1:] {
		return "", 0, errToken // leftover bits of another value: two texts for one token
	}
	return text[:domainChars], uint32(n), nil
}
