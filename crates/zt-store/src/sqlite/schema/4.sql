-- Networks and calendars that policies name: what `1.sql` says of records holds.
CREATE TABLE networks (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE calendars (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
