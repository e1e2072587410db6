// Package text finds what identifies people in free text: numbers with a check digit, phones, addresses, names, and
// the values that the claim itself holds, in English and Chinese.
//
// It must not know claims, policies, keys or tokens: who calls says which values are known and what stands in a
// span's place. Enter at [Scan] and [Replace]; both may be called concurrently. The idea: one pass makes words and
// numbers, then each finder looks a bounded way around each of them, so that the time grows with the text alone. A
// scan that fails finds nothing at all: whoever called seals the text.
package text
