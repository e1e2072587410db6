package text

import (
	"fmt"
	"strings"
	"testing"

	"tallystick/privacy/text/corpus"
)

// BenchmarkScan shows that the time for a byte does not grow with the text, neither for narratives nor for texts made
// to be slow.
func BenchmarkScan(b *testing.B) {
	known := []Known{
		{Person, "Xanthe Quillfeather"}, {Person, "James Smith"}, {Policy, "HO-2024-118273"},
		{Phone, "+1 212 555 0187"},
		{Address, "12 Elm Street"}, {Email, "jane@example.com"},
	}
	for _, text := range []struct{ name, unit string }{
		{"narrative", narrative()},
		{"digits", "1 2 3 4 5 6 7 8 9 0 "},
		{"pluses", "+44 20 7946 0958 +1 (212) 555-0187 "},
		{"capitals", "Mr. Smith James Van Der Elm Street Bank Of "},
		{"signs", "a@b.c:::@.@"},
		{"halves", "quillfquillf eather 1182 "},
		{"chinese", "被保险人王小明在路街道公司号"},
		{"letters", "x"},
	} {
		for _, size := range []int{4 << 10, 1 << 20} {
			s := strings.Repeat(text.unit, size/len(text.unit)+1)
			for _, with := range []struct {
				name  string
				known []Known
			}{{"alone", nil}, {"known", known}} {
				b.Run(fmt.Sprintf("%s/%s/%dKB", text.name, with.name, size>>10), func(b *testing.B) {
					b.SetBytes(int64(len(s)))
					for b.Loop() {
						if _, err := Scan(b.Context(), s, with.known); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// narrative is the English texts of the corpus, one after the other.
func narrative() string {
	var b strings.Builder
	for _, t := range corpus.New(corpus.HeldOut, 7, 64) {
		if !t.Chinese {
			b.WriteString(t.Text + "\n")
		}
	}
	return b.String()
}
