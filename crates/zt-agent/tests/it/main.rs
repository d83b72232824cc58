//! The agent against a real listener: TLS, the wire form, certificates issued for its requests.

#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod store;
