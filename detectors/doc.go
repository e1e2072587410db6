// Package detectors scores claims for fraud: rules over a claim's open fields, windows that count what shares a token,
// and links that join claims into rings. It never sees an identifier, only tokens, and knows neither Kafka nor keys.
//
// Enter at [LoadRules], [NewState] and [NewEngine]; [Engine.Decide] scores one claim and records it,
// [State.ObserveEntry] feeds what others decided. One Engine and one State serve any number of goroutines.
package detectors
