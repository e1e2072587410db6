package site

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Room is what the machine has left.
type Room struct {
	Memory, Disk int64 // bytes that are available; the disk is that of temporary files
}

// RoomLeft asks the kernel. Where there is no /proc/meminfo the memory is 0.
func RoomLeft() (Room, error) {
	var r Room
	var fs syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &fs); err != nil {
		return r, fmt.Errorf("asking how much room %s has: %w", os.TempDir(), err)
	}
	r.Disk = int64(fs.Bavail) * int64(fs.Bsize)
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return r, nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib int64
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			if _, err := fmt.Sscan(rest, &kib); err == nil {
				r.Memory = kib << 10
			}
		}
	}
	return r, nil
}

// What a claim of the feed takes, somewhat more than was seen, so that a run which begins also ends.
const (
	diskPerClaim     = 12 << 10 // in all topics, compressed, and in ClickHouse while it merges
	diskSmallMerges  = 6200     // the same without what merges leave for minutes
	largestMerge     = 4 << 30
	statePerClaim    = 3 << 10 // of an instance, in windows and links
	revisionPerClaim = 200     // of an instance, in known revisions, which are kept for all claims
	beside           = 3 << 30 // Kafka, ClickHouse's engine, the benchmark and some page cache
	diskBeside       = 2 << 30
	inState          = 500_000 // default of max_state_claims
)

// Need returns what a site needs when it holds so many claims.
func (c Config) Need(claims int) Room {
	held := c.StateClaims
	if held == 0 {
		held = inState
	}
	held = min(held, claims)
	each := int64(held)*statePerClaim + int64(claims)*revisionPerClaim + 256<<20
	each += each / 4 // what is not live yet
	disk := diskBeside + int64(claims)*diskPerClaim
	if c.SmallMerges {
		disk = min(disk, diskBeside+2*largestMerge+int64(claims)*diskSmallMerges)
	}
	return Room{Memory: beside + int64(max(1, c.Instances))*each, Disk: disk}
}

// Fits returns an error that says what is missing, if anything is.
func (r Room) Fits(need Room) error {
	if need.Disk > r.Disk {
		return fmt.Errorf("it needs about %s of disk in %s and there are %s", gigabytes(need.Disk), os.TempDir(),
			gigabytes(r.Disk))
	}
	if r.Memory > 0 && need.Memory > r.Memory {
		return fmt.Errorf("it needs about %s of memory and there are %s", gigabytes(need.Memory), gigabytes(r.Memory))
	}
	return nil
}

// String says it in gigabytes.
func (r Room) String() string {
	return fmt.Sprintf("%s of memory and %s of disk", gigabytes(r.Memory), gigabytes(r.Disk))
}

func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

// MemoryLimit is the GOMEMLIMIT for each of n instances that leaves room for the rest: what is live fits by
// [Config.Need], and the limit keeps the garbage beside it from using up the machine.
func (r Room) MemoryLimit(n int) string {
	return fmt.Sprintf("GOMEMLIMIT=%dMiB", max(512, (r.Memory-beside)/int64(max(1, n))>>20))
}
