// Package intake is for producers: it seals claims for an install, so that topic, brokers and backups hold nothing
// clear.
//
// It must not know the pipeline: what is sealed here opens there alone. Enter at [ParseKey] with a line that
// `tallystick intake key` prints, then [Key.Seal] each claim. The idea: the form is RFC 9180 and no more, so that a
// producer in any language needs docs/sealed-intake.md and a library. A [Key] may be used concurrently.
package intake
