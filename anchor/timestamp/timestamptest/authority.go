// Package timestamptest is a time-stamping authority for tests: real certificates, real stamps (RFC 3161), made here
// and served on loopback. Its Options make what a real authority does wrong. Only tests import it. Enter at [New].
package timestamptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
)

// Options of an authority; zero is a good one.
type Options struct {
	From, Until  time.Time // of its certificates; zero: an hour ago, for ten years
	Intermediate bool      // between the root and the authority; the list then holds the intermediate alone
	ForServers   bool      // the certificate is for TLS servers
	NotCritical  bool      // the certificate's use is not marked critical
	SignedByCA   bool      // the root signs stamps itself
}

// Authority stamps with its own certificate.
type Authority struct {
	Root []byte // what a verifier lists, PEM

	cert     *x509.Certificate
	key      *ecdsa.PrivateKey
	requests atomic.Int64
}

var timeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}

// New makes an authority.
func New(t testing.TB, o Options) *Authority {
	t.Helper()
	if o.From.IsZero() {
		o.From = time.Now().Add(-time.Hour)
	}
	if o.Until.IsZero() {
		o.Until = o.From.AddDate(10, 0, 0)
	}
	template := func(name string, ca bool) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: serial(t), Subject: pkix.Name{CommonName: name, Organization: []string{"Example Time"}},
			NotBefore: o.From, NotAfter: o.Until,
			IsCA: ca, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
	}
	rootKey, key := newKey(t), newKey(t)
	root := issue(t, template("Example Root", true), nil, rootKey, rootKey)
	listed, issuer, issuerKey := root, root, rootKey
	if o.Intermediate {
		middleKey := newKey(t)
		issuer, issuerKey = issue(t, template("Example Intermediate", true), root, middleKey, rootKey), middleKey
		listed = issuer
	}
	leaf := template("Example TSA", o.SignedByCA)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	if o.ForServers {
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	} else {
		value, err := asn1.Marshal([]asn1.ObjectIdentifier{timeStamping})
		if err != nil {
			t.Fatal(err)
		}
		leaf.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: !o.NotCritical,
			Value: value}}
	}
	return &Authority{
		Root: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: listed.Raw}),
		cert: issue(t, leaf, issuer, key, issuerKey), key: key,
	}
}

// Stamp returns the authority's answer on a message at a time.
func (a *Authority) Stamp(t testing.TB, message []byte, at time.Time) []byte {
	t.Helper()
	sum := sha256.Sum256(message)
	response, err := a.answer(&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum[:]}, at)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// Requests returns how many requests came over HTTP.
func (a *Authority) Requests() int { return int(a.requests.Load()) }

// ServeHTTP answers as RFC 3161, 3.4 says.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests.Add(1)
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	response, err := a.answer(request, time.Now().Truncate(time.Second))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(response)
}

func (a *Authority) answer(request *timestamp.Request, at time.Time) ([]byte, error) {
	stamp := timestamp.Timestamp{
		HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: at, Accuracy: time.Second,
		Nonce:  request.Nonce,
		Policy: asn1.ObjectIdentifier{1, 2, 3, 4, 1}, AddTSACertificate: true,
	}
	return stamp.CreateResponseWithOpts(a.cert, a.key, crypto.SHA256)
}

func issue(t testing.TB, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	return n.Add(n, big.NewInt(1))
}
