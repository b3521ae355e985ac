//! What must hold for whatever comes from outside; held by the fuzz targets and by the tests.

use credentialcheck::{Key, Limits, Options, Verdict, check, open};
use time::OffsetDateTime;

/// Bounds under which no file costs more than a moment.
pub(crate) fn bounds() -> Limits {
    Limits {
        file: 1 << 20,
        memory: 256 << 10,
        memory_passes: 1 << 20,
        lanes: 4,
        rounds: 5_000,
        entries: 2_000,
        ..Limits::default()
    }
}

/// A file of passwords, as it comes.
pub(crate) fn file(bytes: &[u8]) {
    let key = Key::new(Some("fuzz".to_owned()), None);
    if let Ok(opened) = open(bytes, &key, &bounds()) {
        let verdict = check(&opened, &Options::at(OffsetDateTime::UNIX_EPOCH));
        let text = serde_json::to_vec(&verdict).unwrap();
        assert_eq!(
            Verdict::read(&text),
            Ok(verdict),
            "what is written can be read"
        );
    }
}

/// A verdict from somewhere else.
pub(crate) fn verdict(bytes: &[u8]) {
    let Ok(verdict) = Verdict::read(bytes) else {
        return;
    };
    let text = serde_json::to_vec(&verdict).unwrap();
    assert_eq!(Verdict::read(&text).as_ref(), Ok(&verdict));
    let faulty = u32::try_from(verdict.findings.len()).unwrap();
    let faultless: u32 = verdict.classes.iter().map(|one| one.faultless).sum();
    assert_eq!(faulty + faultless, verdict.entries());
    assert!(verdict.with_titles || verdict.findings.iter().all(|one| one.title.is_none()));
}
