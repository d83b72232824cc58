-- Changes of the policies, by their number: what `1.sql` says of records holds.
CREATE TABLE revisions (number TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
