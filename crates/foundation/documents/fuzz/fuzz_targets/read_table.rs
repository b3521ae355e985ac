//! Any bytes are read as tables or refused; nothing panics, hangs or takes memory without bound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use yagura_documents::tabular::{Limits, read_tables};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { unpacked_bytes: 8 << 20, text_bytes: 1 << 20, ..Limits::default() };
    let _ = read_tables(bytes, "fuzz", &limits);
});
