//! Every component with sample data.
