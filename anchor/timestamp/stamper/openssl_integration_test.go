//go:build integration

package stamper_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/timestamptest"
)

const opensslConfig = `
[tsa]
default_tsa = it
[it]
serial = $dir/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500
ess_cert_id_chain = yes
ess_cert_id_alg = ALG
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = critical,CA:FALSE
[req]
distinguished_name = dn
[dn]
`

// OpenSSL's authority is a stranger's: its answers, with RSA and either way to name the signer, are kept and hold; and
// OpenSSL agrees about what was stamped.
func TestOpenSSLIsTheAuthority(t *testing.T) {
	for _, algorithm := range []string{"sha1", "sha256", "sha512"} {
		t.Run(algorithm, func(t *testing.T) { testOpenSSL(t, algorithm) })
	}
}

func testOpenSSL(t *testing.T, algorithm string) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	openssl := func(args ...string) []byte {
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "dir="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return out
	}
	write := func(name, text string) {
		if err := os.WriteFile(path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ts.cnf", "dir = "+dir+"\n"+strings.Replace(opensslConfig, "ALG", algorithm, 1))
	write("serial", "01\n")
	openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
		"/O=OpenSSL Time/CN=root", "-days", "30")
	openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=tsa")
	openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem",
		"-days", "20", "-extfile", "ts.cnf", "-extensions", "ext")

	address := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(path("q"), query, 0o600)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		cmd := exec.Command("openssl", "ts", "-reply", "-config", path("ts.cnf"), "-queryfile", path("q"), "-inkey",
			path("tsa.key"), "-signer", path("tsa.pem"), "-out", path("r"))
		if out, err := cmd.CombinedOutput(); err != nil {
			http.Error(w, string(out), http.StatusInternalServerError)
			return
		}
		reply, err := os.ReadFile(path("r"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(reply)
	}))
	list, err := os.ReadFile(path("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, timestamptest.New(t, timestamptest.Options{}))
	if r.trust, err = timestamp.ParseTrust(list); err != nil {
		t.Fatal(err)
	}
	r.heads.size.Store(4)
	s := r.run(t, time.Hour, address)
	wait(t, "OpenSSL has stamped", func() bool {
		if err := s.State()[0].Err; err != nil {
			t.Fatal(err)
		}
		return s.State()[0].Size == 4
	})
	stamps, err := r.store.For(3)
	if err != nil || len(stamps) != 1 {
		t.Fatalf("%d stamps, %v", len(stamps), err)
	}
	write("head", stamps[0].Head)
	write("stamp", string(stamps[0].Response))
	openssl("ts", "-verify", "-data", "head", "-in", "stamp", "-CAfile", "ca.pem")
	if got := s.State()[0].At; time.Since(got) > time.Minute || time.Until(got) > 10*time.Second {
		t.Errorf("the stamp says %s", got)
	}
}
