//! Protocol and management endpoints.
