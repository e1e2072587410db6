// Package durabletest is a file system in memory that fails where a test wants it to: each step of package durable,
// before or after its effect, with or without the loss of what was not synced. Only tests import it.
package durabletest
