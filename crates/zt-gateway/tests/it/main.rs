//! A real listener on port 0, a real application behind it, and clients that misbehave.

#[cfg(test)]
mod application;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod limited;
#[cfg(test)]
mod passages;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod websockets;
#[cfg(test)]
mod world;
