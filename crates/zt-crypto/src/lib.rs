//! Keys, hashing, tokens, certificates and authenticators.
