-- Clients, what sign-ins gave them, and what people agreed to: what `1.sql` says of records holds.
CREATE TABLE clients (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE grants (id BLOB PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE consents (key TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
