//! What must hold for whatever comes from outside; held by the fuzz targets and by the tests.

use discovery::model::{Report, SourceKind, Subject};
use discovery::readers::read_as;
use discovery::reconcile::{Scope, Settings, Source, reconcile};
use discovery::{Limits, Options};

fn options() -> Options {
    Options {
        limits: Limits {
            records: 500,
            items: 500,
            ..Limits::default()
        },
        ..Options::default()
    }
}

fn check(report: &Report, options: &Options) {
    assert!(report.observations.len() <= options.limits.records);
    assert!(report.problems.len() <= options.limits.problems);
    for observation in &report.observations {
        assert!(observation.subject == Subject::Product || !observation.device.is_blank());
        for software in &observation.device.software {
            assert!(software.name.chars().count() <= options.limits.text_characters);
        }
    }
    let stored = serde_json::to_string(report).unwrap();
    assert_eq!(&serde_json::from_str::<Report>(&stored).unwrap(), report);
}

/// A file of any kind: read by its content, and by the reader that its first byte names.
pub fn file(bytes: &[u8]) {
    let options = options();
    if let Ok(report) = discovery::read(bytes, "file", &options) {
        check(&report, &options);
    }
    if let Some((first, rest)) = bytes.split_first()
        && let Some(kind) = SourceKind::ALL.get(usize::from(*first) % SourceKind::ALL.len())
        && let Ok(report) = read_as(*kind, rest, &options)
    {
        check(&report, &options);
    }
}

/// A table: the first line its headings, tabs between cells.
pub fn table(bytes: &[u8]) {
    let options = options();
    let text = String::from_utf8_lossy(bytes);
    let mut rows: Vec<Vec<String>> = text
        .lines()
        .take(200)
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect();
    if rows.is_empty() {
        return;
    }
    let headings = rows.remove(0);
    let mapping = discovery::columns::suggest(&headings, &rows);
    assert_eq!(mapping.columns.len(), headings.len());
    assert!(mapping.fits(&headings));
    let numbered = (2..)
        .zip(&rows)
        .map(|(number, row)| (number, row.as_slice()));
    check(&mapping.read(numbered, &options), &options);
}

/// Two files, divided by a form feed, against a register that the first one filled.
pub fn compare(bytes: &[u8]) {
    let options = options();
    let mut parts = bytes.splitn(2, |byte| *byte == 0x0C);
    let reports: Vec<Report> = parts
        .by_ref()
        .filter_map(|part| discovery::read(part, "file", &options).ok())
        .collect();
    let sources: Vec<Source<'_>> = reports
        .iter()
        .zip(["a", "b"])
        .map(|(report, label)| Source {
            label: label.to_owned(),
            report,
            scope: Scope::Everything,
        })
        .collect();
    let settings = Settings::at(time::OffsetDateTime::UNIX_EPOCH);
    let first = reconcile(&[], sources.get(..1).unwrap_or_default(), &settings).unwrap();
    let register = discovery::reconcile::apply(&[], &first, |at, _| at.to_string());
    let second = reconcile(&register, &sources, &settings).unwrap();
    let after = discovery::reconcile::apply(&register, &second, |at, _| format!("n{at}"));
    let third = reconcile(&after, &sources, &settings).unwrap();
    assert!(third.new.is_empty());
    assert!(third.matched.iter().all(|found| found.changes.is_empty()));
}
