package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confinedMark tells the process that [Confine] began that it is the confined one.
const confinedMark = "TALLYSTICK_ENGINE_CONFINED"

// Confine starts this program once more, in the same process, so that the kernel (Landlock) keeps it from all files but
// those that the engine needs, and from making TCP connections; whatever it starts is kept so too. Called again in that
// program it returns nil. It does not return otherwise, unless the kernel knows no Landlock or refuses: then nothing
// has changed and the error says why.
//
// Starting anew is what makes it hold: a running process could confine one thread at a time only.
func Confine(cfg Config) error {
	if os.Getenv(confinedMark) != "" {
		return os.Unsetenv(confinedMark)
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		return fmt.Errorf("confining the ClickHouse engine: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("confining the ClickHouse engine: %w", err)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return fmt.Errorf("confining the ClickHouse engine: %w", err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := restrict(cfg.confinement(self)); err != nil {
		return fmt.Errorf("confining the ClickHouse engine: %w", err)
	}
	return fmt.Errorf("confining the ClickHouse engine: starting it: %w",
		syscall.Exec(self, os.Args, append(os.Environ(), confinedMark+"=1")))
}

// What a process may do with the files below a folder.
const (
	mayRead = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	mayRun  = mayRead | unix.LANDLOCK_ACCESS_FS_EXECUTE
	mayAll  = mayRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER
	// What is forbidden wherever no rule allows it.
	handled = mayAll | unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
	// Of these a single file can have.
	ofFiles = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_EXECUTE
)

// confinement is what the engine may reach: its data, and of the system what a library needs to run.
func (cfg Config) confinement(self string) map[string]uint64 {
	allowed := map[string]uint64{
		cfg.DataDir:           mayAll,
		self:                  mayRun,
		cfg.Library:           mayRun,
		"/lib":                mayRun,
		"/lib64":              mayRun,
		"/usr/lib":            mayRun,
		"/usr/lib64":          mayRun,
		"/etc/ld.so.cache":    mayRead,
		"/etc/localtime":      mayRead,
		"/usr/share/zoneinfo": mayRead,
		"/proc/self":          mayRead,
		"/proc/cpuinfo":       mayRead,
		"/proc/meminfo":       mayRead,
		"/proc/stat":          mayRead,
		"/proc/sys":           mayRead,
		"/sys":                mayRead,
		"/dev/null":           mayRead | unix.LANDLOCK_ACCESS_FS_WRITE_FILE,
		"/dev/random":         mayRead,
		"/dev/urandom":        mayRead,
	}
	if cfg.ConfigFile != "" {
		allowed[cfg.ConfigFile] = mayRead
	}
	return allowed
}

// restrict confines the calling thread and whatever it starts.
func restrict(allowed map[string]uint64) error {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("the kernel has no Landlock: %w", errno)
	}
	if version < 3 {
		return fmt.Errorf("the kernel's Landlock is of version %d, 3 is needed", version)
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled}
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if version >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size += unsafe.Sizeof(attr.Handled_access_net)
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size += unsafe.Sizeof(attr.Scoped)
	}
	rules, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("making a Landlock rule set: %w", errno)
	}
	defer unix.Close(int(rules))
	for path, access := range allowed {
		if err := allow(int(rules), path, access); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0); errno != 0 {
		return fmt.Errorf("taking on the Landlock rule set: %w", errno)
	}
	return nil
}

// allow adds a rule; what is not on this machine needs none.
func allow(rules int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("looking at %s: %w", path, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= ofFiles
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("allowing %s: %w", path, errno)
	}
	return nil
}
