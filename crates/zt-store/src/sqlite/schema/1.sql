-- Records: the key, the version of the record's form, the record as JSON.
CREATE TABLE people (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE groups (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE applications (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE policies (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE sources (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE devices (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE certificates (serial BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE enrolment_codes (hash BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE facts (key TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE credentials (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE flows (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE sessions (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE app_sessions (token BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE redeem_codes (hash BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE sign_in_links (hash BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE guesses (scope TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE tasks (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT;

-- The event log. A segment is what was sealed at once: `events` holds one event a line exactly as it is hashed, `salts`
-- 16 bytes for each, `leaves` 32 bytes for each: SHA-256(0x00 || salt || line). `checkpoint` is the signed head of the
-- tree over everything up to and with this segment. `keys` says what its events are about: 8 bytes each, sorted.
CREATE TABLE segments (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    v INTEGER NOT NULL,
    checkpoint TEXT NOT NULL,
    keys BLOB NOT NULL,
    salts BLOB NOT NULL,
    leaves BLOB NOT NULL,
    events TEXT NOT NULL
) STRICT;

-- Segments are indexed a block at a time: the keys of all segments from `first` to before `until`. What comes after the
-- last block is looked through segment by segment.
CREATE TABLE blocks (first INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT;
CREATE TABLE block_index (key INTEGER, first INTEGER, PRIMARY KEY (key, first)) STRICT, WITHOUT ROWID;

-- The right edge of the tree, so that appending needs no reading.
CREATE TABLE log_head (id INTEGER PRIMARY KEY CHECK (id = 0), frontier TEXT NOT NULL) STRICT;
INSERT INTO log_head VALUES (0, '{"size":0,"peaks":[]}');
