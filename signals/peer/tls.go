package peer

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// ErrPeer means that the other end is not whom the consortium's file lists.
var ErrPeer = errors.New("the other end shows a key that the consortium's file does not list for it")

// certificate wraps a node's key, since TLS carries keys in certificates. Nothing in it counts but the key.
func certificate(key ed25519.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0),
		NotAfter: time.Unix(1<<36, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making the node's certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// keyOf returns the key of the other end, whose possession the handshake has proved.
func keyOf(state *tls.ConnectionState) (ed25519.PublicKey, error) {
	if state == nil || len(state.PeerCertificates) != 1 {
		return nil, ErrPeer
	}
	key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return nil, ErrPeer
	}
	return key, nil
}

// serverTLS asks the client for a certificate; which one may do what is decided at each request, since the file may
// change.
func serverTLS(key ed25519.PrivateKey) (*tls.Config, error) {
	own, err := certificate(key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{own},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true, // each connection proves the key anew, so that a revoked one ends
	}, nil
}

// clientTLS pins the server's key.
func clientTLS(key ed25519.PrivateKey, server ed25519.PublicKey) (*tls.Config, error) {
	own, err := certificate(key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		Certificates:       []tls.Certificate{own},
		InsecureSkipVerify: true, // no authority and no name: VerifyConnection compares the one key that is right
		VerifyConnection: func(state tls.ConnectionState) error {
			got, err := keyOf(&state)
			if err != nil {
				return err
			}
			if !got.Equal(server) {
				return ErrPeer
			}
			return nil
		},
	}, nil
}
