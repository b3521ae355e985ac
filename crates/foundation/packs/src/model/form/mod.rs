//! Forms of the one-stop desk (ワンストップ窓口) as dated data: what is asked, who decides in which
//! order, and which ledger a granted request enters.

mod check;
mod condition;

use serde::{Deserialize, Serialize};
use yagura_kernel::person::Role;

pub use check::{FormFault, FormFaultKind, FormPlace, check_form, check_seats};
pub use condition::{Condition, all_hold};

use super::Text;

/// The most fields of a form.
pub const MOST_FIELDS: usize = 60;
/// The most steps of a route.
pub const MOST_STEPS: usize = 20;
/// The most seats of a step.
pub const MOST_SEATS: usize = 8;
/// The longest time that a step may take, in days.
pub const LONGEST_DUE_DAYS: u16 = 180;
/// The longest answer to a field of text, in characters.
pub const LONGEST_ANSWER: usize = 4_000;

/// A form: what is asked, its route, and what follows from a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestForm {
    /// When to use it, in plain words.
    pub summary: Text,
    /// Its place at the desk; equal numbers stand in the order of their ids.
    #[serde(default)]
    pub order: u16,
    /// What is said to the requester when it was filed.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub after_filing: Text,
    /// What is asked.
    pub fields: Vec<FormField>,
    /// Who decides.
    pub route: Vec<RouteStep>,
    /// Which ledgers a granted request enters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<FormOutcome>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Unique in the form; answers are stored under it.
    pub id: String,
    /// The question.
    pub label: Text,
    /// Help below it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub help: Text,
    /// What kind of answer it takes.
    pub kind: FieldKind,
    /// What can be chosen; only for choices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<FieldChoice>,
    /// Whether it must be answered wherever it is asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// When it must be answered; every condition has to hold. Empty says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_when: Vec<Condition>,
    /// When it is asked; every condition has to hold. Empty means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown_when: Vec<Condition>,
    /// Whether the answer names the request in lists.
    #[serde(default, skip_serializing_if = "is_false")]
    pub subject: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What kind of answer a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A day.
    Date,
    /// はい or いいえ.
    YesNo,
    /// One of several.
    Choice,
    /// Any number of several.
    MultiChoice,
    /// A person, who need not have an account.
    Person,
    /// A department; its head is the 現場責任者 of the request.
    Department,
    /// A system of the register (台帳), or the name of one that is not in it.
    System,
    /// A file.
    File,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Text,
        Self::LongText,
        Self::Date,
        Self::YesNo,
        Self::Choice,
        Self::MultiChoice,
        Self::Person,
        Self::Department,
        Self::System,
        Self::File,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long-text",
            Self::Date => "date",
            Self::YesNo => "yes-no",
            Self::Choice => "choice",
            Self::MultiChoice => "multi-choice",
            Self::Person => "person",
            Self::Department => "department",
            Self::System => "system",
            Self::File => "file",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether what can be chosen is listed in the form.
    #[must_use]
    pub const fn has_choices(self) -> bool {
        matches!(self, Self::Choice | Self::MultiChoice)
    }
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChoice {
    /// Under which it is stored.
    pub value: String,
    /// What people read.
    pub label: Text,
}

/// A step of a route. It begins when the steps before it are over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteStep {
    /// Unique in the form.
    pub id: String,
    /// What is looked at in this step.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub title: Text,
    /// Who decides.
    pub seats: Vec<Seat>,
    /// Whether every seat decides or one is enough.
    #[serde(default)]
    pub mode: StepMode,
    /// Whether it is decided or carried out.
    #[serde(default)]
    pub act: StepAct,
    /// When the step is taken; every condition has to hold. Empty means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// After which steps it begins. `None` means after the one that stands before it; an empty list
    /// means at once, so that steps run side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// Within how many days it should be decided.
    #[serde(default = "usual_due_days")]
    pub due_days: u16,
    /// Whether the next in the chain of responsibility may decide too once it is overdue.
    #[serde(default = "yes")]
    pub escalate: bool,
}

const fn usual_due_days() -> u16 {
    7
}

const fn yes() -> bool {
    true
}

/// Whether every seat of a step decides or one is enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepMode {
    /// Every seat, in any order.
    #[default]
    All,
    /// One of the seats.
    Any,
}

/// What is done in a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepAct {
    /// It is granted or rejected.
    #[default]
    Decide,
    /// What was granted is carried out and said to be done.
    CarryOut,
}

/// A seat at which requests are decided: the chain of responsibility (病院管理者 → 情報統括責任者 →
/// 現場責任者) and the desks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    /// 現場責任者 of the department that the request names.
    DepartmentHead,
    /// 情報統括責任者 (医療情報システム安全管理責任者).
    SafetyManager,
    /// 病院管理者.
    Director,
    /// 企画管理者.
    PlanningManager,
    /// システム担当.
    SystemOperator,
    /// 人事担当.
    PersonnelDesk,
    /// 調達担当.
    ProcurementDesk,
    /// 契約担当.
    ContractDesk,
    /// 診療情報担当.
    ClinicalRecordsDesk,
}

impl Seat {
    /// Every seat: the chain from below, then the desks.
    pub const ALL: [Self; 9] = [
        Self::DepartmentHead,
        Self::SafetyManager,
        Self::Director,
        Self::PlanningManager,
        Self::SystemOperator,
        Self::PersonnelDesk,
        Self::ProcurementDesk,
        Self::ContractDesk,
        Self::ClinicalRecordsDesk,
    ];

    /// The word used in files and in storage.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::DepartmentHead => "department-head",
            Self::SafetyManager => "safety-manager",
            Self::Director => "director",
            Self::PlanningManager => "planning-manager",
            Self::SystemOperator => "system-operator",
            Self::PersonnelDesk => "personnel-desk",
            Self::ProcurementDesk => "procurement-desk",
            Self::ContractDesk => "contract-desk",
            Self::ClinicalRecordsDesk => "clinical-records-desk",
        }
    }

    /// The seat of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|seat| seat.code() == code)
    }

    /// The role that sits there.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::DepartmentHead => Role::DepartmentHead,
            Self::SafetyManager => Role::SafetyManager,
            Self::Director => Role::Director,
            Self::PlanningManager => Role::PlanningManager,
            Self::SystemOperator => Role::SystemOperator,
            Self::PersonnelDesk => Role::PersonnelDesk,
            Self::ProcurementDesk => Role::ProcurementDesk,
            Self::ContractDesk => Role::ContractDesk,
            Self::ClinicalRecordsDesk => Role::ClinicalRecordsDesk,
        }
    }

    /// The seats to which a request goes, in this order, where nobody may decide at this one.
    #[must_use]
    pub const fn fallback(self) -> &'static [Self] {
        match self {
            Self::SafetyManager => &[Self::Director, Self::PlanningManager],
            Self::Director => &[Self::SafetyManager, Self::PlanningManager],
            Self::PlanningManager => &[Self::SafetyManager, Self::Director],
            _ => &[Self::SafetyManager, Self::Director, Self::PlanningManager],
        }
    }

    /// The next in the chain of responsibility, who may decide too when it is overdue.
    #[must_use]
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Director => None,
            Self::SafetyManager => Some(Self::Director),
            _ => Some(Self::SafetyManager),
        }
    }
}

/// A ledger (管理簿) that a granted request enters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormOutcome {
    /// Which.
    pub ledger: LedgerCode,
    /// When it is entered; every condition has to hold. Empty means always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// Which of the ledger's fields is filled from which field of the form.
    pub fields: Vec<OutcomeField>,
}

/// A field of a ledger with the form's field that fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeField {
    /// The ledger's field.
    pub to: String,
    /// The form's field.
    pub from: String,
}

/// The ledgers that requests can enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerCode {
    /// 利用権限付与者リスト.
    Permissions,
    /// データ持ち出し管理簿.
    DataExports,
    /// 借用機器管理簿.
    Loans,
    /// 外部記録媒体管理簿.
    Media,
    /// 例外管理簿.
    Exceptions,
    /// 管理者権限対象者.
    Privileged,
    /// The permissions that somebody holds are to be taken away: they leave.
    PermissionsEnd,
}

impl LedgerCode {
    /// Every ledger.
    pub const ALL: [Self; 7] = [
        Self::Permissions,
        Self::DataExports,
        Self::Loans,
        Self::Media,
        Self::Exceptions,
        Self::Privileged,
        Self::PermissionsEnd,
    ];

    /// The word used in files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::DataExports => "data-exports",
            Self::Loans => "loans",
            Self::Media => "media",
            Self::Exceptions => "exceptions",
            Self::Privileged => "privileged",
            Self::PermissionsEnd => "permissions-end",
        }
    }

    /// The ledger of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ledger| ledger.code() == code)
    }

    /// Fields of the ledger that a form can fill.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Permissions => &[
                "person",
                "department",
                "superior",
                "profession",
                "duty",
                "system",
                "functions",
                "from",
                "until",
                "reason",
            ],
            Self::DataExports => &[
                "person",
                "department",
                "information",
                "purpose",
                "personal",
                "method",
                "terminal",
                "medium-owner",
                "recipient",
                "system",
                "from",
                "until",
                "end-of-use",
            ],
            Self::Loans => &[
                "person",
                "department",
                "device",
                "owner",
                "connection",
                "system",
                "from",
                "until",
                "purpose",
            ],
            Self::Media => &[
                "person",
                "department",
                "medium",
                "owner",
                "encryption",
                "purpose",
                "from",
                "until",
            ],
            Self::Exceptions => &[
                "person",
                "department",
                "rule",
                "system",
                "reason",
                "compensation",
                "from",
                "until",
            ],
            Self::Privileged => &[
                "person",
                "department",
                "system",
                "account",
                "reason",
                "from",
                "until",
            ],
            Self::PermissionsEnd => &["person", "staff-number"],
        }
    }

    /// Fields that a form must fill with an answer that is always there.
    #[must_use]
    pub const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Permissions => &["person", "functions", "until"],
            Self::DataExports => &["person", "information", "purpose", "until"],
            Self::Loans => &["device", "owner", "until"],
            Self::Media => &["person", "medium"],
            Self::Exceptions => &["rule", "reason", "until"],
            Self::Privileged => &["person", "until"],
            Self::PermissionsEnd => &["person"],
        }
    }
}

impl RequestForm {
    /// The field with an id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&FormField> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// The step with an id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&RouteStep> {
        self.route.iter().find(|step| step.id == id)
    }

    /// The steps after which the step at a place begins.
    pub fn before(&self, place: usize) -> Vec<&str> {
        match self.route.get(place) {
            None => Vec::new(),
            Some(step) => match &step.after {
                Some(after) => after.iter().map(String::as_str).collect(),
                None => place
                    .checked_sub(1)
                    .and_then(|before| self.route.get(before))
                    .map(|step| step.id.as_str())
                    .into_iter()
                    .collect(),
            },
        }
    }
}
