//! Whether a pack is sound: pure checks with places, run by tests on every built-in pack and by
//! `yagura packs verify` on anyone's.

mod checks;
mod finding;

pub use finding::{Finding, FindingKind, Place, Severity};

use crate::library::Library;
use crate::model::{Body, ItemRef, Pack};
use checks::Check;

/// Probes that this version of the program offers. A pack that names another still works; the
/// row then stays without automatic check.
pub const KNOWN_PROBES: &[&str] = &[
    "safety-manager-appointed",
    "contact-chart-confirmed",
    "account-two-factor",
    "evidence-current",
    "register-complete",
    "remote-maintenance-confirmed",
    "source-restricted",
    "services-on-servers",
    "services-on-terminals",
    "vulnerabilities-in-time",
    "system-two-factor",
    "passwords-strong",
    "passwords-not-reused",
    "permissions-recertified",
    "media-kept",
    "accounts-of-staff",
    "administrators-granted",
];

/// Checks a pack by itself: identity, dates, keys, texts, probes, guidance. Worst findings first.
#[must_use]
pub fn verify(pack: &Pack) -> Vec<Finding> {
    let mut check = Check::default();
    check.identity(pack);
    match &pack.body {
        Body::Checklist(checklist) => check.checklist(pack, checklist),
        Body::SelfCheck(self_check) => check.self_check(self_check),
        Body::Contacts(contacts) => check.contacts(contacts),
        Body::Form(form) => check.form(form),
    }
    check.sorted()
}

/// As [`verify`], and checks besides that every row of another pack which this one names exists
/// in the library or in the pack itself.
#[must_use]
pub fn verify_within(pack: &Pack, library: &Library) -> Vec<Finding> {
    let mut check = Check {
        findings: verify(pack),
    };
    let exists = |reference: &ItemRef| {
        if reference.pack == pack.id {
            pack.item(&reference.key).is_some()
        } else {
            library.item(reference).is_some()
        }
    };
    for item in pack.items() {
        let at = format!("items/{}", item.key);
        for reference in item
            .predecessors
            .iter()
            .filter(|reference| !exists(reference))
        {
            check.add(
                Severity::Error,
                format!("{at}/predecessors"),
                FindingKind::BrokenLineage(reference.clone()),
            );
        }
        for reference in item
            .counterpart
            .iter()
            .filter(|reference| !exists(reference))
        {
            check.add(
                Severity::Error,
                format!("{at}/counterpart"),
                FindingKind::BrokenCounterpart(reference.clone()),
            );
        }
    }
    check.sorted()
}
