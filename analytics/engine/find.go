package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Version of libchdb that the Makefile fetches and the tests run against.
const Version = "26.5.3"

// CacheDir is the folder that fetched software is kept in: $TALLYSTICK_CACHE,
// or the folder tallystick in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv("TALLYSTICK_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder (set TALLYSTICK_CACHE): %w", err)
	}
	return filepath.Join(base, "tallystick"), nil
}

// Find returns the path of libchdb: $TALLYSTICK_CHDB, or what `make engine` put
// into the cache folder.
func Find() (string, error) {
	if path := os.Getenv("TALLYSTICK_CHDB"); path != "" {
		if err := checkFile(path); err != nil {
			return "", fmt.Errorf("TALLYSTICK_CHDB: %w", err)
		}
		return path, nil
	}
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	platform, err := platform(runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "chdb-"+Version+"-"+platform, "libchdb.so")
	if err := checkFile(path); err != nil {
		return "", fmt.Errorf("the ClickHouse engine is not here: run `make engine` to fetch it, or set TALLYSTICK_CHDB to a libchdb.so: %w", err)
	}
	return path, nil
}

// platform names the npm package @chdb/lib-PLATFORM.
func platform(goos, goarch string) (string, error) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return "linux-x64-gnu", nil
	case "linux/arm64":
		return "linux-arm64-gnu", nil
	case "darwin/amd64":
		return "darwin-x64", nil
	case "darwin/arm64":
		return "darwin-arm64", nil
	}
	return "", fmt.Errorf("the embedded ClickHouse engine does not exist for %s/%s: use a ClickHouse server", goos,
		goarch)
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	return nil
}
