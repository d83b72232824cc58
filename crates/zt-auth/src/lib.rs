//! Factors, enrolment, the sign-in flow and sessions, as state machines.
