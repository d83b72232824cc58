//! The event vocabulary: one versioned enum and its OCSF form.
