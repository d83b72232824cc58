-- What sources know of devices' state: what `1.sql` says of records holds.
CREATE TABLE postures (key TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
