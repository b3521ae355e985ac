//! Staff, accounts, grants and exceptions.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::problem::{Place, Problem};

/// Names of groups whose members have administrator rights, as Windows and Linux have them.
/// Compared without case, width and punctuation.
pub const ADMINISTRATOR_GROUPS: &[&str] = &[
    "Administrators",
    "Domain Admins",
    "Enterprise Admins",
    "Schema Admins",
    "Account Operators",
    "Backup Operators",
    "Server Operators",
    "Print Operators",
    "Group Policy Creator Owners",
    "Key Admins",
    "Enterprise Key Admins",
    "DnsAdmins",
    "sudo",
    "wheel",
    "root",
    "docker",
    "管理者",
    "システム管理者",
    "システム管理",
];

/// A moment of which a source may not speak.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The source does not say.
    #[default]
    NotKnown,
    /// The source says that there is none: never signed in, never expires.
    Never,
    /// This moment.
    At(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
}

impl Moment {
    /// The moment, where there is one.
    #[must_use]
    pub fn at(self) -> Option<OffsetDateTime> {
        match self {
            Self::At(at) => Some(at),
            _ => None,
        }
    }

    /// Whether the source says something.
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::NotKnown
    }

    /// This, or what another source says where this one is silent.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_known() { self } else { other }
    }
}

/// A time of employment.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    /// First day, where the list says it.
    pub from: Option<Date>,
    /// Last day of work; none while employed.
    pub until: Option<Date>,
}

impl Period {
    /// Whether the day lies within. A missing first day counts as long ago.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| until >= day)
    }
}

/// One person of a staff list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// What identifies the person in later lists: the staff number, or name and reading where
    /// the list has none.
    pub key: String,
    /// Staff number as written.
    pub number: Option<String>,
    /// Full name as written.
    pub name: String,
    /// Reading in kana.
    pub kana: Option<String>,
    /// Former family names (旧姓).
    pub former_names: Vec<String>,
    /// Department.
    pub department: Option<String>,
    /// Profession (職種).
    pub profession: Option<String>,
    /// Position (役職).
    pub position: Option<String>,
    /// Kind of employment (雇用区分).
    pub employment: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// User names that personnel knows.
    pub user_names: Vec<String>,
    /// Times of employment, the earliest first; a person who came back has two. Empty where the
    /// list says nothing: then being in the list is being employed.
    pub periods: Vec<Period>,
    /// Where the person stands in the list.
    pub place: Place,
}

impl Staff {
    /// Whether the person works here on the day.
    #[must_use]
    pub fn is_employed(&self, day: Date) -> bool {
        self.periods.is_empty() || self.periods.iter().any(|period| period.contains(day))
    }

    /// Whether the person has left by the day and is not expected back; one who has not begun
    /// yet has not left.
    #[must_use]
    pub fn has_left(&self, day: Date) -> bool {
        self.left_on(day).is_some()
    }

    /// The last day of work, where it lies before `day` and no later period is known.
    #[must_use]
    pub fn left_on(&self, day: Date) -> Option<Date> {
        let ends = self.periods.iter().map(|period| period.until);
        if self.periods.is_empty() {
            return None;
        }
        let mut last = Date::MIN;
        for end in ends {
            last = last.max(end?);
        }
        (last < day).then_some(last)
    }
}

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Of one person.
    Person,
    /// Of a program.
    Service,
    /// Used by several people.
    Shared,
}

/// One account of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// User name as written; it identifies the account within its source, without case.
    pub id: String,
    /// An identifier that stays when the account is renamed (objectGUID, SID, entryUUID).
    pub stable_id: Option<String>,
    /// Name that the system shows.
    pub name: Option<String>,
    /// Reading in kana.
    pub kana: Option<String>,
    /// Staff number that the system holds.
    pub staff_number: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// Department that the system holds.
    pub department: Option<String>,
    /// Description, office, note.
    pub description: Option<String>,
    /// Whether one can sign in with it; none where the source does not say.
    pub enabled: Option<bool>,
    /// Last sign-in.
    pub last_sign_in: Moment,
    /// When the password was last set.
    pub password_set: Moment,
    /// Whether the password is set never to expire.
    pub password_never_expires: Option<bool>,
    /// Whether the account may have no password.
    pub password_not_required: Option<bool>,
    /// Whether wrong passwords lock the account, where it is said account by account.
    pub lockout: Option<bool>,
    /// When the account ends.
    pub expires: Moment,
    /// Groups and roles, as named in the source.
    pub groups: Vec<String>,
    /// Whether the source speaks of groups.
    pub groups_known: bool,
    /// What gives administrator rights (groups, flags); empty where nothing does.
    pub privileged_by: Vec<String>,
    /// Whether the source lets one see administrator rights.
    pub privileges_known: bool,
    /// What the source says that it is.
    pub kind: Option<AccountKind>,
    /// When the account was made.
    pub created: Moment,
    /// Where it stands in the source.
    pub place: Place,
}

impl Account {
    /// Administrator rights: yes, no, or not known.
    #[must_use]
    pub fn privileged(&self) -> Option<bool> {
        if !self.privileged_by.is_empty() {
            Some(true)
        } else if self.privileges_known {
            Some(false)
        } else {
            None
        }
    }

    /// The form in which user names are compared.
    #[must_use]
    pub fn key(&self) -> String {
        crate::text::identifier(&self.id)
    }
}

/// What a source can tell of its accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Whether an account can be used.
    Enabled,
    /// The last sign-in.
    LastSignIn,
    /// When the password was set.
    PasswordSet,
    /// Whether the password never expires.
    PasswordNeverExpires,
    /// Whether wrong passwords lock.
    Lockout,
    /// Groups and roles.
    Groups,
    /// Administrator rights.
    Privileges,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: &'static [Self] = &[
        Self::Enabled,
        Self::LastSignIn,
        Self::PasswordSet,
        Self::PasswordNeverExpires,
        Self::Lockout,
        Self::Groups,
        Self::Privileges,
    ];

    /// Code that stays the same in storage and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::LastSignIn => "last_sign_in",
            Self::PasswordSet => "password_set",
            Self::PasswordNeverExpires => "password_never_expires",
            Self::Lockout => "lockout",
            Self::Groups => "groups",
            Self::Privileges => "privileges",
        }
    }
}

/// Kinds of account exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// LDIF of Active Directory (`ldifde`) or another directory.
    Ldif,
    /// A table whose headings are attributes of a directory: `csvde`, `Get-ADUser | Export-Csv`.
    DirectoryTable,
    /// Windows local users: `Get-LocalUser | Export-Csv`, `net user`.
    WindowsLocal,
    /// Linux: passwd, shadow, group, lastlog.
    Linux,
    /// A table with columns of the system's own.
    Table,
    /// Read from the directory itself.
    Directory,
}

impl SourceFormat {
    /// Every format that a file can have.
    pub const FILES: &'static [Self] = &[
        Self::Ldif,
        Self::DirectoryTable,
        Self::WindowsLocal,
        Self::Linux,
        Self::Table,
    ];

    /// Code that stays the same in storage and in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ldif => "ldif",
            Self::DirectoryTable => "directory_table",
            Self::WindowsLocal => "windows_local",
            Self::Linux => "linux",
            Self::Table => "table",
            Self::Directory => "directory",
        }
    }
}

/// The people of one staff list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffList {
    /// The people; one who stands twice with two times of employment is one person.
    pub staff: Vec<Staff>,
    /// What was set aside.
    pub problems: Vec<Problem>,
    /// Problems beyond the bound, counted.
    pub further_problems: u64,
    /// Whether the file stops in the middle. Such a list says nothing of who is missing.
    pub cut_off: bool,
}

/// The accounts of one export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    /// Kind of the export.
    pub format: SourceFormat,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Whether wrong passwords lock accounts, where the export holds the policy.
    pub lockout: Option<bool>,
    /// What was set aside.
    pub problems: Vec<Problem>,
    /// Problems beyond the bound, counted.
    pub further_problems: u64,
    /// Whether the file stops in the middle. Such a list proves nothing by absence.
    pub cut_off: bool,
}

impl AccountList {
    /// What no account of the export tells. An export without accounts tells nothing.
    #[must_use]
    pub fn untold(&self) -> Vec<Aspect> {
        let any = |test: fn(&Account) -> bool| self.accounts.iter().any(test);
        Aspect::ALL
            .iter()
            .copied()
            .filter(|aspect| !match aspect {
                Aspect::Enabled => any(|account| account.enabled.is_some()),
                Aspect::LastSignIn => any(|account| account.last_sign_in.is_known()),
                Aspect::PasswordSet => any(|account| account.password_set.is_known()),
                Aspect::PasswordNeverExpires => {
                    any(|account| account.password_never_expires.is_some())
                }
                Aspect::Lockout => {
                    self.lockout.is_some() || any(|account| account.lockout.is_some())
                }
                Aspect::Groups => any(|account| account.groups_known),
                Aspect::Privileges => any(|account| account.privileged().is_some()),
            })
            .collect()
    }
}

/// A permission that was granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Identifier of the caller's.
    pub id: String,
    /// Key of the staff member who was given it ([`Staff::key`]).
    pub staff: Option<String>,
    /// User name, where it was given to an account.
    pub account: Option<String>,
    /// Source (system) that it is for, by the caller's identifier.
    pub source: String,
    /// Whether it covers administrator rights.
    pub privileged: bool,
    /// Functions that it covers; empty where it names none, which covers every function.
    pub functions: Vec<String>,
    /// First day.
    pub from: Option<Date>,
    /// Last day; none without end.
    pub until: Option<Date>,
}

impl Grant {
    /// Whether it holds on the day.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| until >= day)
    }
}

/// A finding that was accepted for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Identifier of the caller's.
    pub id: String,
    /// Source of the account.
    pub source: String,
    /// User name of the account.
    pub account: String,
    /// What was accepted.
    pub kind: crate::findings::FindingKind,
    /// Last day on which it holds. There is none without end.
    pub until: Date,
}
