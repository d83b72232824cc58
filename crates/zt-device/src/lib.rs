//! Devices, their certificates and enrolment.
