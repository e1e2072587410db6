package testenv

import (
	"errors"
	"fmt"
	"sync"
)

// All are the servers of a whole test run.
type All struct {
	kafka, vault, clickhouse *Server
	closing                  chan struct{}
	watchers                 sync.WaitGroup
}

// StartAll starts one server of each kind, at the same time.
func StartAll() (*All, error) {
	a := &All{closing: make(chan struct{})}
	var errs [3]error
	var wg sync.WaitGroup
	wg.Go(func() { a.kafka, errs[0] = startKafka(KafkaOptions{}) })
	wg.Go(func() { a.vault, errs[1] = startVault(false) })
	wg.Go(func() { a.clickhouse, errs[2] = startClickHouse("") })
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Env are the variables by which tests find the servers.
func (a *All) Env() []string {
	return []string{
		EnvKafka + "=" + a.kafka.Addr,
		EnvVault + "=" + a.vault.Addr,
		EnvVaultToken + "=" + a.vault.Token,
		EnvClickHouse + "=" + a.clickhouse.Addr,
	}
}

// Died reports servers that ended before Close, with the end of their logs.
func (a *All) Died() <-chan error {
	died := make(chan error, 3)
	for _, s := range a.servers() {
		a.watchers.Go(func() {
			select {
			case <-s.Done():
				died <- fmt.Errorf("%s ended in mid-run; end of its log:\n%s", s.name, s.logTail())
			case <-a.closing:
			}
		})
	}
	return died
}

// Close ends the servers and removes their data.
func (a *All) Close() {
	close(a.closing)
	a.watchers.Wait()
	var wg sync.WaitGroup
	for _, s := range a.servers() {
		wg.Go(s.Close)
	}
	wg.Wait()
}

func (a *All) servers() []*Server {
	var list []*Server
	for _, s := range []*Server{a.kafka, a.vault, a.clickhouse} {
		if s != nil {
			list = append(list, s)
		}
	}
	return list
}
