// Package durable writes small files so that a crash leaves the old content or the new, never a part.
//
// It must not know what the files hold. Enter at [Dir]; its steps are an interface, [FS], so that tests can fail each
// of them, before and after its effect. A Dir may be used concurrently, but two writers of one file must take turns.
package durable
