// Package stamper has the heads of a log time-stamped by authorities (RFC 3161), each at its own pace, and keeps what
// they answer. It stands beside the log: an authority that is away delays nothing.
//
// It must not know how heads are made or what a batch is of. Enter at [Stamper.Run]; [Store.For] finds the stamps for a
// proof.
package stamper
