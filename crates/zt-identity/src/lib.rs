//! People, groups and the organisation written as files.
