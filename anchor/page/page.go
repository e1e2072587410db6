package page

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// ErrUnbuilt says that this program was built without the page.
var ErrUnbuilt = errors.New("this program was built without verify.html: build it with `make build`, or make the page with `make page` and build again")

// PinnedMark is where the page's keys stand; the builder leaves it in the page.
const PinnedMark = `<script type="application/json" id="pinned">null</script>`

// Page returns verify.html. Keys, if there are any, are pinned: the page verifies with them alone and shows their
// fingerprint, which whoever is given the page compares by another way.
func Page(keys []byte) ([]byte, error) {
	built, err := fs.ReadFile(dist, "dist/verify.html")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrUnbuilt
	}
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return built, nil
	}
	pinned, err := json.Marshal(string(keys)) // which escapes < and >, so that nothing in it ends the element
	if err != nil {
		return nil, err
	}
	if bytes.Count(built, []byte(PinnedMark)) != 1 {
		return nil, fmt.Errorf("verify.html has no place for keys: it was built from another version; run `make page`")
	}
	return bytes.Replace(built, []byte(PinnedMark), bytes.Replace([]byte(PinnedMark), []byte("null"), pinned, 1), 1),
		nil
}
