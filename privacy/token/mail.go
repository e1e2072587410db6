package token

import (
	"bytes"

	"golang.org/x/net/idna"
)

// mail appends the bare address in small letters: without the name beside it, a link's beginning and end, and the full
// stop of a sentence; its domain as DNS has it.
func (n *Normaliser) mail(dst, value []byte) []byte {
	text := n.folded(sameScript(value))
	if open := bytes.LastIndexByte(text, '<'); open >= 0 {
		if shut := bytes.IndexByte(text[open:], '>'); shut > 0 && bytes.IndexByte(text[open:open+shut], '@') > 0 {
			text = text[open+1 : open+shut]
		}
	}
	text = bytes.TrimSpace(text)
	for _, before := range []string{"mailto:", "e-mail:", "email:", "mail:"} {
		text = bytes.TrimPrefix(text, []byte(before))
	}
	text, _ = bracketed(text)
	at := bytes.IndexByte(text, '@')
	if at < 0 {
		return appendUnspaced(dst, text)
	}
	if end := bytes.IndexAny(text[at:], "?,;> "); end > 0 && len(bytes.TrimSpace(text[at+1:at+end])) > 0 {
		text = text[:at+end] // a link's query, or another address
	}
	local, domain := text[:at], bytes.TrimRight(bytes.TrimSpace(text[at+1:]), ".,;:>")
	local = bytes.TrimLeft(bytes.TrimSpace(local), "<,;:\"")
	dst = append(appendUnspaced(dst, local), '@')
	from := len(dst)
	dst = appendUnspaced(dst, domain)
	if plain, err := idna.Lookup.ToASCII(string(dst[from:])); err == nil {
		dst = append(dst[:from], plain...)
	}
	return dst
}
