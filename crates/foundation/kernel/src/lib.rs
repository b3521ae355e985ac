//! What every part of Yagura stands on: time and eras, identifiers, organisations and their
//! relations, people and roles, the one policy function, the tamper-evident audit log, probes and
//! proof levels. No HTTP and no SQL: everything here is pure and can be tested alone.

pub mod audit;
pub mod id;
pub mod organization;
pub mod person;
pub mod policy;
pub mod probe;
pub mod proof;
pub mod relation;
pub mod text;
pub mod time;
