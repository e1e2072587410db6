// Package plain makes text of strangers harmless where people look at it: what a terminal would obey is shown as an
// escape, and a cell of a CSV export is no formula of a spreadsheet.
//
// It must not know where text comes from. Enter at [NewWriter], which every command writes through, at [Text] for one
// value, and at [Cell]. Data that a program reads goes out by [Data], byte for byte unless it goes to a terminal.
package plain
