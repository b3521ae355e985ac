//! The pure part of the tamper-evident audit log.
