//! Cleaning and comparing text that people type.
