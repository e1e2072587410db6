// Package backtest judges scores of past claims by what became of them: area under the curve, average precision, what a
// team of a given capacity would have found and whom it would have troubled, calibration, and the same by line of
// business and month. A [Report] prints as text, JSON and one HTML page with pictures.
//
// It must not know how a score came about, nor anything that identifies a claim beyond its number. All is computed at
// once; a report is not changed afterwards.
package backtest
