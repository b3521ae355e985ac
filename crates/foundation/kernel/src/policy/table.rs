//! The table of rules.

use super::{Action, Denial, Standing};
use crate::person::Role;
use crate::relation::SharingLevel;

/// What a rule asks of the organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// The record belongs to one's own organisation.
    Own,
    /// One oversees the institution, and it shares at least this much.
    Overseen(SharingLevel),
    /// One supplies the institution.
    Supplied,
    /// The record belongs to the installation.
    Installation,
}

/// One line: holders of these roles may do this where the organisations stand so.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The action that is allowed.
    pub action: Action,
    /// To holders of any of these roles.
    pub roles: &'static [Role],
    /// Where the organisations stand to each other so.
    pub needs: Needs,
}

impl Rule {
    /// Whether a standing satisfies the rule.
    ///
    /// # Errors
    /// [`Denial::Sharing`] where only the sharing level is too low, else [`Denial::Relation`].
    pub const fn standing_allows(&self, standing: Standing) -> Result<(), Denial> {
        match (self.needs, standing) {
            (Needs::Own, Standing::Own)
            | (Needs::Supplied, Standing::Supplied)
            | (Needs::Installation, Standing::Installation) => Ok(()),
            (Needs::Overseen(needed), Standing::Overseen(shared)) => {
                if shared.rank() >= needed.rank() {
                    Ok(())
                } else {
                    Err(Denial::Sharing)
                }
            }
            _ => Err(Denial::Relation),
        }
    }
}

use Role::{
    Administrator, ClinicalRecordsDesk, ContractDesk, DepartmentHead, Director, Inspector,
    PersonnelDesk, PlanningManager, ProcurementDesk, RegionalManager, RegionalStaff, SafetyManager,
    Staff, SystemOperator, VendorManager, VendorStaff,
};

/// Everybody who works in an institution.
const INSIDE: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    DepartmentHead,
    Staff,
    ContractDesk,
    ProcurementDesk,
    PersonnelDesk,
    ClinicalRecordsDesk,
];
/// Those who read the institution's security state.
const INSIDE_READERS: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    DepartmentHead,
    ContractDesk,
    ProcurementDesk,
    PersonnelDesk,
    ClinicalRecordsDesk,
];
/// Those who answer for it.
const INSIDE_EDITORS: &[Role] = &[Director, SafetyManager, PlanningManager, SystemOperator];
/// Those who say that the register is true: also who heads a department, for what stands there.
const INSIDE_CONFIRMERS: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    DepartmentHead,
];
/// Those who decide for it.
const INSIDE_DECIDERS: &[Role] = &[Director, SafetyManager];
/// Those who deal with vendors.
const INSIDE_VENDOR_DESKS: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    ContractDesk,
    ProcurementDesk,
];
/// Those who answer for it and those at whose desks requests are dealt with.
const INSIDE_DESKS: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    ContractDesk,
    ProcurementDesk,
    PersonnelDesk,
    ClinicalRecordsDesk,
];
/// Those who see who works there and which accounts they have.
const INSIDE_ACCOUNT_KEEPERS: &[Role] = &[
    Director,
    SafetyManager,
    PlanningManager,
    SystemOperator,
    PersonnelDesk,
];
const VENDOR: &[Role] = &[VendorManager, VendorStaff];
const REGION: &[Role] = &[RegionalManager, RegionalStaff];
const OVERSEERS: &[Role] = &[RegionalManager, RegionalStaff, Inspector];
const HEADS: &[Role] = &[Director, SafetyManager, VendorManager, RegionalManager];
const ADMINISTRATOR: &[Role] = &[Administrator];

const fn rule(action: Action, roles: &'static [Role], needs: Needs) -> Rule {
    Rule {
        action,
        roles,
        needs,
    }
}

/// Every rule. What no line allows is denied.
pub const RULES: &[Rule] = &[
    // One's own institution.
    rule(Action::ReadStatus, INSIDE, Needs::Own),
    rule(Action::ReadSheet, INSIDE_READERS, Needs::Own),
    rule(Action::AnswerSheet, INSIDE_EDITORS, Needs::Own),
    rule(Action::ReadHistory, INSIDE_READERS, Needs::Own),
    rule(Action::ReadEvidence, INSIDE_READERS, Needs::Own),
    rule(Action::DownloadEvidence, INSIDE_READERS, Needs::Own),
    rule(Action::ManageEvidence, INSIDE_EDITORS, Needs::Own),
    rule(Action::ReadVendorSheet, INSIDE_READERS, Needs::Own),
    rule(Action::ReadVendors, INSIDE_READERS, Needs::Own),
    rule(Action::ManageVendors, INSIDE_VENDOR_DESKS, Needs::Own),
    rule(Action::PrintPack, INSIDE_EDITORS, Needs::Own),
    rule(Action::ShareInspectionLink, INSIDE_DECIDERS, Needs::Own),
    rule(Action::ReadContacts, INSIDE, Needs::Own),
    rule(Action::EditContacts, INSIDE_EDITORS, Needs::Own),
    rule(Action::ReadInventory, INSIDE_READERS, Needs::Own),
    rule(Action::EditInventory, INSIDE_EDITORS, Needs::Own),
    rule(Action::ConfirmInventory, INSIDE_CONFIRMERS, Needs::Own),
    rule(Action::ReadVulnerabilities, INSIDE_READERS, Needs::Own),
    rule(Action::AssessVulnerabilities, INSIDE_EDITORS, Needs::Own),
    rule(Action::AcceptVulnerabilities, INSIDE_DECIDERS, Needs::Own),
    rule(Action::FileRequests, INSIDE, Needs::Own),
    rule(Action::ReadRequests, INSIDE_DESKS, Needs::Own),
    rule(Action::DecideRequests, INSIDE, Needs::Own),
    rule(Action::EditRequestForms, INSIDE_EDITORS, Needs::Own),
    rule(Action::ReadLedgers, INSIDE_READERS, Needs::Own),
    rule(Action::KeepLedgers, INSIDE_DESKS, Needs::Own),
    rule(Action::RecertifyPermissions, INSIDE_CONFIRMERS, Needs::Own),
    rule(Action::ReadAccounts, INSIDE_ACCOUNT_KEEPERS, Needs::Own),
    rule(Action::EditAccounts, INSIDE_ACCOUNT_KEEPERS, Needs::Own),
    rule(Action::AcceptAccounts, INSIDE_DECIDERS, Needs::Own),
    rule(Action::AnswerSelfCheck, INSIDE, Needs::Own),
    rule(Action::ManageSharing, INSIDE_DECIDERS, Needs::Own),
    rule(Action::ReadComparison, INSIDE_READERS, Needs::Own),
    // Any organisation's own people and log.
    rule(Action::ReadPeople, INSIDE_READERS, Needs::Own),
    rule(Action::ReadPeople, VENDOR, Needs::Own),
    rule(Action::ReadPeople, REGION, Needs::Own),
    rule(Action::ReadPeople, ADMINISTRATOR, Needs::Own),
    rule(Action::ManagePeople, HEADS, Needs::Own),
    rule(Action::ManagePeople, ADMINISTRATOR, Needs::Own),
    rule(Action::ReadAuditLog, HEADS, Needs::Own),
    rule(Action::ManageTokens, INSIDE_EDITORS, Needs::Own),
    rule(Action::ManageTokens, VENDOR, Needs::Own),
    rule(Action::ManageTokens, REGION, Needs::Own),
    rule(Action::ManageTokens, ADMINISTRATOR, Needs::Own),
    // A vendor and its customers.
    rule(Action::ReadVendorSheet, VENDOR, Needs::Supplied),
    rule(Action::AnswerVendorSheet, VENDOR, Needs::Supplied),
    rule(Action::ReadCustomerConnections, VENDOR, Needs::Supplied),
    rule(Action::ConfirmCustomerConnections, VENDOR, Needs::Supplied),
    rule(Action::ReadCustomerVulnerabilities, VENDOR, Needs::Supplied),
    rule(
        Action::AnswerCustomerVulnerabilities,
        VENDOR,
        Needs::Supplied,
    ),
    // A region and its members, as far as they share.
    rule(Action::ReadMembers, OVERSEERS, Needs::Own),
    rule(Action::ManageMembers, &[RegionalManager], Needs::Own),
    rule(Action::ReadComparison, OVERSEERS, Needs::Own),
    rule(Action::SendReminders, REGION, Needs::Own),
    rule(
        Action::ReadStatus,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Status),
    ),
    rule(
        Action::ReadSheet,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Answers),
    ),
    rule(
        Action::ReadVendorSheet,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Evidence),
    ),
    rule(
        Action::ReadVendors,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Evidence),
    ),
    rule(
        Action::ReadEvidence,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Evidence),
    ),
    rule(
        Action::ReadHistory,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Detail),
    ),
    rule(
        Action::DownloadEvidence,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Detail),
    ),
    rule(
        Action::ReadContacts,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Detail),
    ),
    rule(
        Action::PrintPack,
        OVERSEERS,
        Needs::Overseen(SharingLevel::Detail),
    ),
    // The installation.
    rule(Action::ReadPacks, INSIDE, Needs::Installation),
    rule(Action::ReadPacks, VENDOR, Needs::Installation),
    rule(Action::ReadPacks, OVERSEERS, Needs::Installation),
    rule(Action::ReadPacks, ADMINISTRATOR, Needs::Installation),
    rule(Action::ManagePacks, ADMINISTRATOR, Needs::Installation),
    rule(Action::ReadFeeds, INSIDE_READERS, Needs::Installation),
    rule(Action::ReadFeeds, OVERSEERS, Needs::Installation),
    rule(Action::ReadFeeds, ADMINISTRATOR, Needs::Installation),
    rule(Action::ManageFeeds, ADMINISTRATOR, Needs::Installation),
    rule(Action::ReadAuditLog, ADMINISTRATOR, Needs::Installation),
    rule(
        Action::ManageInstallation,
        ADMINISTRATOR,
        Needs::Installation,
    ),
];
