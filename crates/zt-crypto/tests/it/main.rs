//! What we write is read by the tools of others.

#[cfg(test)]
mod certificates;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod xml;
