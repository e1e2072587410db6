//go:build !linux

package engine

import "errors"

// Confine keeps the process from files that the engine does not need, on Linux alone.
func Confine(Config) error {
	return errors.New("confining the ClickHouse engine: only Linux can")
}
