//go:build integration

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTheLogsDirectoryIsAway takes the log's directory away under a running instance, as a lost mount does. Claims are
// decided and batches closed meanwhile; when it is back all of them are published.
func TestTheLogsDirectoryIsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	run := s.start("pipeline", s.http)
	s.sendRaw(s.claims(40, 500)...)
	s.proven(run, 500)

	log, aside := s.cfg.Anchor.Directory, s.path("log-aside")
	if err := os.Rename(log, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, nil, 0o600); err != nil { // nothing can be written below a file
		t.Fatal(err)
	}
	load := s.trickle(s.claims(41, 1500), 6*time.Second)
	s.failsToPublish(run)
	load.wait()
	s.eventually("claims to be decided", 30*time.Second, func() bool { run.check(); return s.decidedTo() == 2000 })

	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(aside, log); err != nil {
		t.Fatal(err)
	}
	s.settled(run, 2000)
	run.stop()
}

// TestTheLogsDiskIsFull does the same with a disk of its own that is full. Making one takes root.
func TestTheLogsDiskIsFull(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	disk := s.cfg.Anchor.Directory
	s.smallDisk(disk)
	run := s.start("pipeline", s.http)
	s.sendRaw(s.claims(42, 500)...)
	s.proven(run, 500)

	ballast := s.fill(disk)
	load := s.trickle(s.claims(43, 1500), 6*time.Second)
	s.failsToPublish(run)
	load.wait()
	s.eventually("claims to be decided", 30*time.Second, func() bool { run.check(); return s.decidedTo() == 2000 })

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.settled(run, 2000)
	run.stop()
}

// smallDisk makes dir a disk of its own, of 1 MB.
func (s *site) smallDisk(dir string) {
	s.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Mount("tallystick", dir, "tmpfs", 0, "size=1m"); err != nil {
		s.t.Skipf("a disk of its own cannot be mounted here: %v", err)
	}
	s.t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			s.t.Error(err)
		}
	})
}

// fill writes a file until the disk is full.
func (s *site) fill(disk string) (ballast string) {
	s.t.Helper()
	ballast = filepath.Join(disk, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	return ballast
}

func (s *site) failsToPublish(in *instance) {
	s.t.Helper()
	s.eventually("publishing to fail", 30*time.Second, func() bool {
		in.check()
		data, err := os.ReadFile(in.log)
		return err == nil && (strings.Contains(string(data), "logging a batch failed") ||
			strings.Contains(string(data), "publishing failed"))
	})
}

// TestTheWitnessIsAway cuts the log off from its witness. A checkpoint that it has not cosigned is not published; when
// it is back, one is published that covers everything.
func TestTheWitnessIsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t, 2, "acme")
	between := newProxy(t, strings.TrimPrefix(s.cfg.Anchor.Witnesses[0].URL, "http://"), "")
	s.setting("anchor.witnesses", []map[string]any{{"url": "http://" + between.addr, "key": s.witnessKey}})
	run := s.start("pipeline", s.http)
	s.sendRaw(s.claims(44, 500)...)
	s.proven(run, 500)
	checkpoint := filepath.Join(s.cfg.Anchor.Directory, "checkpoint")
	before, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}

	between.cut()
	s.sendRaw(s.claims(45, 500)...)
	s.failsToPublish(run)
	s.eventually("claims to be decided", 30*time.Second, func() bool { run.check(); return s.decidedTo() == 1000 })
	if now, err := os.ReadFile(checkpoint); err != nil || string(now) != string(before) {
		t.Errorf("without its witness the log published\n%s", now)
	}

	between.restore()
	s.settled(run, 1000) // under a checkpoint with the signatures that the checker asks for
	run.stop()
}
