//! Real listeners on port 0, real handshakes, raw bytes.

#[cfg(test)]
mod authority;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod local;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod outbound;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod slow;
