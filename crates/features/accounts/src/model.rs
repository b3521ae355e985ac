//! What sources, findings and imports are; pure.

use std::collections::BTreeMap;

use accountmatch::columns::Mapping;
use accountmatch::findings::{FindingKind, Gravity};
use accountmatch::model::SourceFormat;
use serde::{Deserialize, Serialize};

/// Where the accounts of a source come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Exports; the kind is told by what is in them.
    Any,
    /// LDIF of a directory.
    Ldif,
    /// `csvde` or `Get-ADUser | Export-Csv`.
    DirectoryTable,
    /// Windows local users.
    WindowsLocal,
    /// Linux.
    Linux,
    /// A table with columns of the system's own.
    Table,
    /// A directory that is asked over LDAPS.
    Directory,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Any,
        Self::DirectoryTable,
        Self::Ldif,
        Self::Directory,
        Self::Table,
        Self::WindowsLocal,
        Self::Linux,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Ldif => "ldif",
            Self::DirectoryTable => "directory_table",
            Self::WindowsLocal => "windows_local",
            Self::Linux => "linux",
            Self::Table => "table",
            Self::Directory => "directory",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// How a file of it is read; none where the content tells.
    #[must_use]
    pub const fn format(self) -> Option<SourceFormat> {
        match self {
            Self::Any | Self::Directory => None,
            Self::Ldif => Some(SourceFormat::Ldif),
            Self::DirectoryTable => Some(SourceFormat::DirectoryTable),
            Self::WindowsLocal => Some(SourceFormat::WindowsLocal),
            Self::Linux => Some(SourceFormat::Linux),
            Self::Table => Some(SourceFormat::Table),
        }
    }
}

/// How a source is read and judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceSettings {
    /// Groups that give administrator rights here, besides the well-known ones.
    pub administrator_groups: Vec<String>,
    /// Attribute that holds the staff number.
    pub staff_number_attribute: Option<String>,
    /// Whether groups are held against the functions of grants.
    pub compare_groups: bool,
    /// Which group gives which function; empty where groups are named as the functions are.
    pub functions: BTreeMap<String, String>,
    /// What the columns of its export mean, as last confirmed.
    pub mapping: Option<Mapping>,
    /// How its directory is asked.
    pub directory: Option<DirectorySettings>,
}

/// How a directory is asked. The password is sealed beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectorySettings {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// StartTLS in place of LDAPS.
    pub start_tls: bool,
    /// Trusted authorities, PEM.
    pub authorities: String,
    /// Who binds.
    pub bind_name: String,
    /// Where the search begins.
    pub base: String,
    /// Which objects are accounts, where the usual filter does not fit.
    pub filter: Option<String>,
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// Nobody has done anything yet.
    Open,
    /// The system desk was told to mend it.
    Task,
    /// Accepted for a time.
    Accepted,
    /// A newer export proves that it was mended.
    Remedied,
    /// It rests on nothing any more: a person said whose the account is, a grant was recorded.
    Settled,
}

impl FindingState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Task,
        Self::Accepted,
        Self::Remedied,
        Self::Settled,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Task => "task",
            Self::Accepted => "accepted",
            Self::Remedied => "remedied",
            Self::Settled => "settled",
        }
    }

    /// The state of a code; unknown codes read as open, so that nothing is lost from sight.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|state| state.code() == code)
            .unwrap_or(Self::Open)
    }

    /// Whether something is still wrong.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Open | Self::Task | Self::Accepted)
    }
}

/// The place of a finding in the worklist: higher is graver.
#[must_use]
pub fn urgency(kind: FindingKind, gravity: Gravity) -> i64 {
    let place = FindingKind::ALL
        .iter()
        .position(|other| *other == kind)
        .and_then(|place| i64::try_from(place).ok())
        .unwrap_or(99);
    gravity_rank(gravity) * 100 + 99 - place
}

/// 1 to 4.
#[must_use]
pub const fn gravity_rank(gravity: Gravity) -> i64 {
    match gravity {
        Gravity::Low => 1,
        Gravity::Medium => 2,
        Gravity::High => 3,
        Gravity::Critical => 4,
    }
}

/// Code of a gravity's rank.
#[must_use]
pub const fn gravity_code(rank: i64) -> &'static str {
    match rank {
        4 => "critical",
        3 => "high",
        2 => "medium",
        _ => "low",
    }
}

/// What an institution has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Days without a sign-in after which an account is dormant.
    pub dormant_days: i64,
    /// Days after which a password that was never changed is a finding.
    pub password_days: i64,
    /// Days after which a staff list or an export is too old to prove anything.
    pub list_days: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            dormant_days: 90,
            password_days: 90,
            list_days: 35,
        }
    }
}

/// Bounds of each number of [`Rules`].
pub const DAYS: std::ops::RangeInclusive<i64> = 7..=400;

/// What an import would do or did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Joined staff or new accounts.
    pub new: usize,
    /// Moved or renamed staff, changed accounts.
    pub changed: usize,
    /// Left staff or vanished accounts.
    pub gone: usize,
    /// Without change.
    pub same: usize,
    /// What was set aside.
    pub problems: u64,
}

/// How a finding is named outside, for an exception in the ledger: source, kind, account.
#[must_use]
pub fn finding_key(source: uuid::Uuid, kind: FindingKind, account: &str) -> String {
    let account: String = account.chars().take(120).collect();
    format!("account:{source}:{}:{account}", kind.code())
}

/// The parts of [`finding_key`].
#[must_use]
pub fn parse_finding_key(key: &str) -> Option<(String, FindingKind, String)> {
    let mut parts = key.strip_prefix("account:")?.splitn(3, ':');
    let source = parts.next()?.to_owned();
    let kind = FindingKind::from_code(parts.next()?)?;
    Some((source, kind, parts.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_comes_first_and_a_key_is_read_back() {
        assert!(
            urgency(FindingKind::Nobody, Gravity::Critical)
                > urgency(FindingKind::Leaver, Gravity::High)
        );
        assert!(
            urgency(FindingKind::Leaver, Gravity::Critical)
                > urgency(FindingKind::Nobody, Gravity::Critical)
        );
        let source = uuid::Uuid::nil();
        let key = finding_key(source, FindingKind::Dormant, "a:b");
        assert_eq!(
            parse_finding_key(&key),
            Some((source.to_string(), FindingKind::Dormant, "a:b".to_owned()))
        );
        assert_eq!(parse_finding_key("vulnerability:1"), None);
    }
}
