-- Password resets that are due, administrators' passes for them, terms, and who accepted which text of them.
CREATE TABLE resets_due (person BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE reset_passes (person BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE terms (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE acceptances (key TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
