//! Policy, decision, permit, remedy and the live table.
