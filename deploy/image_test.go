package deploy

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// image is what the Dockerfile says, as far as the tests need it.
type image struct {
	from  []string // base images in order
	final []string // lines of the last stage
	build []string // arguments of go build
}

func dockerfile(t *testing.T) image {
	t.Helper()
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var im image
	joined := strings.ReplaceAll(string(text), "\\\n", " ")
	for line := range strings.Lines(joined) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if words[0] == "FROM" {
			words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, "--platform") })
			im.from, im.final = append(im.from, words[1]), nil
		}
		if i := slices.Index(words, "build"); i > 0 && words[i-1] == "go" {
			im.build = words[i+1:]
		}
		im.final = append(im.final, strings.Join(words, " "))
	}
	return im
}

func TestImageIsScratchUnprivilegedAndPinned(t *testing.T) {
	im := dockerfile(t)
	if im.from[len(im.from)-1] != "scratch" {
		t.Errorf("the last stage is from %s", im.from[len(im.from)-1])
	}
	pinned := regexp.MustCompile(`:\d+\.\d+\.\d+(-alpine\d+\.\d+)?(@sha256:[0-9a-f]{64})?$`)
	for _, from := range im.from {
		if from != "scratch" && !pinned.MatchString(from) {
			t.Errorf("base image %s: want an exact version", from)
		}
	}
	for _, want := range []string{"USER 65532:65532", `ENTRYPOINT ["/tallystick"]`} {
		if !slices.Contains(im.final, want) {
			t.Errorf("the last stage lacks %s", want)
		}
	}
	if !slices.ContainsFunc(im.final, func(l string) bool { return strings.HasPrefix(l, "HEALTHCHECK ") }) {
		t.Error("the last stage has no health check")
	}
	for _, l := range im.final {
		if strings.HasPrefix(l, "RUN ") {
			t.Errorf("scratch has no shell for %s", l)
		}
	}
}

// staticBinary builds what the Dockerfile builds, from what .dockerignore lets through, and returns its path.
var staticBinary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tallystick-image-")
	if err != nil {
		return "", err
	}
	src := filepath.Join(dir, "src")
	if err := copyContext(src); err != nil {
		return "", fmt.Errorf("copying what .dockerignore lets through: %w", err)
	}
	binary := filepath.Join(dir, "tallystick")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "static,timetzdata",
		"-ldflags", "-s -w -X tallystick/install.version=image-test", "-o", binary, "./cmd/tallystick")
	cmd.Dir = src
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building as the Dockerfile does: %w\n%s", err, out)
	}
	return binary, errors.Join(os.RemoveAll(src))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built {
		if binary, err := staticBinary(); err == nil {
			_ = os.RemoveAll(filepath.Dir(binary))
		}
	}
	os.Exit(code)
}

var built bool

func binary(t *testing.T) string {
	t.Helper()
	built = true
	path, err := staticBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// copyContext copies the build context to dst. It knows the two kinds of lines that .dockerignore has: !path lets a path
// through, **/pattern takes away again.
func copyContext(dst string) error {
	text, err := os.ReadFile("../.dockerignore")
	if err != nil {
		return err
	}
	var take, drop []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if path, ok := strings.CutPrefix(line, "!"); ok {
			take = append(take, path)
		} else if pattern, ok := strings.CutPrefix(line, "**/"); ok {
			drop = append(drop, pattern)
		} else if line != "" && line != "*" && line[0] != '#' {
			return fmt.Errorf("the test does not know the line %q", line)
		}
	}
	dropped := func(name string) bool {
		return slices.ContainsFunc(drop, func(p string) bool { ok, err := filepath.Match(p, name); return ok && err == nil })
	}
	for _, root := range take {
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if dropped(d.Name()) {
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			}
			rel, err := filepath.Rel("..", path)
			if err != nil {
				return err
			}
			to := filepath.Join(dst, rel)
			if d.IsDir() {
				return os.MkdirAll(to, 0o755)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			return os.WriteFile(to, data, 0o600)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func TestImageBinaryIsStatic(t *testing.T) {
	im := dockerfile(t)
	for _, want := range []string{"-trimpath", "static,timetzdata"} {
		if !slices.Contains(im.build, want) {
			t.Errorf("the Dockerfile builds with %v: want %s", im.build, want)
		}
	}
	path := binary(t)
	out, err := exec.Command(path, "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "tallystick image-test, go") {
		t.Fatalf("version says %q: %v", out, err)
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has an ELF binary to look into")
	}
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary asks for a dynamic linker, which scratch does not have")
		}
	}
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 {
		t.Errorf("the binary needs %v: %v", libs, err)
	}
}

// config is an effective configuration.
type config map[string]any

// effective has the image's binary check a configuration file and returns what it makes of it.
func effective(t *testing.T, path string) config {
	t.Helper()
	cmd := exec.Command(binary(t), "config", "check", "--config", path)
	cmd.Env = []string{}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s is not valid: %v\n%s", path, err, out)
	}
	var c map[string]any
	if err := yaml.Unmarshal(out, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// get returns a value by its dotted key; numbers are places in lists.
func (c config) get(key string) string {
	var v any = map[string]any(c)
	for part := range strings.SplitSeq(key, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(at) {
				return "<missing>"
			}
			v = at[i]
		default:
			return "<missing>"
		}
	}
	if v == nil {
		return "<missing>"
	}
	return fmt.Sprint(v)
}
