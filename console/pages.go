package console

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Pages serves built pages. A path that is no file is a place inside the pages and gets their start, under a nonce that
// is new each time. Files under assets carry their content's digest in their name and may be kept for ever.
func Pages(files fs.FS) (http.Handler, error) {
	start, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	h := &pages{start: start, files: map[string]page{}}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "index.html" {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		h.files["/"+name] = newPage(name, data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the pages: %w", err)
	}
	return h, nil
}

type pages struct {
	start []byte
	files map[string]page // by path
}

type page struct {
	kind         string
	data, packed []byte // packed is nil where it saves nothing
}

func newPage(name string, data []byte) page {
	p := page{kind: mime.TypeByExtension(path.Ext(name)), data: data}
	if p.kind == "" {
		p.kind = "application/octet-stream"
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is allowed, and a buffer takes everything
	_, _ = w.Write(data)
	_ = w.Close()
	if b.Len() < len(data)*9/10 {
		p.packed = b.Bytes()
	}
	return p
}

// nonceMark is where the start page wants its nonce.
const nonceMark = "{{nonce}}"

func (h *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "pages can only be read", http.StatusMethodNotAllowed)
		return
	}
	f, ok := h.files[r.URL.Path]
	if !ok {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			http.NotFound(w, r)
			return
		}
		nonce := rand.Text()
		w.Header().Set("Content-Security-Policy", policyFor(nonce))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(bytes.ReplaceAll(h.start, []byte(nonceMark), []byte(nonce)))
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	data := f.data
	if f.packed != nil {
		w.Header().Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			data = f.packed
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}
