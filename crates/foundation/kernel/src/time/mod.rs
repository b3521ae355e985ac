//! Points in time, civil dates, Japanese eras and fiscal years.
//!
//! Storage and the API speak UTC ([`Instant`]); people read Asia/Tokyo, 和暦 and fiscal years.
//! Japan has one offset of +09:00 and no summer time (last one: 1951), so a fixed offset is exact
//! for every instant that this program records.
//!
//! Code that depends on the time takes a [`Clock`]; only [`SystemClock`] asks the machine.

mod clock;
mod era;
mod fiscal_year;
mod format;
mod instant;
mod parse;
mod relative;

pub use self::clock::{Clock, FixedClock, SystemClock};
pub use self::era::{Era, EraYear};
pub use self::fiscal_year::FiscalYear;
pub use self::format::{
    format_english, format_english_moment, format_english_weekday, format_iso, format_japanese,
    format_japanese_moment, format_japanese_month_day, format_japanese_short,
    format_japanese_weekday, format_time_of_day, weekday_ja,
};
pub use self::instant::{Instant, InstantError, rfc3339};
pub use self::parse::{DateError, FIRST_YEAR, LAST_YEAR, parse_date};
pub use self::relative::Relative;
pub use ::time::{Date, Duration, Month, OffsetDateTime, Weekday};
