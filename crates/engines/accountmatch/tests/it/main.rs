//! Readers, matching and findings, as a caller uses them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod findings;
mod hostile;
mod matching;
mod readers;

use accountmatch::Options;
use accountmatch::model::{AccountList, StaffList};
use accountmatch::readers::{File, read_accounts, read_staff};
use time::{Date, OffsetDateTime};

pub(crate) fn options() -> Options {
    Options::default()
}

pub(crate) fn day(text: &str) -> Date {
    let parts: Vec<i32> = text.split('-').map(|part| part.parse().unwrap()).collect();
    let month = time::Month::try_from(u8::try_from(parts[1]).unwrap()).unwrap();
    Date::from_calendar_date(parts[0], month, u8::try_from(parts[2]).unwrap()).unwrap()
}

/// 2026-11-22, noon in Japan.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_316_400).unwrap()
}

pub(crate) fn accounts(name: &str, text: &str) -> AccountList {
    let files = [File {
        name,
        bytes: text.as_bytes(),
    }];
    read_accounts(&files, None, None, &options()).unwrap()
}

pub(crate) fn staff(text: &str) -> StaffList {
    let files = [File {
        name: "staff.csv",
        bytes: text.as_bytes(),
    }];
    read_staff(&files, None, &options()).unwrap()
}
