package engine

import (
	"fmt"
	"slices"
	"strings"
)

// guard says which statements reach the engine. The engine's rights (users.xml) forbid table functions that reach out;
// this forbids what no right of it covers: engines of tables and databases that read files or call other machines,
// files as the source or target of a statement, functions that open files or connections, and ATTACH, which takes a
// folder of the machine for its own.
type guard struct {
	functions map[string]bool // lower case; forbidden before an opening bracket
	engines   map[string]bool // lower case; forbidden after ENGINE
}

// Of the engine's table functions and engines these stay within its tables; all others are forbidden, so that a newer
// libchdb brings nothing in.
var (
	harmlessTableFunctions = []string{
		"format", "generateRandom", "generateSeries", "generate_series", "loop", "merge", "null", "numbers",
		"numbers_mt", "primes",
		"SQLStandardValues", "values", "view", "viewExplain", "viewIfPermitted", "zeros", "zeros_mt",
	}
	harmlessEngines = []string{
		"AggregatingMergeTree", "Atomic", "Buffer", "CoalescingMergeTree", "CollapsingMergeTree", "GenerateRandom",
		"GraphiteMergeTree",
		"Join", "Log", "MaterializedView", "Memory", "Merge", "MergeTree", "Null", "ReplacingMergeTree", "Set",
		"StripeLog",
		"SummingMergeTree", "TinyLog", "VersionedCollapsingMergeTree", "View",
	}
	// Functions that open files or connections, and the setting that names a disk.
	harmfulFunctions = []string{
		"addressToLine", "addressToLineWithInlines", "addressToSymbol", "aiClassify", "aiExtract", "aiGenerate",
		"aiTranslate",
		"catboostEvaluate", "disk", "file", "hasColumnInTable", "reverseDNSQuery",
	}
	// Statements by their first word; what is in neither list is refused as an error of syntax.
	serverStatements = []string{"ATTACH", "BACKUP", "DETACH", "EXECUTE", "GRANT", "MOVE", "RESTORE", "REVOKE"}
	statements       = []string{
		"ALTER", "CHECK", "CREATE", "DELETE", "DESC", "DESCRIBE", "DROP", "EXCHANGE", "EXISTS", "EXPLAIN", "INSERT",
		"KILL", "OPTIMIZE",
		"RENAME", "SELECT", "SET", "SHOW", "SYSTEM", "TRUNCATE", "UNDROP", "UPDATE", "USE", "WITH",
	}
)

// newGuard takes the names of all table functions and of all engines that the library has.
func newGuard(tableFunctions, engines []string) *guard {
	g := &guard{functions: map[string]bool{}, engines: map[string]bool{}}
	for _, name := range slices.Concat(tableFunctions, harmfulFunctions) {
		g.functions[strings.ToLower(name)] = true
	}
	for _, name := range engines {
		g.engines[strings.ToLower(name)] = true
	}
	for _, name := range harmlessTableFunctions {
		delete(g.functions, strings.ToLower(name))
	}
	for _, name := range harmlessEngines {
		delete(g.engines, strings.ToLower(name))
	}
	return g
}

// denied is the engine's own way to say that a right is missing.
func denied(format string, args ...any) error {
	return &queryError{code: 497, text: "Code: 497. DB::Exception: " + fmt.Sprintf(format, args...) +
		". Use a ClickHouse server for that. (ACCESS_DENIED)"}
}

// check returns nil if the statement, without the data of an insert, may run.
func (g *guard) check(text string) error {
	all, err := tokens(text)
	if err != nil {
		return denied("The embedded engine does not run this: %v", err)
	}
	for len(all) > 0 && all[len(all)-1].isSymbol(';') {
		all = all[:len(all)-1]
	}
	first := 0
	for first < len(all) && all[first].isSymbol('(') {
		first++
	}
	if first == len(all) {
		return nil // an empty statement: the engine has its own words for that
	}
	at := func(i int) token {
		if i < len(all) {
			return all[i]
		}
		return token{}
	}
	if slices.ContainsFunc(serverStatements, at(first).is) {
		return denied("The embedded engine has no %s", strings.ToUpper(at(first).text))
	}
	if !slices.ContainsFunc(statements, at(first).is) {
		return &queryError{code: 62,
			text: "Code: 62. DB::Exception: Syntax error: the embedded engine knows no statement that begins so. (SYNTAX_ERROR)"}
	}
	if at(first).is("SYSTEM") && !(slices.ContainsFunc([]string{"STOP", "START"}, at(first+1).is) &&
		at(first+2).is("MERGES")) {
		return denied("Of SYSTEM the embedded engine takes STOP MERGES and START MERGES alone")
	}
	inserts := at(first).is("INSERT")
	for i, t := range all {
		next := at(i + 1)
		switch {
		case t.isSymbol(';'):
			return denied("The embedded engine takes one statement a request")
		case t.is("OUTFILE"), t.is("INFILE"):
			return denied("The embedded engine neither reads nor writes files for its clients (quote a name that is %s)", strings.ToUpper(t.text))
		case at(first).is("ALTER") && (t.is("FREEZE") || t.is("UNFREEZE") || t.is("FETCH")):
			return denied("The embedded engine has no %s", strings.ToUpper(t.text))
		case inserts && t.is("FORMAT") && next.names() && !next.is("Values") && i+2 < len(all):
			return denied("The embedded engine takes the data of an insert after INSERT INTO table [(columns)] FORMAT name alone")
		case t.names() && next.isSymbol('(') && g.functions[strings.ToLower(t.text)]:
			return denied("The embedded engine does not have the function %s for its clients", t.text)
		case t.isSymbol('}') && next.isSymbol('('):
			return denied("The embedded engine takes no function by a parameter")
		case t.is("ENGINE"):
			if next.isSymbol('=') {
				next = at(i + 2)
			}
			if next.names() && g.engines[strings.ToLower(next.text)] {
				return denied("The embedded engine does not have the engine %s for its clients", next.text)
			}
		}
	}
	return nil
}

// insertHead is an INSERT whose data follow: INSERT INTO [TABLE] table [(columns)] [SETTINGS ...] FORMAT name.
type insertHead struct {
	table   string // as it was written
	columns string // as they were written, without brackets; empty for all
	rest    string // all from the columns' bracket to FORMAT
	format  string
}

// statement is the insert that reads from another table.
func (h insertHead) statement(from string) string {
	return "INSERT INTO " + h.table + " " + h.rest + " SELECT * FROM " + from
}

// structured reports whether data in the format say by themselves which columns they have.
func (h insertHead) structured() bool {
	return slices.ContainsFunc([]string{"Native", "RowBinaryWithNamesAndTypes", "Parquet", "ORC", "Arrow",
		"ArrowStream", "Avro"}, func(name string) bool {
		return strings.EqualFold(h.format, name)
	})
}

// source is the statement that makes a table of the file in which the data are.
func (h insertHead) source(name, path string) string {
	create := "CREATE TEMPORARY TABLE " + name + " ENGINE = File(" + h.format + ", " + quote(path) + ")"
	if h.structured() {
		return create
	}
	columns := h.columns
	if columns == "" {
		columns = "*"
	}
	return create + " EMPTY AS SELECT " + columns + " FROM " + h.table
}

// splitInsert takes an INSERT apart whose data follow in a format of their own, and returns where the data begin.
// VALUES are left alone: they are part of the statement.
func splitInsert(text string) (head insertHead, data string, ok bool) {
	m := insertData.FindStringSubmatchIndex(text)
	if m == nil || strings.EqualFold(text[m[4]:m[5]], "Values") {
		return insertHead{}, "", false
	}
	statement := text[m[2]:m[3]]
	all, err := tokens(statement)
	if err != nil || len(all) < 3 || !all[0].is("INSERT") || !all[1].is("INTO") {
		return insertHead{}, "", false
	}
	i := 2
	if all[i].is("TABLE") && len(all) > 3 && all[i+1].names() {
		i++
	}
	if !all[i].names() || all[i].is("FUNCTION") {
		return insertHead{}, "", false
	}
	start, end := all[i].start, all[i].end
	if i++; i+1 < len(all) && all[i].isSymbol('.') && all[i+1].names() {
		end = all[i+1].end
		i += 2
	}
	head = insertHead{table: statement[start:end], rest: strings.TrimSpace(statement[end:]), format: text[m[4]:m[5]]}
	if i < len(all) && all[i].isSymbol('(') {
		from := all[i].end
		for i++; i < len(all) && (all[i].names() || all[i].isSymbol(',') || all[i].isSymbol('.')); i++ {
		}
		if i == len(all) || !all[i].isSymbol(')') {
			return insertHead{}, "", false
		}
		head.columns = statement[from:all[i].start]
		i++
	}
	if i < len(all) && !all[i].is("SETTINGS") {
		return insertHead{}, "", false
	}
	return head, text[m[1]:], true
}
