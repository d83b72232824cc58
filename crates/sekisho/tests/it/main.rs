//! The program as its users start it: a server of its own, killed and started again, and the verbs that act on it.

#[cfg(test)]
mod installation;
#[cfg(test)]
mod verbs;
