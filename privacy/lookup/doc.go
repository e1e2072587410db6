// Package lookup makes the token of a value that a person types, in a process of its own, so that a web process can
// look for it and holds no key. The value is in no log, error, file or address, and is forgotten with the request; who
// may ask how often a day is counted here.
//
// Enter at [Server.Handler] and [Client]. It must not know what the tokens are looked for in, nor who people are.
package lookup
