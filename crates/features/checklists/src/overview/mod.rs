//! What those who oversee institutions see of their sheets: one row for each member, whether or
//! not it has a sheet, kept current in the transaction of each change, and sums over them.
//!
//! The rows hold no more than the institution shares with that overseer: what the level
//! `status` hides is not written at all, so no reader can leak it, neither as a cell nor as an
//! order of sorting.

mod columns;
mod members;
mod projection;
mod statistics;

pub use columns::{ItemColumn, columns};
pub use members::{
    Cursor, MemberFilter, MemberSheet, Progress, count_member_sheets, member_sheet, member_sheets,
    own_rows,
};
pub use projection::{
    NEVER_OPENED, ensure_year, members_changed, members_joined, members_left, rebuild_overseer,
    refresh_member, refresh_members, sharing_changed,
};
pub(crate) use projection::{members_with_turning_relations, project};
pub(crate) use statistics::stale_overseers;
pub use statistics::{
    GroupStatistics, REGION_STATISTICS, RegionStatistics, refresh_statistics, region_statistics,
    statistics_years,
};
