//! A table as the official form: lines are rows, tabs divide cells.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yagura_packs::import::{FormRow, FormTable, ImportOptions, Limits, form};

fuzz_target!(|text: &str| {
    let rows = text
        .lines()
        .zip(1_u32..)
        .map(|(line, number)| FormRow {
            number,
            cells: line.split('\t').map(str::to_owned).collect(),
        })
        .collect();
    let table = FormTable { sheet: "fuzz".to_owned(), rows };
    let _ = form(&table, &ImportOptions::default(), &Limits::default());
});
