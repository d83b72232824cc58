-- Records: the key, the version of the record's form, the record as JSON.
CREATE TABLE people (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE groups (id TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE applications (id TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE policies (id TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sources (id TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE devices (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE certificates (serial BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE enrolment_codes (hash BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE facts (key TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE credentials (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE flows (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE app_sessions (token BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE redeem_codes (hash BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in_links (hash BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE guesses (scope TEXT PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tasks (id BLOB PRIMARY KEY, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- The event log. A segment is what was sealed at once: `events` holds one event a line exactly as it is hashed, `salts`
-- 16 bytes for each, `leaves` 32 bytes for each: SHA-256(0x00 || salt || line). `checkpoint` is the signed head of the
-- tree over everything up to and with this segment.
CREATE TABLE segments (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    v INTEGER NOT NULL,
    events TEXT NOT NULL,
    salts BLOB NOT NULL,
    leaves BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

-- Which segments hold an event about whom, where, of which topic and outcome.
CREATE TABLE segment_index (key BLOB, first INTEGER, PRIMARY KEY (key, first)) STRICT, WITHOUT ROWID;

-- The right edge of the tree, so that appending needs no reading.
CREATE TABLE log_head (id INTEGER PRIMARY KEY CHECK (id = 0), frontier TEXT NOT NULL) STRICT;
INSERT INTO log_head VALUES (0, '{"size":0,"peaks":[]}');
