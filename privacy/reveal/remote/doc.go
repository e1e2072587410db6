// Package remote puts the desk of package reveal behind HTTP, so that a web process can ask for it and holds no key: a
// server for who has the keys, a client for who has none. People are who the web process says; the list of approvers is
// the server's own, and a name with a slash, which stands for a login at a terminal, is taken from nobody.
//
// Enter at [Server.Handler] and [Client]. It must not know Vault, Kafka or the console.
package remote
