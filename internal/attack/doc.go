// Package attack attacks the built program as a stranger on its machine or its network would, and says what held: an
// install of the embedded servers (tallystick demo --keep) is started, each case attacks it, and at the end it must
// still decide claims. It knows the program by its commands, files and ports alone and imports nothing of it.
//
// A case is a function of a file here, named in the list of cases_test.go with what must hold. It attacks only what the
// test itself started and made: processes of its site, files below the site's folder, loopback. `make attack` runs all;
// `make test` those that are not marked as long.
package attack
