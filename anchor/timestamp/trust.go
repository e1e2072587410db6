package timestamp

import (
	"bytes"
	"crypto/sha1" // RFC 2634 names certificates by it; only who holds the key can sign under another
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/sigstore/timestamp-authority/v2/pkg/verification"

	"tallystick/anchor/proof"
)

// maxTrusted bounds a list; the European Union's whole list of time-stamping services has some hundred certificates.
const maxTrusted = 1000

// Trust is whom the verifier believes the time: certificates of authorities, or of whoever vouches for them.
type Trust struct {
	roots []*x509.Certificate
}

// ParseTrust reads a list: certificates in PEM. Other text between them is passed over, as in the lists that are
// published.
func ParseTrust(list []byte) (*Trust, error) {
	t := &Trust{}
	for {
		var block *pem.Block
		if block, list = pem.Decode(list); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("the list of time authorities holds a %q: want certificates alone", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d in the list of time authorities: %w", len(t.roots)+1, err)
		}
		if t.roots = append(t.roots, cert); len(t.roots) > maxTrusted {
			return nil, fmt.Errorf("the list of time authorities has more than %d certificates", maxTrusted)
		}
	}
	if len(t.roots) == 0 {
		return nil, errors.New("the list of time authorities holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")
	}
	return t, nil
}

// Ends returns when the first certificate of the list ends. Stamps that it made before are good after; new ones are
// not.
func (t *Trust) Ends() time.Time {
	var first time.Time
	for _, cert := range t.roots {
		if first.IsZero() || cert.NotAfter.Before(first) {
			first = cert.NotAfter
		}
	}
	return first
}

// VerifyStamp implements [proof.TimeAuthorities].
func (t *Trust) VerifyStamp(response, message []byte) (proof.Stamped, error) {
	// The library's chain check takes the stamp's own time, since no other is given: a certificate that has ended since
	// is no fault.
	stamp, err := verification.VerifyTimestampResponse(response, bytes.NewReader(message),
		verification.VerifyOpts{Roots: t.roots})
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return proof.Stamped{}, proof.ErrUntrusted
	}
	if err != nil {
		return proof.Stamped{}, fmt.Errorf("the time stamp is not right: %w", err)
	}
	message7, err := pkcs7.Parse(stamp.RawToken)
	if err != nil {
		return proof.Stamped{}, fmt.Errorf("the time stamp is not right: %w", err)
	}
	signer := message7.GetOnlySigner()
	if signer == nil {
		return proof.Stamped{}, errors.New("the time stamp is not right: it has no one signer")
	}
	if signer.IsCA {
		return proof.Stamped{}, errors.New("the time stamp is not right: it is signed by an authority for certificates, not for time")
	}
	if err := namesSigner(message7, signer); err != nil {
		return proof.Stamped{}, fmt.Errorf("the time stamp is not right: %w", err)
	}
	return proof.Stamped{By: nameOf(signer), Issuer: issuerOf(signer), Before: stamp.Time.Add(stamp.Accuracy).UTC()},
		nil
}

var (
	signingCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12} // RFC 2634
	signingCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // RFC 5035
	sha256OID            = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// namesSigner checks that the stamp names, under its signature, the certificate that it is checked with (RFC 3161,
// 2.4.1): otherwise another certificate of the same key could be put in its place. The library leaves that out.
func namesSigner(message *pkcs7.PKCS7, signer *x509.Certificate) error {
	var v2 struct {
		Certs []struct {
			Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
			Hash      []byte
			Serial    asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := message.UnmarshalSignedAttribute(signingCertificateV2, &v2); err == nil && len(v2.Certs) > 0 {
		return sameHash(v2.Certs[0].Hash, v2.Certs[0].Algorithm.Algorithm, signer)
	}
	var v1 struct {
		Certs []struct {
			Hash   []byte
			Serial asn1.RawValue `asn1:"optional"`
		}
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := message.UnmarshalSignedAttribute(signingCertificate, &v1); err != nil || len(v1.Certs) == 0 {
		return errors.New("it does not name its signer's certificate")
	}
	if sum := sha1.Sum(signer.Raw); !bytes.Equal(sum[:], v1.Certs[0].Hash) {
		return errOtherSigner
	}
	return nil
}

var errOtherSigner = errors.New("it names another certificate as its signer's")

// nameOf returns how a certificate names its holder, and issuerOf who issued it.
func nameOf(cert *x509.Certificate) string {
	return firstOf(cert.Subject.CommonName, strings.Join(cert.Subject.Organization, ", "), cert.Subject.String())
}

func issuerOf(cert *x509.Certificate) string {
	return firstOf(strings.Join(cert.Issuer.Organization, ", "), cert.Issuer.CommonName, cert.Issuer.String())
}

func firstOf(names ...string) string {
	for _, name := range names {
		if name != "" {
			return name
		}
	}
	return "no name"
}
