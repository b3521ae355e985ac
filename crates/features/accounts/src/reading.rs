//! Files into lists, and what a list would change. Nothing is written here.

use std::collections::HashMap;

use accountmatch::changes::{Changes, changes};
use accountmatch::columns::{AccountField, Field, Mapping, StaffField};
use accountmatch::model::{Account, AccountList, Staff, StaffList};
use accountmatch::problem::ReadError;
use accountmatch::readers::{File, account_sheets, read_accounts, read_staff, staff_sheets};
use accountmatch::{Limits, Options};
use yagura_kernel::time::Date;
use yagura_web::{Translator, i18n::args};

use crate::model::{Counts, SourceKind, SourceSettings};

/// The largest file.
pub(crate) const LARGEST_FILE: u64 = 32_000_000;
/// As many files as one import takes: passwd, shadow, group, lastlog; users and administrators of
/// several computers.
pub(crate) const MOST_FILES: usize = 20;
/// The name of a list that was read from a directory.
pub(crate) const DIRECTORY_FILE: &str = "directory.json";

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn options(settings: &SourceSettings) -> Options {
    Options {
        limits: Limits {
            bytes: 3 * LARGEST_FILE,
            records: 100_000,
            problems: 200,
            ..Limits::default()
        },
        administrator_groups: settings.administrator_groups.clone(),
        staff_number_attribute: settings.staff_number_attribute.clone(),
        ..Options::default()
    }
}

fn named(files: &[SourceFile]) -> Vec<File<'_>> {
    files
        .iter()
        .map(|file| File {
            name: &file.name,
            bytes: &file.bytes,
        })
        .collect()
}

/// The accounts of the files, read as the source has it.
pub(crate) fn accounts(
    files: &[SourceFile],
    kind: SourceKind,
    mapping: Option<&Mapping>,
    settings: &SourceSettings,
) -> Result<AccountList, ReadError> {
    if let [only] = files
        && only.name == DIRECTORY_FILE
    {
        return serde_json::from_slice(&only.bytes).map_err(|error| ReadError::Damaged {
            detail: error.to_string(),
        });
    }
    read_accounts(&named(files), kind.format(), mapping, &options(settings))
}

/// The people of the files.
pub(crate) fn staff(
    files: &[SourceFile],
    mapping: Option<&Mapping>,
) -> Result<StaffList, ReadError> {
    read_staff(&named(files), mapping, &options(&SourceSettings::default()))
}

/// The headings of the tables among the files, each once, with what they mean by their words and
/// the first value below each.
pub(crate) fn headings(files: &[SourceFile], is_staff: bool) -> (Vec<(String, String)>, Mapping) {
    let options = options(&SourceSettings::default());
    let mut found: Vec<(String, String)> = Vec::new();
    for file in files {
        let sheets = if is_staff {
            staff_sheets(&file.bytes, &file.name, &options)
        } else {
            account_sheets(&file.bytes, &file.name, &options)
        };
        for sheet in sheets.unwrap_or_default() {
            for (column, heading) in sheet.headings.iter().enumerate() {
                if heading.is_empty() || found.iter().any(|(known, _)| known == heading) {
                    continue;
                }
                let example = sheet
                    .rows
                    .iter()
                    .filter_map(|(_, row)| row.get(column))
                    .map(|cell| cell.trim())
                    .find(|cell| !cell.is_empty())
                    .unwrap_or_default();
                found.push((heading.clone(), example.chars().take(40).collect()));
            }
        }
    }
    found.truncate(200);
    let names: Vec<String> = found.iter().map(|(heading, _)| heading.clone()).collect();
    let suggested = if is_staff {
        Mapping::suggest::<StaffField>(&names)
    } else {
        Mapping::suggest::<AccountField>(&names)
    };
    (found, suggested)
}

/// Codes of the meanings that a column can have.
pub(crate) fn meanings(is_staff: bool) -> Vec<&'static str> {
    if is_staff {
        StaffField::ALL.iter().map(|field| field.code()).collect()
    } else {
        AccountField::ALL.iter().map(|field| field.code()).collect()
    }
}

/// What taking a staff list over would change.
pub(crate) fn staff_plan(
    before: &[Staff],
    vanished: &[(Staff, Date)],
    after: &StaffList,
    today: Date,
) -> (Vec<Staff>, Changes, Counts) {
    let known = accountmatch::findings::with_vanished(before, vanished);
    let found = changes(&known, &after.staff, today);
    let counts = Counts {
        new: found.joined.len() + found.returned.len(),
        changed: found.moved.len() + found.renamed.len(),
        gone: found.left.len(),
        same: found.unchanged,
        problems: after
            .further_problems
            .saturating_add(after.problems.len() as u64),
    };
    (known, found, counts)
}

/// What taking accounts over would change, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountPlan {
    pub(crate) new: Vec<String>,
    pub(crate) stopped: Vec<String>,
    pub(crate) gone: Vec<String>,
    pub(crate) counts: Counts,
    /// More than a third would vanish: is it the whole export?
    pub(crate) suspicious: bool,
}

/// Compares an export with the one before.
pub(crate) fn account_plan(before: &[Account], after: &AccountList) -> AccountPlan {
    let mut known: HashMap<String, &Account> = before
        .iter()
        .map(|account| (account.key(), account))
        .collect();
    let mut plan = AccountPlan::default();
    for account in &after.accounts {
        match known.remove(&account.key()) {
            None => plan.new.push(account.id.clone()),
            Some(was) => {
                if was.enabled != Some(false) && account.enabled == Some(false) {
                    plan.stopped.push(account.id.clone());
                }
                let moved = Account {
                    place: account.place.clone(),
                    ..was.clone()
                };
                if moved == *account {
                    plan.counts.same += 1;
                } else {
                    plan.counts.changed += 1;
                }
            }
        }
    }
    plan.gone = known
        .into_values()
        .map(|account| account.id.clone())
        .collect();
    plan.gone.sort();
    plan.counts.new = plan.new.len();
    plan.counts.gone = plan.gone.len();
    plan.counts.problems = after
        .further_problems
        .saturating_add(after.problems.len() as u64);
    plan.suspicious = before.len() >= 10 && plan.gone.len() * 3 > before.len();
    plan
}

/// Why a file cannot be read, in the reader's language, and what to do.
pub(crate) fn explain(t: &Translator, error: &ReadError) -> String {
    match error {
        ReadError::Empty => t.t("accounts-read-empty").to_owned(),
        ReadError::TooLarge { limit } => t
            .t_args(
                "accounts-read-too-large",
                args![("megabytes", limit / 1_000_000)],
            )
            .into_owned(),
        ReadError::TooMany { limit } => t
            .t_args(
                "accounts-read-too-many",
                args![("limit", i64::try_from(*limit).unwrap_or(i64::MAX))],
            )
            .into_owned(),
        ReadError::TooSlow { .. } => t.t("accounts-read-too-slow").to_owned(),
        ReadError::MissingColumn {
            sheet,
            column,
            usual,
            seen,
        } => {
            let meaning = crate::words::column(t, column);
            t.t_args(
                "accounts-read-missing-column",
                args![
                    ("sheet", sheet.as_str()),
                    ("column", meaning),
                    ("usual", usual.as_str()),
                    ("seen", seen.as_str())
                ],
            )
            .into_owned()
        }
        ReadError::Unknown => t.t("accounts-read-unknown").to_owned(),
        ReadError::NotThisKind { hint, .. } => t
            .t_args(
                "accounts-read-not-this-kind",
                args![("hint", hint.as_str())],
            )
            .into_owned(),
        ReadError::Encrypted => t.t("accounts-read-encrypted").to_owned(),
        ReadError::Damaged { detail } => t
            .t_args("accounts-read-damaged", args![("detail", detail.as_str())])
            .into_owned(),
        ReadError::NoRecords => t.t("accounts-read-none").to_owned(),
    }
}
