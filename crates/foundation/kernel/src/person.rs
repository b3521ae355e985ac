//! People's roles. An *assignment* gives a person a role in one organisation from a date to a date.

use serde::{Deserialize, Serialize};

use crate::organization::OrganizationKind;
use crate::time::Date;

/// A role in one organisation. The first four are the responsibility chain of a hospital:
/// 病院管理者 → 情報統括責任者 → 現場責任者 → 本人.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 管理者 (院長, 開設者から任された者): bears the duty of 医療法施行規則 第14条第2項.
    Director,
    /// 医療情報システム安全管理責任者, in a large hospital the 情報統括責任者 (checklist item 1-①).
    SafetyManager,
    /// 現場責任者: head of a department.
    DepartmentHead,
    /// 職員.
    Staff,
    /// 企画管理者 (guideline, 企画管理編).
    PlanningManager,
    /// システム運用担当者 (guideline, システム運用編).
    SystemOperator,
    /// 契約担当.
    ContractDesk,
    /// 調達担当.
    ProcurementDesk,
    /// 人事担当.
    PersonnelDesk,
    /// 診療情報担当.
    ClinicalRecordsDesk,
    /// 事業者の管理責任者: may also invite colleagues.
    VendorManager,
    /// 事業者の担当者.
    VendorStaff,
    /// 地域の事務局の責任者: may change the roll of members and send reminders.
    RegionalManager,
    /// 地域の事務局の職員: reads and sends reminders.
    RegionalStaff,
    /// 立入検査の検査員 (医療法 第25条第1項) with an account of the prefecture or health centre.
    Inspector,
    /// システム管理者 of this installation. Sees no answers of any institution.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 16] = [
        Self::Director,
        Self::SafetyManager,
        Self::DepartmentHead,
        Self::Staff,
        Self::PlanningManager,
        Self::SystemOperator,
        Self::ContractDesk,
        Self::ProcurementDesk,
        Self::PersonnelDesk,
        Self::ClinicalRecordsDesk,
        Self::VendorManager,
        Self::VendorStaff,
        Self::RegionalManager,
        Self::RegionalStaff,
        Self::Inspector,
        Self::Administrator,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Director => "director",
            Self::SafetyManager => "safety_manager",
            Self::DepartmentHead => "department_head",
            Self::Staff => "staff",
            Self::PlanningManager => "planning_manager",
            Self::SystemOperator => "system_operator",
            Self::ContractDesk => "contract_desk",
            Self::ProcurementDesk => "procurement_desk",
            Self::PersonnelDesk => "personnel_desk",
            Self::ClinicalRecordsDesk => "clinical_records_desk",
            Self::VendorManager => "vendor_manager",
            Self::VendorStaff => "vendor_staff",
            Self::RegionalManager => "regional_manager",
            Self::RegionalStaff => "regional_staff",
            Self::Inspector => "inspector",
            Self::Administrator => "administrator",
        }
    }

    /// The role with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether the role can be held in an organisation of this kind.
    #[must_use]
    pub const fn fits(self, kind: OrganizationKind) -> bool {
        match self {
            Self::VendorManager | Self::VendorStaff => matches!(kind, OrganizationKind::Vendor),
            Self::RegionalManager | Self::RegionalStaff => kind.is_regional(),
            Self::Inspector => {
                matches!(
                    kind,
                    OrganizationKind::Prefecture | OrganizationKind::Municipality
                )
            }
            Self::Administrator => matches!(kind, OrganizationKind::Operator),
            _ => kind.is_institution() || matches!(kind, OrganizationKind::Department),
        }
    }

    /// Whether a second factor is compulsory: for every role that sees more than one institution
    /// and for administrators.
    #[must_use]
    pub const fn needs_second_factor(self) -> bool {
        matches!(
            self,
            Self::VendorManager
                | Self::VendorStaff
                | Self::RegionalManager
                | Self::RegionalStaff
                | Self::Inspector
                | Self::Administrator
        )
    }
}

/// The days on which something holds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// First day.
    pub from: Date,
    /// Last day; `None` means until further notice.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    #[test]
    fn roles_round_trip_and_fit_somewhere() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
            assert!(
                OrganizationKind::ALL
                    .into_iter()
                    .any(|kind| role.fits(kind))
            );
        }
        assert!(!Role::VendorStaff.fits(OrganizationKind::Hospital));
        assert!(!Role::Director.fits(OrganizationKind::Prefecture));
    }

    #[test]
    fn validity_includes_both_ends() {
        let from = parse_date("2026-04-01").unwrap();
        let until = parse_date("2027-03-31").unwrap();
        let year = Validity {
            from,
            until: Some(until),
        };
        assert!(year.holds_on(from) && year.holds_on(until));
        assert!(!year.holds_on(until.next_day().unwrap()));
        assert!(!year.holds_on(from.previous_day().unwrap()));
        assert!(Validity { from, until: None }.holds_on(until.next_day().unwrap()));
    }
}
