// Command build makes verify.html: the verifier as WebAssembly, packed, in one file with template, style and script. A
// policy of hashes in it lets nothing else run and nothing be fetched. It prints what the parts weigh.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"tallystick/anchor/page"
)

func main() {
	if err := build("anchor/page"); err != nil {
		fmt.Fprintln(os.Stderr, "building verify.html:", err)
		os.Exit(1)
	}
}

func build(dir string) error {
	work, err := os.MkdirTemp("", "verify-page-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	module := filepath.Join(work, "verify.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", module,
		"./"+filepath.Join(dir, "wasm"))
	// flags of the caller, such as -race, are not for it
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compiling the verifier: %w", err)
	}
	wasm, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	packed, err := pack(wasm)
	if err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking where Go is: %w", err)
	}
	// What starts a Go program in a browser belongs to the Go that compiled it.
	starter, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	source := func(name string) []byte {
		data, readErr := os.ReadFile(filepath.Join(dir, "source", name))
		err = errors.Join(err, readErr)
		return data
	}
	template, style, words, script := source("verify.html"), source("verify.css"), source("words.js"),
		source("verify.js")
	if err != nil {
		return err
	}
	code := bytes.Join([][]byte{starter, words, script}, []byte("\n"))
	if bytes.Contains(bytes.ToLower(code), []byte("</script")) {
		return errors.New("the script holds the end of its own element")
	}
	html := strings.NewReplacer(
		"{{POLICY}}", fmt.Sprintf("default-src 'none'; script-src %s 'wasm-unsafe-eval'; style-src %s; img-src data:; base-uri 'none'; form-action 'none'",
			hashOf(code), hashOf(style)),
		"{{STYLE}}", string(style), "{{PINNED}}", page.PinnedMark,
		"{{WASM}}", base64.StdEncoding.EncodeToString(packed), "{{SCRIPT}}", string(code),
	).Replace(string(template))
	if err := os.WriteFile(filepath.Join(dir, "dist", "verify.html"), []byte(html), 0o644); err != nil {
		return err
	}
	fmt.Printf("verify.html %d KiB; the verifier in it wasm_kib %d, packed %d\n", len(html)/1024, len(wasm)/1024,
		len(packed)/1024)
	return nil
}

func pack(data []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// hashOf is a source of a Content-Security-Policy.
func hashOf(inline []byte) string {
	sum := sha256.Sum256(inline)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
