//! The words of an import.

use discovery::ReadError;
use discovery::model::{Field, Place, Problem, Reason, SourceKind};
use discovery::reconcile::{ChangeKind, Doubt};
use yagura_documents::messages::Explain as _;
use yagura_web::Translator;
use yagura_web::i18n::args;

use super::plan::SetAside;
use super::sheet::Remark;
use super::{FileError, LARGEST_FILE, bridge};
use crate::words;

/// Why a file cannot be taken, and how to mend it.
pub(crate) fn explain(t: &Translator, error: &FileError) -> String {
    match error {
        FileError::Compressed => t.t("inventory-import-compressed").to_owned(),
        FileError::NoHeadings => t.t("inventory-import-no-headings").to_owned(),
        FileError::Table(error) => t.finding(&yagura_kernel::probe::Finding {
            message: error.message_key().to_owned(),
            arguments: error
                .message_arguments()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }),
        FileError::Tool(error) => match error {
            ReadError::Empty => t.t("inventory-import-empty").to_owned(),
            ReadError::TooLarge { .. } => t
                .t_args(
                    "inventory-import-too-large",
                    args![("megabytes", i64::try_from(LARGEST_FILE >> 20).unwrap_or(0))],
                )
                .into_owned(),
            ReadError::NotThisKind { expected, .. } => t
                .t_args(
                    "inventory-import-not-this-kind",
                    args![("expected", *expected)],
                )
                .into_owned(),
            ReadError::Version {
                format,
                version,
                readable,
            } => t
                .t_args(
                    "inventory-import-version",
                    args![
                        ("format", *format),
                        ("version", version.as_str()),
                        ("readable", *readable)
                    ],
                )
                .into_owned(),
            ReadError::Unknown | ReadError::Table => t.t("inventory-import-unknown").to_owned(),
            ReadError::Io(_) => t.t("inventory-import-unreadable").to_owned(),
        },
    }
}

/// A kind of source in words.
pub(crate) const fn source_kind(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Nmap => "nmap",
        SourceKind::CycloneDx => "CycloneDX",
        SourceKind::Spdx => "SPDX",
        SourceKind::OsqueryTables | SourceKind::OsqueryLog => "osquery",
        SourceKind::SystemInfo => "systeminfo",
        SourceKind::IscDhcp => "ISC DHCP",
        SourceKind::Dnsmasq => "dnsmasq",
        SourceKind::KeaDhcp => "Kea DHCP",
        SourceKind::WindowsDhcpCsv | SourceKind::WindowsDhcpXml | SourceKind::WindowsDhcpNetsh => {
            "Windows DHCP"
        }
        SourceKind::Arp => "ARP",
        SourceKind::Ldif => "LDIF",
        SourceKind::Collect => "yagura collect",
        SourceKind::Table => "xlsx / CSV",
    }
}

/// What a column may mean, in words.
pub(crate) fn field(t: &Translator, field: Field) -> &str {
    let own = match field {
        Field::Fqdn => "inventory-fact-fqdn",
        Field::SystemUuid => "inventory-fact-system-uuid",
        Field::OsBuild => "inventory-fact-os-build",
        Field::Owner => "inventory-fact-owner",
        Field::User => "inventory-fact-user",
        Field::ExternalConnection => "inventory-fact-external-connection",
        Field::ConnectionPurpose => "inventory-fact-connection-purpose",
        Field::ConnectionForm => "inventory-fact-connection-form",
        Field::LineType => "inventory-fact-line-type",
        Field::ConnectionMechanism => "inventory-fact-connection-mechanism",
        Field::ContactDevice => "inventory-fact-contact-device",
        Field::SecurityMeasures => "inventory-fact-security-measures",
        Field::Diagram => "inventory-fact-diagram",
        Field::ChecklistState => "inventory-fact-checklist-state",
        Field::MaintenanceEnd => "inventory-fact-maintenance-end",
        Field::Introduced => "inventory-fact-introduced",
        Field::LeaseEnd => "inventory-fact-lease-end",
        Field::LastSeen => "inventory-fact-last-seen",
        Field::SoftwareName => "inventory-fact-software-name",
        Field::SoftwareVersion => "inventory-fact-software-version",
        Field::SoftwareVendor => "inventory-fact-software-vendor",
        other => return words::label(t, bridge::key_of(other).unwrap_or_default()),
    };
    t.t(own)
}

/// What a change does, in a word.
pub(crate) fn change_kind(t: &Translator, kind: ChangeKind) -> &str {
    t.t(match kind {
        ChangeKind::Fill => "inventory-import-fill",
        ChangeKind::Add => "inventory-import-append",
        ChangeKind::Replace => "inventory-import-replace",
    })
}

/// Why the keys do not decide, and what to do.
pub(crate) fn doubt(t: &Translator, reason: Doubt) -> &str {
    t.t(match reason {
        Doubt::SeveralRows => "inventory-import-doubt-several-rows",
        Doubt::SeveralDevices => "inventory-import-doubt-several-devices",
        Doubt::KeyOnSeveralDevices => "inventory-import-doubt-shared-key",
        Doubt::KeysDisagree => "inventory-import-doubt-disagree",
        Doubt::OnlyPoorKey => "inventory-import-doubt-poor",
    })
}

fn place(t: &Translator, place: &Place) -> String {
    match place {
        Place::File => t.t("inventory-import-place-file").to_owned(),
        Place::Line(line) => t
            .t_args(
                "inventory-import-place-line",
                args![("line", line.to_string())],
            )
            .into_owned(),
        Place::Byte(byte) => t
            .t_args(
                "inventory-import-place-byte",
                args![("byte", byte.to_string())],
            )
            .into_owned(),
        Place::Path(path) => path.clone(),
        Place::Row(row) => t
            .t_args(
                "inventory-import-place-row",
                args![("row", row.to_string())],
            )
            .into_owned(),
        Place::Cell {
            row,
            column,
            heading,
        } => t
            .t_args(
                "inventory-import-place-cell",
                args![
                    ("row", row.to_string()),
                    ("column", yagura_documents::tabular::column_letters(*column)),
                    ("heading", heading.as_str())
                ],
            )
            .into_owned(),
    }
}

/// What was set aside in a file, where, and how to mend it.
pub(crate) fn problem(t: &Translator, problem: &Problem) -> String {
    let what = match &problem.reason {
        Reason::Malformed { value, .. } => t
            .t_args(
                "inventory-import-malformed",
                args![("value", value.as_str())],
            )
            .into_owned(),
        Reason::Missing { .. } => t.t("inventory-import-missing").to_owned(),
        Reason::TooLong { limit, .. } => t
            .t_args("inventory-import-too-long", args![("limit", *limit)])
            .into_owned(),
        Reason::TooMany { limit, .. } => t
            .t_args("inventory-import-too-many", args![("limit", *limit)])
            .into_owned(),
        Reason::TooDeep { .. } => t.t("inventory-import-too-deep").to_owned(),
        Reason::CutOff => t.t("inventory-import-cut-off").to_owned(),
        Reason::Syntax { .. } => t.t("inventory-import-syntax").to_owned(),
        Reason::Entity => t.t("inventory-import-entity").to_owned(),
        Reason::AnswersForOthers { mac, addresses } => t
            .t_args(
                "inventory-import-answers-for-others",
                args![("mac", mac.as_str()), ("addresses", *addresses)],
            )
            .into_owned(),
        Reason::Duplicate { value, .. } => t
            .t_args("inventory-import-twice", args![("value", value.as_str())])
            .into_owned(),
        Reason::Unsupported { what } => t
            .t_args("inventory-import-not-read", args![("what", what.as_str())])
            .into_owned(),
        Reason::Uneven { cells, headings } => t
            .t_args(
                "inventory-import-uneven",
                args![("cells", *cells), ("headings", *headings)],
            )
            .into_owned(),
        Reason::Undecodable { encoding } => t
            .t_args(
                "inventory-import-undecodable",
                args![("encoding", encoding.as_str())],
            )
            .into_owned(),
    };
    format!("{}: {what}", place(t, &problem.place))
}

/// What a person should know of a system or connection that a table names.
pub(crate) fn sheet_remark(t: &Translator, remark: &Remark) -> String {
    let (key, name) = match remark {
        Remark::NoVendor(name) => ("inventory-import-remark-vendor", name.as_str()),
        Remark::NoSystem(name) => ("inventory-import-remark-system", name.as_str()),
        Remark::NoAsset(name) => ("inventory-import-remark-asset", name.as_str()),
        Remark::OtherVendor(name) => ("inventory-import-remark-other-vendor", name.as_str()),
        Remark::CellsWithoutConnection => ("inventory-import-remark-no-connection", ""),
        Remark::StillConnected(name) => ("inventory-import-remark-connected", name.as_str()),
    };
    t.t_args(key, args![("name", name)]).into_owned()
}

/// A value that has no place in the register.
pub(crate) fn remark(t: &Translator, set_aside: &SetAside) -> String {
    let key = match set_aside.field {
        Field::SystemName => "inventory-import-no-system",
        Field::Vendor => "inventory-import-no-vendor",
        _ => "inventory-import-not-taken",
    };
    t.t_args(
        key,
        args![
            ("label", field(t, set_aside.field)),
            ("value", set_aside.value.as_str())
        ],
    )
    .into_owned()
}
