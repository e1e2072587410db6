package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	xunicode "golang.org/x/text/encoding/unicode"
)

// Bounds on what a file can make us hold or do. A row is far beyond the largest event, and text packs to a tenth: what
// packs two hundred times better was made to fill a machine.
const (
	maxRow       = 1 << 20   // bytes of a row
	maxColumns   = 16_384    // as many as a spreadsheet has
	maxJoined    = 1 << 29   // bytes of a joined file in memory
	gzipRatio    = 200       // bytes out for one in
	gzipAllowed  = 64 << 20  // bytes out before the ratio counts
	sampledBytes = 1 << 16   // looked at to find out charset, ends of lines and delimiter
	gbkEvidence  = 3.0 / 4.0 // of the characters beyond ASCII that are among the 3,755 most used ones of GB 2312
)

var errUnpacked = errors.New("the gz file unpacks to more than 200 times its size: no feed does; unpack it and look at it")

// unpacker reads gz and stops at a file made to fill a machine.
type unpacker struct {
	packed *counter
	gz     *gzip.Reader
	out    int64
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.gz.Read(p)
	if u.out += int64(n); u.out > gzipAllowed && u.out/gzipRatio > u.packed.n {
		return n, errUnpacked
	}
	return n, err
}

// unpack returns what is in r, which may be gz.
func unpack(r io.Reader) (*bufio.Reader, error) {
	packed := &counter{Reader: r}
	in := bufio.NewReaderSize(packed, sampledBytes)
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return in, nil
	}
	gz, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("unpack gz: %w", err)
	}
	return bufio.NewReaderSize(&unpacker{packed: packed, gz: gz}, sampledBytes), nil
}

// decode returns the text of in as UTF-8 without its mark, and the charset where that is not UTF-8. A byte order mark
// says what the text is, whatever the charset is said to be. Without either, a charset is found by the names of columns
// that are wanted: the one under which the first lines have all of them.
func decode(in *bufio.Reader, charset string, wanted []string) (*bufio.Reader, string, error) {
	start, err := in.Peek(sampledBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("read the first lines: %w", err)
	}
	coding, err := charsetOf(charset)
	if err != nil {
		return nil, "", err
	}
	switch {
	case bytes.HasPrefix(start, []byte{0xef, 0xbb, 0xbf}):
		_, err := in.Discard(3)
		return in, "", err
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}):
		coding, charset = xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM), "utf-16le"
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		coding, charset = xunicode.UTF16(xunicode.BigEndian, xunicode.ExpectBOM), "utf-16be"
	case coding == nil && charset == "":
		if charset = wideOf(start); charset == "" && !utf8.Valid(whole(start)) {
			if charset = provenBy(start, wanted); wanted == nil { // a draft: a person looks at what it found
				charset = likelyCharset(start)
			}
		}
		if coding, err = charsetOf(charset); err != nil {
			return nil, "", err
		}
	}
	if coding == nil {
		return in, "", nil
	}
	return bufio.NewReaderSize(coding.NewDecoder().Reader(in), sampledBytes), charset, nil
}

// charsetOf returns nil for UTF-8.
func charsetOf(name string) (encoding.Encoding, error) {
	if name == "" {
		return nil, nil
	}
	coding, err := htmlindex.Get(name)
	if err != nil {
		return nil, fmt.Errorf("charset %q is not known", name)
	}
	if coding == xunicode.UTF8 {
		return nil, nil
	}
	return coding, nil
}

// wideOf tells UTF-16 without a mark by its zeros: text of Latin letters has one in each second byte.
func wideOf(start []byte) string {
	var zeros [2]int
	for i, b := range start {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch half := len(start) / 2; {
	case half == 0:
		return ""
	case zeros[1] > half/2 && zeros[0] < half/16:
		return "utf-16le"
	case zeros[0] > half/2 && zeros[1] < half/16:
		return "utf-16be"
	default:
		return ""
	}
}

// whole leaves out a character at the end that the sample may have cut.
func whole(start []byte) []byte {
	if len(start) < sampledBytes {
		return start
	}
	for i := 1; i <= utf8.UTFMax && i <= len(start); i++ {
		if utf8.RuneStart(start[len(start)-i]) {
			return start[:len(start)-i]
		}
	}
	return start
}

// provenBy returns the charset under which the text has all wanted names that are not ASCII, if there are such names.
func provenBy(start []byte, wanted []string) string {
	for _, charset := range []string{"gb18030", "windows-1252", "windows-1250", "big5", "shift_jis", "euc-kr",
		"windows-1251"} {
		text, found := decoded(start, charset), 0
		for _, name := range wanted {
			if ascii(name) {
				continue
			}
			if !strings.Contains(text, name) {
				found = 0
				break
			}
			found++
		}
		if found > 0 {
			return charset
		}
	}
	return ""
}

// likelyCharset says what text that is not UTF-8 seems to be: a guess, for a person to confirm.
func likelyCharset(start []byte) string {
	beyond, usual := 0, 0
	for i := 0; i < len(start); i++ {
		if start[i] < 0x80 {
			continue
		}
		if i+1 == len(start) {
			break
		}
		beyond++
		if lead, trail := start[i], start[i+1]; lead >= 0xb0 && lead <= 0xd7 && trail >= 0xa1 {
			usual++
		}
		i++
	}
	if beyond > 0 && float64(usual) >= gbkEvidence*float64(beyond) &&
		!strings.ContainsRune(decoded(start, "gb18030"), utf8.RuneError) {
		return "gb18030"
	}
	return "windows-1252"
}

func decoded(text []byte, charset string) string {
	coding, err := charsetOf(charset)
	if err != nil || coding == nil {
		return string(text)
	}
	out, _ := coding.NewDecoder().Bytes(text) // a cut character at the end comes out as the replacement
	return string(out)
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}
