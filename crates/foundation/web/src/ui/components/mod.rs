//! The building blocks of a page's body.

mod blocks;
mod dates;
mod lists;
mod states;
mod tables;

pub use blocks::{Span, StatTile};
pub use blocks::{
    Tab, ToDo, card, card_with, compare_two, description_list, details, empty_state, note,
    progress_bar, row, stat_tile, steps, tabs, term, to_do_list,
};
pub use dates::{date, date_short, date_time, due, relative_date, relative_time};
pub use lists::{Listing, filter_bar, pagination};
pub use states::{
    Tone, organization_kind, role, sharing_level, size_group, state_class, state_legend,
    state_letter, state_tag, state_word, tag,
};
pub use tables::{Column, Table, TableRow, data_table};
