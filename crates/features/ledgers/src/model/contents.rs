//! What an entry of each ledger says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_kernel::id::PersonId;
use yagura_kernel::time::Date;

use super::codes::{Carrier, Choices, Known, Method, Owner};
use super::field::{FieldProblem, FieldSpec, Input, Problem};
use crate::iso;

/// That somebody may use a system (利用権限付与者リスト). The seed's fields: who, profession, duty,
/// superior, which system, which function, until when.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Permission {
    /// Whom, by name.
    pub name: String,
    /// 職員番号, where there is one.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// 職種.
    pub profession: String,
    /// 業務内容.
    pub duty: String,
    /// The superior, where it is somebody with a role in Yagura: they are asked at recertification.
    #[schema(value_type = Option<Uuid>)]
    pub superior: Option<PersonId>,
    /// The superior's name, where it is nobody with a role in Yagura.
    pub superior_name: String,
    /// The system, by its id in the register.
    pub system: Option<Uuid>,
    /// The system's name; of one in the register as it was called when this was written.
    pub system_name: String,
    /// Which function or right.
    pub function: String,
    /// The id of the account, where it is known.
    pub account: String,
    /// Whether it gives administrator rights (管理者権限).
    pub privileged: bool,
    /// From when.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Until when, the last day included.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// Why it has no last day.
    pub open_ended_reason: String,
    /// Who permitted it, or by which paper, where it was no request in Yagura.
    pub permitted_by: String,
    /// 備考.
    pub note: String,
}

/// That information left the institution (診療情報払い出し管理簿).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Export {
    /// What information.
    pub name: String,
    /// Who takes it out.
    pub person: String,
    /// 職員番号.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// 利用目的.
    pub purpose: String,
    /// Whether it holds personal information.
    pub personal_information: Known,
    /// By which means.
    pub method: Method,
    /// From which terminal.
    pub terminal: String,
    /// Whose medium.
    pub carrier: Carrier,
    /// Which medium of the ledger of media.
    pub medium: Option<Uuid>,
    /// Who permitted it.
    pub permitted_by: String,
    /// When it was handed out.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// By when it must be returned or erased.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// 備考.
    pub note: String,
}

/// A device on loan, such as one for a demonstration (デモ借用).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Loan {
    /// The device.
    pub name: String,
    /// Who lends it.
    pub lender: String,
    /// Whose it is, where not the lender's.
    pub owner: String,
    /// Whether it is connected to the network of the chart system.
    pub chart_network: Known,
    /// Who answers for it here.
    pub person: String,
    /// 職員番号.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// 利用目的.
    pub purpose: String,
    /// Who permitted it.
    pub permitted_by: String,
    /// From when.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// By when it goes back.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// 備考.
    pub note: String,
}

/// An external medium (USBストレージ等).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Medium {
    /// The label or number by which it is known.
    pub name: String,
    /// The maker's number.
    pub serial: String,
    /// Whose it is.
    pub owner: Owner,
    /// Who has it.
    pub person: String,
    /// 職員番号.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// Whether what is on it is encrypted.
    pub encrypted: Known,
    /// How.
    pub encryption: String,
    /// When somebody last made sure that it is there.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub seen_on: Option<Date>,
    /// 備考.
    pub note: String,
}

/// That a rule is departed from for a time. Reason and last day are compulsory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Exception {
    /// The rule.
    pub name: String,
    /// For whom or what.
    pub person: String,
    /// 職員番号.
    pub staff_number: String,
    /// 所属.
    pub department: String,
    /// The id of the account, where it is about one.
    pub account: String,
    /// The system, by its id in the register.
    pub system: Option<Uuid>,
    /// The system's name.
    pub system_name: String,
    /// The medium of the ledger of media, where it is about one.
    pub medium: Option<Uuid>,
    /// The finding, by the key that the finding feature gives it.
    pub finding: String,
    /// Why.
    pub reason: String,
    /// What is done meanwhile.
    pub measures: String,
    /// Who permitted it.
    pub permitted_by: String,
    /// From when.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// Until when, the last day included.
    #[serde(with = "iso")]
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// 備考.
    pub note: String,
}

const LONG_KEY: Input = Input::Line { longest: 200 };

pub(super) const PERMISSION: &[FieldSpec] = &[
    FieldSpec::line("name").required(),
    FieldSpec::line("staff_number"),
    FieldSpec::line("department"),
    FieldSpec::line("profession"),
    FieldSpec::line("duty"),
    FieldSpec::new("superior", Input::Person),
    FieldSpec::line("superior_name"),
    FieldSpec::new("system", Input::System),
    FieldSpec::line("system_name"),
    FieldSpec::line("function"),
    FieldSpec::line("account"),
    FieldSpec::new("privileged", Input::Tick),
    FieldSpec::date("from"),
    FieldSpec::date("until"),
    FieldSpec::line("open_ended_reason"),
    FieldSpec::line("permitted_by"),
    FieldSpec::text("note"),
];

pub(super) const EXPORT: &[FieldSpec] = &[
    FieldSpec::line("name").required(),
    FieldSpec::line("person").required(),
    FieldSpec::line("staff_number"),
    FieldSpec::line("department"),
    FieldSpec::line("purpose").required(),
    FieldSpec::choice("personal_information", Choices::Known),
    FieldSpec::choice("method", Choices::Method),
    FieldSpec::line("terminal"),
    FieldSpec::choice("carrier", Choices::Carrier),
    FieldSpec::new("medium", Input::Medium),
    FieldSpec::line("permitted_by"),
    FieldSpec::date("from"),
    FieldSpec::date("until").required(),
    FieldSpec::text("note"),
];

pub(super) const LOAN: &[FieldSpec] = &[
    FieldSpec::line("name").required(),
    FieldSpec::line("lender").required(),
    FieldSpec::line("owner"),
    FieldSpec::choice("chart_network", Choices::Known),
    FieldSpec::line("person"),
    FieldSpec::line("staff_number"),
    FieldSpec::line("department"),
    FieldSpec::line("purpose"),
    FieldSpec::line("permitted_by"),
    FieldSpec::date("from"),
    FieldSpec::date("until").required(),
    FieldSpec::text("note"),
];

pub(super) const MEDIUM: &[FieldSpec] = &[
    FieldSpec::line("name").required(),
    FieldSpec::line("serial"),
    FieldSpec::choice("owner", Choices::Owner),
    FieldSpec::line("person"),
    FieldSpec::line("staff_number"),
    FieldSpec::line("department"),
    FieldSpec::choice("encrypted", Choices::Known),
    FieldSpec::line("encryption"),
    FieldSpec::date("seen_on"),
    FieldSpec::text("note"),
];

pub(super) const EXCEPTION: &[FieldSpec] = &[
    FieldSpec::line("name").required(),
    FieldSpec::line("person"),
    FieldSpec::line("staff_number"),
    FieldSpec::line("department"),
    FieldSpec::line("account"),
    FieldSpec::new("system", Input::System),
    FieldSpec::line("system_name"),
    FieldSpec::new("medium", Input::Medium),
    FieldSpec::new("finding", LONG_KEY),
    FieldSpec::text("reason").required(),
    FieldSpec::text("measures"),
    FieldSpec::line("permitted_by"),
    FieldSpec::date("from"),
    FieldSpec::date("until").required(),
    FieldSpec::text("note"),
];

fn order(from: Option<Date>, until: Option<Date>) -> Option<FieldProblem> {
    match (from, until) {
        (Some(from), Some(until)) if until < from => {
            Some(FieldProblem::new("until", Problem::EndsBeforeItBegins))
        }
        _ => None,
    }
}

impl Permission {
    /// What is missing or does not fit together: a system, and a last day or the reason why there
    /// is none.
    pub(super) fn contradictions(&self) -> Vec<FieldProblem> {
        let mut found = Vec::new();
        if self.system.is_none() && self.system_name.is_empty() {
            let other = "system_name";
            found.push(FieldProblem::new("system", Problem::EitherOf { other }));
        }
        if self.until.is_none() && self.open_ended_reason.is_empty() {
            let other = "open_ended_reason";
            found.push(FieldProblem::new("until", Problem::EitherOf { other }));
        }
        found.extend(order(self.from, self.until));
        found
    }
}

impl Export {
    pub(super) fn contradictions(&self) -> Vec<FieldProblem> {
        order(self.from, self.until).into_iter().collect()
    }
}

impl Loan {
    pub(super) fn contradictions(&self) -> Vec<FieldProblem> {
        order(self.from, self.until).into_iter().collect()
    }
}

impl Exception {
    pub(super) fn contradictions(&self) -> Vec<FieldProblem> {
        order(self.from, self.until).into_iter().collect()
    }
}
