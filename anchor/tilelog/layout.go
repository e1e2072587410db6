package tilelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight

	checkpointFile = "checkpoint" // what the world sees; see Log.Publish
	lockFile       = ".state/lock"
	signedFile     = "signed" // in the state's directory: the newest head that was signed, perhaps not witnessed yet
	stateSuffix    = ".state" // of the state's directory, which stands beside the log's

	// maxEntry is what the length prefix of an entry bundle can say.
	maxEntry = 1<<16 - 1
	// maxSize keeps sizes in the range in which x/mod's tree arithmetic is exact.
	maxSize = 1 << 40
)

// tilePath returns the C2SP path of a tile: x/mod puts the height in, the specification leaves it out, and it names
// entries "entries".
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", t.H))
	if rest, ok := strings.CutPrefix(path, "data/"); ok {
		path = "entries/" + rest
	}
	return "tile/" + path
}

// historyPath returns where the published checkpoint of a size is kept, in the numbering of tiles.
func historyPath(size uint64) string {
	full := tlog.Tile{H: tileHeight, N: int64(size), W: tileWidth}
	return "checkpoints" + strings.TrimPrefix(full.Path(), fmt.Sprintf("tile/%d/0", tileHeight))
}

// appendEntry adds an entry to a bundle: its length as big-endian uint16, then its bytes.
func appendEntry(bundle []byte, entry string) []byte {
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
	return append(bundle, entry...)
}

// splitBundle returns the entries of a bundle.
func splitBundle(bundle []byte) ([]string, error) {
	var entries []string
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, errors.New("entry bundle is cut short")
		}
		n := int(binary.BigEndian.Uint16(bundle))
		if bundle = bundle[2:]; n > len(bundle) {
			return nil, errors.New("entry bundle is cut short")
		}
		entries = append(entries, string(bundle[:n]))
		bundle = bundle[n:]
	}
	return entries, nil
}
