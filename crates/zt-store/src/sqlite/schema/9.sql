-- Programs to which people sign in with SAML: what `1.sql` says of records holds.
CREATE TABLE service_providers (id TEXT PRIMARY KEY NOT NULL, v INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
