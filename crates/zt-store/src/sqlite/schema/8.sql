-- Programs that registered themselves as clients, and what lets them: what `1.sql` says of records holds.
CREATE TABLE registrations (client TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE initial_tokens (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
