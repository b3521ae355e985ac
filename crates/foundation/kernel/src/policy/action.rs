//! Everything that can be done, each with a type of its own for the proof value.

use serde::{Deserialize, Serialize};

/// A type that stands for one action, so that a repository can ask for exactly that proof.
pub trait ActionType: Send + Sync + 'static {
    /// The action.
    const ACTION: Action;
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// Something that can be done to an organisation's records.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Action {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code used in the audit log and as the scope of API tokens.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The action with this code, if there is one.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.code() == code)
            }
        }

        /// One type for each [`Action`].
        pub mod actions {
            $($(#[doc = $doc])+ #[derive(Debug, Clone, Copy)] pub struct $name;
            impl super::ActionType for $name {
                const ACTION: super::Action = super::Action::$name;
            })+
        }
    };
}

actions! {
    /// See whether a checklist was answered and how far it is.
    ReadStatus = "status.read";
    /// Read the answers and proof levels of a checklist.
    ReadSheet = "sheet.read";
    /// Answer a checklist of one's own institution.
    AnswerSheet = "sheet.answer";
    /// Read who changed which answer when, and the remarks.
    ReadHistory = "history.read";
    /// Read the list of evidence.
    ReadEvidence = "evidence.read";
    /// Open the files of evidence.
    DownloadEvidence = "evidence.download";
    /// Add, link and withdraw evidence.
    ManageEvidence = "evidence.manage";
    /// Read the sheets that vendors answered for an institution.
    ReadVendorSheet = "vendor_sheet.read";
    /// Answer the vendor sheet for a customer.
    AnswerVendorSheet = "vendor_sheet.answer";
    /// Invite a vendor and end its contract on record.
    ManageVendors = "vendors.manage";
    /// Read which vendors supply an institution.
    ReadVendors = "vendors.read";
    /// Print and download the inspection pack.
    PrintPack = "pack.print";
    /// Give out an expiring link to the inspection pack.
    ShareInspectionLink = "inspection_link.share";
    /// Read the contact chart (連絡体制図).
    ReadContacts = "contacts.read";
    /// Change and confirm the contact chart.
    EditContacts = "contacts.edit";
    /// Read the register of systems, external connections and devices (台帳).
    ReadInventory = "inventory.read";
    /// Change the register.
    EditInventory = "inventory.edit";
    /// Confirm for a fiscal year that records of the register are true.
    ConfirmInventory = "inventory.confirm";
    /// Read which published vulnerabilities touch the institution's devices.
    ReadVulnerabilities = "vulnerabilities.read";
    /// Say what a device is, and how a vulnerability stands on it.
    AssessVulnerabilities = "vulnerabilities.assess";
    /// Accept for a time that a vulnerability stays.
    AcceptVulnerabilities = "vulnerabilities.accept";
    /// Read, as the vendor, the external connections of a customer that are one's own.
    ReadCustomerConnections = "customer_connections.read";
    /// Confirm or correct, as the vendor, the external connections of a customer that are one's own.
    ConfirmCustomerConnections = "customer_connections.confirm";
    /// Read, as the vendor, the vulnerabilities on a customer's devices that one maintains.
    ReadCustomerVulnerabilities = "customer_vulnerabilities.read";
    /// Say, as the vendor, how a vulnerability stands on a customer's device that one maintains.
    AnswerCustomerVulnerabilities = "customer_vulnerabilities.answer";
    /// File requests at the desk (ワンストップ窓口), and read those that are one's own.
    FileRequests = "requests.file";
    /// Read every request of the institution.
    ReadRequests = "requests.read";
    /// Decide the requests that wait for oneself; for whom one waits is said by its route.
    DecideRequests = "requests.decide";
    /// Change the forms of requests, their routes, and who sits at the desks.
    EditRequestForms = "request_forms.edit";
    /// Read the ledgers (管理簿): permissions, data exports, loans, media, exceptions.
    ReadLedgers = "ledgers.read";
    /// Keep the ledgers: returns, erasures, ends, and what was granted before.
    KeepLedgers = "ledgers.keep";
    /// Say, as the superior, that a permission is still needed.
    RecertifyPermissions = "permissions.recertify";
    /// Read staff, accounts and what is wrong with them.
    ReadAccounts = "accounts.read";
    /// Load staff and accounts, say whose an account is, and have findings mended.
    EditAccounts = "accounts.edit";
    /// Accept for a time that a finding on an account stays.
    AcceptAccounts = "accounts.accept";
    /// Answer the self-check of the nine principles.
    AnswerSelfCheck = "self_check.answer";
    /// Read the people and roles of one's organisation.
    ReadPeople = "people.read";
    /// Invite people and give them roles in one's organisation.
    ManagePeople = "people.manage";
    /// Decide how much each overseer may see.
    ManageSharing = "sharing.manage";
    /// Read the roll of members with name, kind and size.
    ReadMembers = "members.read";
    /// Change the roll of members and import it.
    ManageMembers = "members.manage";
    /// Read comparisons and trends of groups of five or more.
    ReadComparison = "comparison.read";
    /// Send reminders to members.
    SendReminders = "reminders.send";
    /// Read rule packs.
    ReadPacks = "packs.read";
    /// Import rule packs.
    ManagePacks = "packs.manage";
    /// Read how old the installation's vulnerability feeds are.
    ReadFeeds = "feeds.read";
    /// Load vulnerability feeds and keep the dictionary of products that all institutions share.
    ManageFeeds = "feeds.manage";
    /// Read the audit log of one's organisation.
    ReadAuditLog = "audit.read";
    /// Make and revoke API tokens of one's own.
    ManageTokens = "tokens.manage";
    /// Run the installation: organisations, accounts, jobs.
    ManageInstallation = "installation.manage";
}

/// What the holder of an inspection link may do: read, nothing else.
pub(super) const INSPECTION_LINK_ACTIONS: &[Action] = &[
    Action::ReadStatus,
    Action::ReadSheet,
    Action::ReadHistory,
    Action::ReadEvidence,
    Action::DownloadEvidence,
    Action::ReadVendorSheet,
    Action::ReadVendors,
    Action::ReadContacts,
    Action::PrintPack,
];
