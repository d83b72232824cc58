//! The whole system, driven by programs nobody here wrote.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bound_parties;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod disbelief;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod other_ways;
#[cfg(test)]
mod registering_parties;
#[cfg(test)]
mod relying_parties;
#[cfg(test)]
mod rotating_parties;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod service_providers;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod web_conference;
