/* SPDX-License-Identifier: MIT
 *
 * Migrations go forward only. A step that was released is never edited: files made by it exist.
 *
 * Texts that name a source or a batch are stored as they are and not by number, so that each table
 * can be read without the others. Days are day numbers (base/date.h), open ones NULL; times are
 * milliseconds since 1970 UTC. */
#include "migrate.h"

#include <stdio.h>

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT;"
    "INSERT INTO meta VALUES('snapshot', 1);"
    "CREATE TABLE place(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL, level INTEGER NOT NULL,"
    " code INTEGER NOT NULL, name TEXT NOT NULL, name_hi TEXT NOT NULL, aliases TEXT NOT NULL,"
    " valid_from INTEGER, valid_to INTEGER, UNIQUE(level, code, parent_id)) STRICT;"
    "CREATE TABLE fact(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE) STRICT;"
    "CREATE TABLE place_fact(place_id INTEGER NOT NULL REFERENCES place(id),"
    " fact_id INTEGER NOT NULL REFERENCES fact(id), value REAL NOT NULL,"
    " PRIMARY KEY(place_id, fact_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dict(attr TEXT NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(attr, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ledger(source TEXT NOT NULL, batch_id TEXT NOT NULL, seq INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('import', 'correction')),"
    " as_on INTEGER, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,"
    " registrations INTEGER NOT NULL, received_ms INTEGER NOT NULL, snapshot INTEGER NOT NULL,"
    " PRIMARY KEY(source, batch_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE reject(source TEXT NOT NULL, batch_id TEXT NOT NULL, seq INTEGER NOT NULL,"
    " line INTEGER NOT NULL, col INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " reason TEXT NOT NULL, PRIMARY KEY(source, batch_id, seq),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, source TEXT NOT NULL, batch_id TEXT NOT NULL,"
    " rows INTEGER NOT NULL, day_min INTEGER NOT NULL, day_max INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, data BLOB NOT NULL,"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT;"
    "CREATE TABLE slab(id INTEGER PRIMARY KEY, pending INTEGER NOT NULL, rows INTEGER NOT NULL,"
    " day_min INTEGER NOT NULL, day_max INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT;"
    "CREATE TABLE stated(id INTEGER PRIMARY KEY, as_on INTEGER NOT NULL,"
    " place_id INTEGER NOT NULL, sector INTEGER NOT NULL, total INTEGER NOT NULL,"
    " source TEXT NOT NULL, received_ms INTEGER NOT NULL,"
    " UNIQUE(as_on, place_id, sector, source, total)) STRICT;",
    /* 2: batches that no longer count */
    "CREATE TABLE retraction(source TEXT NOT NULL, batch_id TEXT NOT NULL,"
    " retracted_ms INTEGER NOT NULL, reason TEXT NOT NULL, snapshot INTEGER NOT NULL,"
    " PRIMARY KEY(source, batch_id),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;",
    /* 3: tables of planners */
    "CREATE TABLE upload(name TEXT PRIMARY KEY COLLATE NOCASE, sha256 BLOB NOT NULL,"
    " file_bytes INTEGER NOT NULL, received_ms INTEGER NOT NULL, data BLOB NOT NULL) STRICT;",
    /* 4: words by the thousand; what stands in dict comes before them */
    "CREATE TABLE word(id INTEGER PRIMARY KEY, attr TEXT NOT NULL, first INTEGER NOT NULL,"
    " n INTEGER NOT NULL, data BLOB NOT NULL) STRICT;",
    /* 5: the attributes of registrations, where they are not the default ones */
    "CREATE TABLE attribute(position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK(kind IN ('choice', 'integer', 'text')), title_en TEXT NOT NULL,"
    " title_hi TEXT NOT NULL, min INTEGER NOT NULL, max INTEGER NOT NULL,"
    " accept_min INTEGER NOT NULL, accept_max INTEGER NOT NULL) STRICT;"
    "CREATE TABLE attribute_value(attribute INTEGER NOT NULL, position INTEGER NOT NULL,"
    " code INTEGER NOT NULL, name TEXT NOT NULL, name_hi TEXT NOT NULL, aliases TEXT NOT NULL,"
    " retired INTEGER NOT NULL, PRIMARY KEY(attribute, position)) STRICT, WITHOUT ROWID;",
    /* 6: rows left out in the columns of their file; NULL behind the first of a row, and before */
    "ALTER TABLE reject ADD COLUMN record TEXT;"
    "CREATE TABLE reject_head(source TEXT NOT NULL, batch_id TEXT NOT NULL,"
    " delimiter TEXT NOT NULL, columns INTEGER NOT NULL, header TEXT NOT NULL,"
    " PRIMARY KEY(source, batch_id),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;",
    /* 7: registrations known by their ids. id_part: the hashes of a segment's rows; id_rows: the
     * segment itself once it was merged; id_replaced: batch seq took n registrations from old_seq
     */
    "ALTER TABLE ledger ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ledger ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE ledger ADD COLUMN part_of INTEGER;"
    "CREATE UNIQUE INDEX ledger_seq ON ledger(seq);"
    "CREATE INDEX ledger_part ON ledger(part_of) WHERE part_of IS NOT NULL;"
    "CREATE TABLE id_part(segment INTEGER PRIMARY KEY, seq INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT;"
    "CREATE INDEX id_part_seq ON id_part(seq);"
    "CREATE TABLE id_rows(segment INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE id_replaced(seq INTEGER NOT NULL, old_seq INTEGER NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY(seq, old_seq)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX id_replaced_old ON id_replaced(old_seq);",
    /* 8: who changed what */
    "CREATE TABLE audit(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " action TEXT NOT NULL, object TEXT NOT NULL, source TEXT NOT NULL, why TEXT NOT NULL,"
    " what TEXT NOT NULL, hash BLOB NOT NULL) STRICT;",
    /* 9: how borders changed (kind as in data/history.h), and when the directory says that an
     * entity was changed */
    "CREATE TABLE place_event(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
    " effective_on INTEGER NOT NULL, place_id INTEGER NOT NULL REFERENCES place(id),"
    " from_id INTEGER NOT NULL, to_id INTEGER NOT NULL, old_name TEXT NOT NULL,"
    " old_name_hi TEXT NOT NULL, share REAL, received_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE place_notice(level INTEGER NOT NULL, code INTEGER NOT NULL,"
    " effective_on INTEGER NOT NULL, operation TEXT NOT NULL, name TEXT NOT NULL,"
    " received_ms INTEGER NOT NULL, PRIMARY KEY(level, code, effective_on, operation))"
    " STRICT, WITHOUT ROWID;",
    /* 10: what checks found, and what became of it */
    "CREATE TABLE finding(id TEXT PRIMARY KEY, plugin TEXT NOT NULL, check_name TEXT NOT NULL,"
    " key TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL, message_hi TEXT NOT NULL,"
    " figures TEXT NOT NULL, source TEXT NOT NULL, batch_id TEXT NOT NULL, place_id INTEGER,"
    " since INTEGER NOT NULL, last_seen INTEGER NOT NULL, resolved_on INTEGER,"
    " opened_ms INTEGER NOT NULL, times INTEGER NOT NULL, snapshot INTEGER NOT NULL) STRICT;"
    "CREATE INDEX finding_resolved ON finding(resolved_on);"
    "CREATE TABLE finding_event(seq INTEGER PRIMARY KEY, id TEXT NOT NULL REFERENCES finding(id),"
    " event TEXT NOT NULL CHECK(event IN ('opened', 'changed', 'closed')), at_ms INTEGER NOT NULL,"
    " day INTEGER NOT NULL, snapshot INTEGER NOT NULL, severity TEXT NOT NULL,"
    " message TEXT NOT NULL, message_hi TEXT NOT NULL, figures TEXT NOT NULL,"
    " source TEXT NOT NULL, batch_id TEXT NOT NULL) STRICT;"
    "INSERT INTO meta VALUES('findings', 0);",
    /* 11: segments and slabs by name, apart from their bytes; from here on pages have checksums */
    "CREATE TABLE part(slab INTEGER NOT NULL, id INTEGER NOT NULL, rows INTEGER NOT NULL,"
    " day_min INTEGER NOT NULL, day_max INTEGER NOT NULL, place_first INTEGER NOT NULL,"
    " place_last INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(slab, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE lost(source TEXT NOT NULL, batch_id TEXT NOT NULL, rows INTEGER NOT NULL,"
    " registrations INTEGER NOT NULL, PRIMARY KEY(source, batch_id),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;"
    "INSERT INTO part SELECT 0, id, rows, day_min, day_max, 0, 0, 0 FROM segment;"
    "INSERT INTO part SELECT 1, id, rows, day_min, day_max, 0, 0, 0 FROM slab WHERE NOT pending;",
    /* 12: alerts; times of a finding are days or milliseconds, as by_clock says */
    "CREATE TABLE alert(id TEXT PRIMARY KEY, plugin TEXT NOT NULL, rule TEXT NOT NULL,"
    " key TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL, message_hi TEXT NOT NULL,"
    " ack_by TEXT NOT NULL, ack_reason TEXT NOT NULL, state INTEGER NOT NULL,"
    " since INTEGER NOT NULL, fired_at INTEGER NOT NULL, absent_from INTEGER NOT NULL,"
    " resolved_at INTEGER NOT NULL, by_clock INTEGER NOT NULL, level INTEGER NOT NULL,"
    " place_level INTEGER NOT NULL, place_code INTEGER NOT NULL, since_ms INTEGER NOT NULL,"
    " fired_ms INTEGER NOT NULL, resolved_ms INTEGER NOT NULL, ack_ms INTEGER NOT NULL,"
    " ack_until_ms INTEGER NOT NULL, escalated_ms INTEGER NOT NULL, told_ms INTEGER NOT NULL,"
    " told_level INTEGER NOT NULL, snapshot INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE alert_event(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " day INTEGER NOT NULL, id TEXT NOT NULL, plugin TEXT NOT NULL, rule TEXT NOT NULL,"
    " key TEXT NOT NULL, event TEXT NOT NULL, severity TEXT NOT NULL, who TEXT NOT NULL,"
    " note TEXT NOT NULL, message TEXT NOT NULL, message_hi TEXT NOT NULL,"
    " since_ms INTEGER NOT NULL, fired_ms INTEGER NOT NULL, since_day INTEGER) STRICT;"
    "CREATE INDEX alert_event_id ON alert_event(id, seq);"
    "CREATE TABLE silence(id INTEGER PRIMARY KEY AUTOINCREMENT, plugin TEXT NOT NULL,"
    " rule TEXT NOT NULL, place_level INTEGER NOT NULL, place_code INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, author TEXT NOT NULL,"
    " reason TEXT NOT NULL, ended_ms INTEGER NOT NULL, ended_by TEXT NOT NULL) STRICT;"
    "CREATE TABLE outbox(seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " notifier TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL,"
    " created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,"
    " state INTEGER NOT NULL, done_ms INTEGER NOT NULL, error TEXT NOT NULL) STRICT;"
    "CREATE INDEX outbox_due ON outbox(state, due_ms);"
    "CREATE TABLE mark(name TEXT PRIMARY KEY, ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    /* 13: tokens, and sessions (with a parent, whose role and grant they have): places as
     * 'block:3168 district:607', sources a line each; 0: never */
    "CREATE TABLE token(id TEXT PRIMARY KEY, parent TEXT NOT NULL, hash BLOB NOT NULL,"
    " name TEXT NOT NULL, role TEXT NOT NULL, places TEXT NOT NULL, sources TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, created_by TEXT NOT NULL, expires_ms INTEGER NOT NULL,"
    " revoked_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
};

enum { VERSION = ARRAY_LEN(steps) };

int migrate_version(void)
{
    return VERSION;
}

static int step_run(struct db *db, int version, struct err *err)
{
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", version + 1);
    TRY(db_begin(db, err));
    int rc = db_exec(db, steps[version], err);
    if (rc == 0)
        rc = db_exec(db, pragma, err);
    if (rc == 0)
        return db_commit(db, err);
    db_rollback(db);
    return rc;
}

/* A new file has no tables; anything else must carry our mark. */
static int check_owner(struct db *db, const char *path, struct err *err)
{
    int64_t mark;
    int64_t tables;
    char pragma[64];
    TRY(db_pragma_i64(db, "PRAGMA application_id", &mark, err));
    if (mark == DB_APPLICATION_ID)
        return 0;
    TRY(db_pragma_i64(db, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (mark != 0 || tables != 0)
        return err_set(err, ERR_UNSUPPORTED, "%s is an SQLite database, but not one of Panji",
                       path);
    snprintf(pragma, sizeof pragma, "PRAGMA application_id=%d", DB_APPLICATION_ID);
    return db_exec(db, pragma, err);
}

int migrate(struct db *db, const char *path, struct err *err)
{
    int64_t version;
    TRY(check_owner(db, path, err));
    TRY(db_pragma_i64(db, "PRAGMA user_version", &version, err));
    if (version > VERSION) {
        err_set(err, ERR_UNSUPPORTED,
                "%s was written by a newer Panji (version %lld, this one knows %d)", path,
                (long long)version, VERSION);
        err_hint(err, "start the newer Panji, or restore a backup made before the upgrade");
        return ERR_UNSUPPORTED;
    }
    if (version < 0)
        return err_set(err, ERR_CORRUPT, "%s has version %lld", path, (long long)version);
    for (int v = (int)version; v < VERSION; v++)
        TRY(step_run(db, v, err));
    return 0;
}
