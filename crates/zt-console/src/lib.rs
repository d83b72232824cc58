//! The prompt, the portal and the console.
