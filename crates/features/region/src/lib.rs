//! The region: a body that oversees institutions, or whose members they are, keeps their roll, sees
//! where help is needed, compares groups, follows the trend and reminds.
//!
//! What it may see of each member is decided by the member ([`yagura_kernel::relation`]); rows and
//! sums come masked from `yagura_checklists::overview`, and which sums may be shown to whom is the
//! rule of [`model::comparison`]. Institutions read here their own place in their group
//! ([`figures::own_position`]).
//!
//! The import of a roll ([`import`]) also serves the command line.

mod api;
pub mod export;
mod feature;
pub mod figures;
pub mod import;
pub mod jobs;
mod listing;
pub mod model;
mod operations;
mod pages;
pub mod store;
pub mod words;

pub use feature::Region;
pub use figures::own_position;
