// Package doctor looks at everything that a configuration names, as `tallystick doctor` does, and says of each part
// what it saw, or what is wrong and what to do: [Examine].
//
// It changes nothing and keeps nothing. It must not know the stream: what it asks, it asks servers. Begin at checks.go.
package doctor
