//! Delivery problems to routes that serve them, and an independent checker.
