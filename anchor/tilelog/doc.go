// Package tilelog keeps an insurer's transparency log in a directory, laid out as C2SP tlog-tiles so that any static
// web server publishes it: hash tiles, entry bundles and a signed checkpoint. Its bytes follow from the entries alone.
//
// It must not know what an entry means nor where it comes from. Writers enter at [Open], readers at [OpenReader], keys
// are made by [GenerateKey]. A Log and a Reader may be used concurrently; one process at a time holds a directory's
// Log.
package tilelog
