use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Date;

use super::codes::{Availability, Choices, Known, Mechanism, Purpose};
use super::field::{FieldProblem, Problem};
use super::{Content, FieldSpec, RecordKind, Reference};
use crate::iso;

/// An external connection (外部接続): a line by which a vendor or somebody else reaches in. The
/// checklist asks for remote maintenance in 2-② and for the restriction of its source in 2-⑬.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// By what people know it.
    pub name: String,
    /// The system or medical device that it serves.
    pub system: Option<Uuid>,
    /// The vendor, as the institution calls it.
    pub vendor_name: String,
    /// The vendor on record, where it is one.
    #[schema(value_type = Option<Uuid>)]
    pub vendor: Option<OrganizationId>,
    /// 用途.
    pub purpose: Purpose,
    /// 接続形態.
    pub connected: Availability,
    /// 回線種類, such as フレッツ光.
    pub line: String,
    /// 接続の仕組み.
    pub mechanism: Mechanism,
    /// 外部との接点機器: manufacturer, model, firmware.
    pub end_device: String,
    /// Its row in the register of devices.
    pub end_device_asset: Option<Uuid>,
    /// 設置場所.
    pub place: String,
    /// Whether signing in takes several factors.
    pub multi_factor: Known,
    /// Whether it is encrypted.
    pub encrypted: Known,
    /// Whether it takes calls from known addresses or certificates only (接続元制限, 2-⑬).
    pub source_restricted: Known,
    /// Who in the institution allowed it.
    pub approved_by: String,
    /// When.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub approved_on: Option<Date>,
    /// Until when it is allowed.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// 備考.
    pub note: String,
}

/// The fields that the vendor is shown and answers for. What the institution alone decides (who
/// allowed it, its note) is none of the vendor's.
pub const VENDOR_FACTS: &[&str] = &[
    "name",
    "purpose",
    "connected",
    "line",
    "mechanism",
    "end_device",
    "place",
    "multi_factor",
    "encrypted",
    "source_restricted",
    "valid_until",
];

impl Content for Connection {
    const KIND: RecordKind = RecordKind::Connection;
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::line("name").required(),
        FieldSpec::system(),
        FieldSpec::line("vendor_name"),
        FieldSpec::vendor(),
        FieldSpec::choice("purpose", Choices::Purpose),
        FieldSpec::choice("connected", Choices::Availability),
        FieldSpec::line("line"),
        FieldSpec::choice("mechanism", Choices::Mechanism),
        FieldSpec::line("end_device"),
        FieldSpec::asset("end_device_asset"),
        FieldSpec::line("place"),
        FieldSpec::choice("multi_factor", Choices::Known),
        FieldSpec::choice("encrypted", Choices::Known),
        FieldSpec::choice("source_restricted", Choices::Known),
        FieldSpec::line("approved_by"),
        FieldSpec::date("approved_on"),
        FieldSpec::date("valid_until"),
        FieldSpec::text("note"),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn system(&self) -> Option<Uuid> {
        self.system
    }

    fn asset(&self) -> Option<Uuid> {
        self.end_device_asset
    }

    fn references(&self) -> Vec<Reference> {
        let end = self.end_device_asset;
        Reference::each("system", RecordKind::System, self.system)
            .chain(Reference::each("end_device_asset", RecordKind::Asset, end))
            .collect()
    }

    fn vendor(&self) -> Option<OrganizationId> {
        self.vendor
    }

    fn class(&self) -> &'static str {
        self.mechanism.code()
    }

    fn search_words(&self) -> Vec<&str> {
        vec![&self.vendor_name, &self.line, &self.end_device, &self.place]
    }

    fn contradictions(&self) -> Vec<FieldProblem> {
        match (self.approved_on, self.valid_until) {
            (Some(from), Some(until)) if until < from => {
                vec![FieldProblem::new(
                    "valid_until",
                    Problem::EndsBeforeItBegins,
                )]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use yagura_kernel::time::parse_date;

    use super::*;

    #[test]
    fn a_permission_does_not_end_before_it_begins() {
        let day = |text| Some(parse_date(text).unwrap());
        let connection = Connection {
            name: "遠隔保守".to_owned(),
            approved_on: day("2026-04-01"),
            valid_until: day("2026-03-31"),
            ..Connection::default()
        };
        let problems = Connection::from_fields(connection.fields_of()).unwrap_err();
        assert_eq!(problems[0].field, "valid_until");
        let right = Connection {
            valid_until: day("2026-04-01"),
            ..connection
        };
        assert_eq!(Connection::from_fields(right.fields_of()).unwrap(), right);
    }
}
