//! The decision point of this process: what is believed now, who is where, and the hand that cuts.
