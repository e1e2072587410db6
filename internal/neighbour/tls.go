package neighbour

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
)

// Pair is the certificate of this process and who may have signed that of the other.
type Pair struct {
	own   tls.Certificate
	peers *x509.CertPool
}

// LoadPair reads a certificate, its key and the authorities of the other side, all in PEM.
func LoadPair(certFile, keyFile, caFile string) (*Pair, error) {
	own, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate and its key: %w", err)
	}
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities of the other side: %w", err)
	}
	p := &Pair{own, x509.NewCertPool()}
	if !p.peers.AppendCertsFromPEM(text) {
		return nil, errors.New("the file of authorities holds no certificate in PEM")
	}
	return p, nil
}

// listener is l itself where there is no pair.
func (p *Pair) listener(l net.Listener) net.Listener {
	if p == nil {
		return l
	}
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{p.own}, ClientCAs: p.peers, ClientAuth: tls.RequireAndVerifyClientCert,
		MinVersion: tls.VersionTLS13,
	})
}

// transport ignores proxies of the environment: what is asked goes to the neighbour or nowhere.
func (p *Pair) transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 4}
	if p != nil {
		t.TLSClientConfig = &tls.Config{Certificates: []tls.Certificate{p.own}, RootCAs: p.peers,
			MinVersion: tls.VersionTLS13}
	}
	return t
}
