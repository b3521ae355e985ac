//! TOML, YAML, JSON, OSCAL and CISO Assistant libraries, as one door: the content decides.
#![no_main]

use libfuzzer_sys::fuzz_target;
use yagura_packs::Library;
use yagura_packs::import::{ImportOptions, Limits, adopt, document};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut imported) = document(bytes, &ImportOptions::default(), &Limits::default()) {
        let _ = Library::builtin().with([imported.pack.clone()]);
        if let Some(base) = Library::builtin().get("mhlw-checklist-r08-institution") {
            let _ = adopt(&mut imported.pack, base);
        }
    }
});
