// Package web holds the console's pages as `make web` built them, so that one binary has everything. Built without them
// it holds a text instead, and says so. It knows nothing of what the pages show. Enter at [Pages].
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built pages; false when the binary was built without them.
func Pages() (fs.FS, bool) {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(pages, "index.html")
	return pages, err == nil
}
