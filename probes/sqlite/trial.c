/* Drives the real SQLite through its C interface on a database in memory; the macro TRIAL_OPERATION is the operation's place in
 * trial.toml. The same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A call looks up the next keys of an index, inserts the next rows in a transaction of its own, adds up or sorts the next range
 * of keys, or compiles the next statement. Where the table is full its rows are deleted and inserted again.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>
#include <string.h>

struct sqlite3;
struct sqlite3_stmt;
int sqlite3_open(const char *file, struct sqlite3 **db);
int sqlite3_exec(struct sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **), void *to, char **error);
int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int length, struct sqlite3_stmt **made, const char **rest);
int sqlite3_step(struct sqlite3_stmt *statement);
int sqlite3_reset(struct sqlite3_stmt *statement);
int sqlite3_finalize(struct sqlite3_stmt *statement);
int sqlite3_bind_int64(struct sqlite3_stmt *statement, int place, long long value);
int sqlite3_bind_text(struct sqlite3_stmt *statement, int place, const char *text, int length, void (*free)(void *));
int sqlite3_bind_blob(struct sqlite3_stmt *statement, int place, const void *from, int length, void (*free)(void *));
long long sqlite3_column_int64(struct sqlite3_stmt *statement, int column);
const void *sqlite3_column_blob(struct sqlite3_stmt *statement, int column);
int sqlite3_column_bytes(struct sqlite3_stmt *statement, int column);
int sqlite3_column_count(struct sqlite3_stmt *statement);
const char *sqlite3_column_name(struct sqlite3_stmt *statement, int column);

enum { LOOKUP, INSERT, SCAN, SORT, PREPARE };
enum { ROWS = 1024, SIZE = 128 * 1024, LOOKUPS = 32, INSERTS = 16, RANGE = 64, ROW = 100, OK = 0 };

static const char *const statements[] = {
    "SELECT body FROM entries WHERE key = ?1",
    "SELECT kind, count(*), sum(length(body)) FROM entries WHERE key BETWEEN ?1 AND ?2 GROUP BY kind ORDER BY 3 DESC",
    "SELECT a.name, b.name FROM entries a JOIN entries b ON b.key = a.key + 1 WHERE a.kind = ?1 AND b.name > a.name LIMIT 10",
    "INSERT INTO entries(key, kind, name, body) VALUES (?1, ?2, upper(?3), ?4)",
    "UPDATE entries SET name = name || '-' || key WHERE kind IN (1, 2, 3) AND length(body) > 20",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT i, CASE WHEN i % 2 THEN 'odd' ELSE 'even' END FROM n",
};
enum { STATEMENTS = sizeof statements / sizeof *statements };

static unsigned dataset, at;
static uint64_t draws;
static unsigned char *data;
static struct sqlite3 *db;
static struct sqlite3_stmt *insert, *query;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != OK) abort();
}

/* The n-th row: keys jump about, names are short words, bodies are pieces of the data. */
static void add(unsigned n)
{
    char name[12];
    uint64_t draw = draws + n;
    draw = support_random(&draw);
    for (unsigned i = 0; i < sizeof name; i++, draw = draw * 31 + i) name[i] = (char)('a' + (draw >> 40) % 26);
    unsigned length = 20 + (unsigned)(draw >> 33) % 100;
    sqlite3_bind_int64(insert, 1, (n * 389u) % ROWS);
    sqlite3_bind_int64(insert, 2, (long long)(draw >> 20) % 7);
    sqlite3_bind_text(insert, 3, name, 4 + (int)(draw >> 50) % 8, NULL);
    sqlite3_bind_blob(insert, 4, data + (size_t)n * ROW, (int)length, NULL);
    sqlite3_step(insert);
    if (sqlite3_reset(insert) != OK) abort();
}

static void prepare(const char *sql, struct sqlite3_stmt **to)
{
    if (sqlite3_prepare_v2(db, sql, -1, to, NULL) != OK) abort();
}

void probe_setup(uint64_t seed)
{
    draws = seed;
    data = malloc(SIZE);
    if (!data || sqlite3_open(":memory:", &db) != OK) abort();
    trial_data(dataset, seed, data, SIZE);
    run("CREATE TABLE entries(id INTEGER PRIMARY KEY, key INTEGER UNIQUE, kind INTEGER, name TEXT, body BLOB)");
    run("CREATE INDEX by_name ON entries(name)");
    prepare("INSERT INTO entries(key, kind, name, body) VALUES (?1, ?2, ?3, ?4)", &insert);
    if (TRIAL_OPERATION != INSERT) {
        run("BEGIN");
        for (unsigned n = 0; n < ROWS; n++) add(n);
        run("COMMIT");
    }
    if (TRIAL_OPERATION == LOOKUP || TRIAL_OPERATION == INSERT) prepare(statements[0], &query);
    if (TRIAL_OPERATION == SCAN) prepare(statements[1], &query);
    if (TRIAL_OPERATION == SORT) prepare("SELECT key, body FROM entries WHERE key BETWEEN ?1 AND ?2 ORDER BY body, name", &query);
}

/* All rows of a query, folded. */
static uint64_t fold(uint64_t hash)
{
    while (sqlite3_step(query) == 100) {
        hash = hash * 31 + (uint64_t)sqlite3_column_int64(query, 0);
        int last = sqlite3_column_count(query) - 1;
        int length = sqlite3_column_bytes(query, last);
        hash = support_hash(hash, sqlite3_column_blob(query, last), (size_t)length);
    }
    sqlite3_reset(query);
    return hash;
}

static uint64_t look_up(void)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < LOOKUPS; i++) {
        /* One in eight is not there. */
        uint64_t draw = draws + at + i;
        sqlite3_bind_int64(query, 1, (long long)(support_random(&draw) % (ROWS + ROWS / 7)));
        hash = fold(hash);
    }
    at = (at + LOOKUPS) % ROWS;
    return hash;
}

static uint64_t insert_rows(void)
{
    if (at == 0) run("DELETE FROM entries");
    run("BEGIN");
    for (unsigned i = 0; i < INSERTS; i++) add(at + i);
    run("COMMIT");
    /* What was stored is read back for the last of them. */
    sqlite3_bind_int64(query, 1, ((at + INSERTS - 1) * 389u) % ROWS);
    at = (at + INSERTS) % ROWS;
    return fold(at);
}

static uint64_t range(void)
{
    sqlite3_bind_int64(query, 1, at);
    sqlite3_bind_int64(query, 2, at + RANGE - 1);
    at = (at + RANGE) % ROWS;
    return fold(at);
}

static uint64_t compile(void)
{
    struct sqlite3_stmt *made;
    prepare(statements[at], &made);
    uint64_t hash = at;
    for (int i = 0; i < sqlite3_column_count(made); i++) {
        const char *name = sqlite3_column_name(made, i);
        hash = support_hash(hash, name, strlen(name));
    }
    sqlite3_finalize(made);
    at = (at + 1) % STATEMENTS;
    return hash;
}

uint64_t probe_run(void)
{
    switch (TRIAL_OPERATION) {
    case LOOKUP: return look_up();
    case INSERT: return insert_rows();
    case PREPARE: return compile();
    default: return range();
    }
}
