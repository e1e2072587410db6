package neighbour

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const token = "a token of twenty characters"

// start serves an end point that returns what it was sent.
func start(t *testing.T, s Secrets) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
		var text string
		if Read(w, r, &text) {
			if err := Answer(w, text); err != nil {
				t.Error(err)
			}
		}
	})
	l, err := Listen(t.Context(), "127.0.0.1:0", s)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, s, mux, nil) }()
	t.Cleanup(func() { stop(); <-done })
	return l.Addr().String()
}

func TestOnlyWhoHasTheTokenIsAnswered(t *testing.T) {
	address := start(t, Secrets{Token: token})
	for _, c := range []struct{ token, code string }{{token, ""}, {"another token of twenty", "token"}} {
		client, err := Dial("http://"+address, Secrets{Token: c.token})
		if err != nil {
			t.Fatal(err)
		}
		var out string
		err = client.Ask(t.Context(), "POST", "/say", "hello", &out)
		var p *Problem
		if errors.As(err, &p); c.code == "" && out != "hello" || c.code != "" &&
			(p == nil || p.Code != c.code || out != "") {
			t.Errorf("%q: %q, %v", c.token, out, err)
		}
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	address := start(t, Secrets{Token: token})
	client, err := Dial("http://"+address, Secrets{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	var p *Problem
	if err := client.Ask(t.Context(), "POST", "/say", map[string]int{"x": 1}, nil); !errors.As(err, &p) ||
		p.Code != "question" {
		t.Error(err)
	}
	if err := client.Ask(t.Context(), "POST", "/say", strings.Repeat("x", maxBody+1), nil); !errors.As(err, &p) ||
		p.Code != "question" {
		t.Error("a long question:", err)
	}
	if err := client.Ask(t.Context(), "POST", "/nothing", "x", nil); !errors.Is(err, ErrAway) {
		t.Error("what is no end point of ours:", err)
	}
}

func TestBeyondLoopbackBothShowCertificates(t *testing.T) {
	if _, err := Listen(t.Context(), "0.0.0.0:0", Secrets{Token: token}); err == nil {
		t.Error("it listens for everybody without a certificate")
	}
	for _, url := range []string{"http://reveal.example.org:8085", "https://127.0.0.1:1", "ftp://127.0.0.1",
		"http://user@127.0.0.1"} {
		if _, err := Dial(url, Secrets{Token: token}); err == nil {
			t.Error("taken:", url)
		}
	}
	if _, err := Dial("http://127.0.0.1:1", Secrets{Token: "short"}); err == nil {
		t.Error("a short token was taken")
	}
	ours, theirs := pair(t), pair(t)
	address := start(t, Secrets{token, ours})
	for _, c := range []struct {
		name string
		pair *Pair
		good bool
	}{{"of ours", ours, true}, {"of a stranger", theirs, false}} {
		client, err := Dial("https://"+address, Secrets{token, c.pair})
		if err != nil {
			t.Fatal(err)
		}
		var out string
		if err := client.Ask(t.Context(), "POST", "/say", "hello", &out); (err == nil) != c.good {
			t.Errorf("a certificate %s: %v", c.name, err)
		}
	}
}

// pair is a certificate that is its own authority.
func pair(t *testing.T) *Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "neighbour"}, NotAfter: time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, file := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der},
		file: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := LoadPair(cert, file, cert)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
