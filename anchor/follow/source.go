package follow

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tallystick/anchor/tilelog"
)

// Source is where the log is published; what it gives is not trusted. See [tilelog.Source].
type Source = tilelog.Source

// OpenSource returns the log at an address (http or https) or in a folder.
func OpenSource(place string) (Source, error) {
	if !strings.Contains(place, "://") {
		info, err := os.Stat(place)
		if err != nil {
			return nil, fmt.Errorf("the log's place: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("the log's place %s is no folder", place)
		}
		return folder(place), nil
	}
	u, err := url.Parse(place)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" ||
		u.Fragment != "" {
		return nil, fmt.Errorf("the log's address: want http(s)://host/prefix")
	}
	return &site{prefix: u, client: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// site is a log on a web server.
type site struct {
	prefix *url.URL
	client *http.Client
}

// Fetch implements [Source].
func (s *site) Fetch(ctx context.Context, path string, limit int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.prefix.JoinPath(path).String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return readUpTo(resp.Body, path, limit)
	case http.StatusNotFound, http.StatusGone:
		return nil, &fs.PathError{Op: "get", Path: path, Err: fs.ErrNotExist}
	}
	return nil, fmt.Errorf("getting %s: the server answered %d", path, resp.StatusCode)
}

// folder is a log in a directory of this machine.
type folder string

// Fetch implements [Source].
func (f folder) Fetch(_ context.Context, path string, limit int64) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readUpTo(file, path, limit)
}

func readUpTo(r io.Reader, path string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return data, nil
}
