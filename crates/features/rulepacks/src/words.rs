//! Words that pages, API and command line say alike.

use yagura_kernel::probe::Finding as Said;
use yagura_packs::{Change, DeviceClass, Finding, Item, Pack, PackKind, Severity, Sheet, Text};
use yagura_web::i18n::Translator;

use crate::prepare::Standing;
use crate::read::Remark;

/// A remark on a file: what, with its place where it has one.
#[must_use]
pub fn remark_text(t: &Translator, remark: &Remark) -> String {
    let what = t.finding(&remark.what);
    match &remark.place {
        Some(place) => format!("{}: {what}", t.finding(place)),
        None => what,
    }
}

/// What is wrong with a pack, without the place.
#[must_use]
pub fn finding_text(t: &Translator, finding: &Finding) -> String {
    t.finding(&Said {
        message: finding.kind.message_key().to_owned(),
        arguments: finding
            .kind
            .message_arguments()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}

/// A change between two editions: what kind, then the rows before and after.
#[must_use]
pub fn change_text(t: &Translator, change: &Change) -> String {
    let word = t.find(change.kind.message_key()).unwrap_or_default();
    let rows = match (change.old.is_empty(), change.new.is_empty()) {
        (true, _) => change.new.join(", "),
        (_, true) => change.old.join(", "),
        _ if change.old == change.new => change.new.join(", "),
        _ => format!("{} → {}", change.old.join(", "), change.new.join(", ")),
    };
    format!("{word}: {rows}")
}

pub(crate) fn text<'x>(t: &Translator, text: &'x Text) -> &'x str {
    text.in_language(t.lang().code())
}

pub(crate) fn kind(t: &Translator, pack: &Pack) -> String {
    match (pack.kind(), pack.sheet()) {
        (PackKind::Checklist, Some(Sheet::Institution)) => t.t("rulepacks-kind-institution"),
        (PackKind::Checklist, Some(Sheet::Vendor)) => t.t("rulepacks-kind-vendor"),
        (PackKind::Checklist, _) => t.t("rulepacks-kind-general"),
        (PackKind::SelfCheck, _) => t.t("rulepacks-kind-self-check"),
        (PackKind::Contacts, _) => t.t("rulepacks-kind-contacts"),
        (PackKind::Form, _) => t.t("rulepacks-kind-form"),
    }
    .to_owned()
}

pub(crate) fn severity(t: &Translator, severity: Severity) -> &str {
    match severity {
        Severity::Error => t.t("rulepacks-severity-error"),
        Severity::Warning => t.t("rulepacks-severity-warning"),
        Severity::Info => t.t("rulepacks-severity-info"),
    }
}

pub(crate) fn standing(t: &Translator, standing: Standing) -> String {
    use yagura_web::i18n::args;
    match standing {
        Standing::New => t.t("rulepacks-standing-new").to_owned(),
        Standing::Replaces(version) => t
            .t_args(
                "rulepacks-standing-replaces",
                args![("version", version.to_string())],
            )
            .into_owned(),
        Standing::Same => t.t("rulepacks-standing-same").to_owned(),
        Standing::Conflict => t.t("rulepacks-standing-conflict").to_owned(),
        Standing::Older(version) => t
            .t_args(
                "rulepacks-standing-older",
                args![("version", version.to_string())],
            )
            .into_owned(),
    }
}

/// How a row is cited: its printed id, with the class of devices where it has one.
pub(crate) fn row_name(t: &Translator, item: &Item) -> String {
    match item.device_class {
        DeviceClass::Organization => item.printed_id.clone(),
        class => format!("{} {}", item.printed_id, text(t, &class.label())),
    }
}
