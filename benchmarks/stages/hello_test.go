package stages

import (
	gocontext "context"
	"errors"
	"net/http"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// context of all stages: none of them waits for anything.
var context = gocontext.Background()

// serveHello answers the driver's two questions: a server's name, version and time zone, and whether it is there.
func serveHello(w http.ResponseWriter, query string) {
	block := proto.Block{ServerContext: &column.ServerContext{Timezone: time.UTC}}
	columns := []struct {
		name, typ string
		value     any
	}{{"displayName()", "String", "bench"}, {"version()", "String", "26.5.3.1"},
		{"revision()", "UInt32", uint32(54460)}, {"timezone()", "String", "UTC"}}
	if query == "SELECT 1" {
		columns = columns[:1]
		columns[0].name = "1"
	}
	var values []any
	var failed error
	for _, c := range columns {
		failed = errors.Join(failed, block.AddColumn(c.name, column.Type(c.typ)))
		values = append(values, c.value)
	}
	var buf chproto.Buffer
	failed = errors.Join(failed, block.Append(values...), block.Encode(&buf, 54460))
	if failed != nil {
		http.Error(w, failed.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(buf.Buf) // a client that has gone is its own matter
}
