//! One's own account and the ways into it, over HTTP, with the sign-in as it is in earnest.

mod factors;
mod forgotten;
mod frame;
mod passkeys;
mod refusals;
mod support;
mod tokens;
