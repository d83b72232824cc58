//! Rules over the repository itself: layers, sizes, words, templates, and what the README promises.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod layering;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod words;
