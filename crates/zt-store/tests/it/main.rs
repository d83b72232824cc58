//! The store as others see it: one suite for every implementation, and what only a file can suffer.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod lapses;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod random_plans;
#[cfg(test)]
mod registrations;
mod service_providers;
#[cfg(test)]
mod steps;
