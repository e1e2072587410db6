//go:build integration && clickhouse

package analytics

import (
	"crypto/tls"
	"crypto/x509"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"tallystick/internal/testenv"
)

// serverOptions reach a ClickHouse server in its native protocol over TLS.
func serverOptions(t *testing.T, s *testenv.Server) Options {
	t.Helper()
	return Options{
		Addr: s.Addr, Protocol: Native, TLS: s.TLS(t),
		Username: testenv.ClickHouseUser, Password: NewSecret(testenv.ClickHousePassword), Database: "default",
	}
}

// A real server is reached in its native protocol over TLS, with a password. The one that can be had is too old for the
// tables, and is told so.
func TestOpenAServerOverTLS(t *testing.T) {
	s := testenv.StartClickHouseServer(t)
	for name, tc := range map[string]struct {
		change func(o *Options)
		want   string
	}{
		"as it should be": {func(*Options) {}, "is 18.16.1: 24.8.0 or later is needed"},
		"wrong password":  {func(o *Options) { o.Password = NewSecret("wrong") }, "assword"},
		"unknown user":    {func(o *Options) { o.Username = "nobody" }, "nobody"},
		"a stranger's certificate": {func(o *Options) { o.TLS = &tls.Config{RootCAs: x509.NewCertPool()} },
			"certificate signed by unknown authority"},
		"without TLS": {func(o *Options) { o.TLS = nil }, "asking ClickHouse at " + s.Addr},
	} {
		t.Run(name, func(t *testing.T) {
			o := serverOptions(t, s)
			tc.change(&o)
			db, err := Open(t.Context(), o)
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v\nwant: %s", err, tc.want)
			}
			if strings.Contains(err.Error(), testenv.ClickHousePassword) {
				t.Error("the error tells the password")
			}
		})
	}
}

// The columns that the old server has types for arrive in it as they were, in a block compressed with LZ4.
func TestColumnsArriveInAServer(t *testing.T) {
	s := testenv.StartClickHouseServer(t)
	o := serverOptions(t, s)
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open((&DB{options: o}).client("default")) // Open would refuse the server for its age
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	db := &DB{options: o, conn: conn}

	written := newColumns()
	written.add(3, appended, 12, fullEntry())
	written.add(3, appended, 13, deadEntry())
	var cols []column
	var names, definitions []string
	known := regexp.MustCompile(`^(Array\()?(String|U?Int\d+|Float64)\)?$`)
	for _, c := range written.all {
		if known.MatchString(c.sqlType) {
			cols = append(cols, c)
			names = append(names, c.name)
			definitions = append(definitions, c.name+" "+c.sqlType)
		}
	}
	table := "CREATE TABLE entries (" + strings.Join(definitions, ", ") +
		") ENGINE = MergeTree ORDER BY (journal_partition, journal_offset)"
	if err := conn.Exec(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	// Without insert's settings: a server of that age takes none that it does not know.
	if err := db.sendNative(t.Context(), "entries", "INSERT INTO entries ("+strings.Join(names, ", ")+")",
		cols); err != nil {
		t.Fatal(err)
	}

	got, err := collect(t.Context(), db, "all rows", scanStored, "SELECT "+strings.Join(names, ", ")+
		" FROM entries ORDER BY journal_offset")
	if err != nil {
		t.Fatal(err)
	}
	want := rowsOf(t, fullEntry(), deadEntry())
	if len(got) != len(want) {
		t.Fatalf("%d rows", len(got))
	}
	for i, row := range want {
		row = slices.DeleteFunc(row, func(s Stored) bool { return !slices.Contains(names, s.Name) })
		if len(row) < 45 {
			t.Errorf("only %d columns are compared", len(row))
		}
		if d := cmp.Diff(storedText(row), storedText(got[i])); d != "" {
			t.Errorf("row %d (-written +stored):\n%s", i, d)
		}
	}
}
