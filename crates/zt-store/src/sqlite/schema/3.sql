-- Enforcement points in other processes: what `1.sql` says of records holds.
CREATE TABLE enforcement_points (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
