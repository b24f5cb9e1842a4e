//! Serves every Call: flows, jobs, approvals, clock and event bus.
