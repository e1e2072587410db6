// Package deploy holds no code: only what Tallystick is deployed with, and the tests that hold it to the program. They
// load docker-compose.yml as docker does, build what the Dockerfile builds, have that binary check the configuration,
// and compare alerts, board and runbooks with the metrics that exist. No container runs in them.
package deploy
