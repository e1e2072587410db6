package main

// usageError says that a command was called wrongly.
type usageError struct{ error }
