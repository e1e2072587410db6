package timestamp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // what authorities name their certificates by
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"errors"
)

// sameHash holds a hash of a certificate to that certificate; no algorithm is SHA-256 (RFC 5035, 4).
func sameHash(hash []byte, algorithm asn1.ObjectIdentifier, cert *x509.Certificate) error {
	var h crypto.Hash
	switch algorithm.String() {
	case "", sha256OID.String():
		h = crypto.SHA256
	case "2.16.840.1.101.3.4.2.2":
		h = crypto.SHA384
	case "2.16.840.1.101.3.4.2.3":
		h = crypto.SHA512
	default:
		return errors.New("it names its signer's certificate by a hash that is not read")
	}
	sum := h.New()
	sum.Write(cert.Raw)
	if !bytes.Equal(sum.Sum(nil), hash) {
		return errOtherSigner
	}
	return nil
}
