use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Date;

use super::codes::{Choices, Level, PatchState, SystemKind, TwoFactor};
use super::{Content, FieldSpec, RecordKind, Reference};
use crate::iso;

/// An information system or a medical device with its vendor: a row of the stock-take that the
/// risk assessment begins with (システム構成と外部接続の棚卸し票). Its external connections and
/// devices are records of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct System {
    /// システム名・医療機器名.
    pub name: String,
    /// Whether it is a system or a medical device.
    pub kind: SystemKind,
    /// 所管部署.
    pub department: String,
    /// ベンダ名, as the institution calls it.
    pub vendor_name: String,
    /// The vendor on record, where it is one.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub vendor: Option<OrganizationId>,
    /// 動作に必要な他のシステム: without them it does not work.
    pub depends_on: Vec<Uuid>,
    /// How bad it is where others read what it holds.
    pub confidentiality: Level,
    /// How bad it is where what it holds is wrong.
    pub integrity: Level,
    /// How bad it is where it stands still.
    pub availability: Level,
    /// Whether signing in takes two factors (guideline 7.0).
    pub two_factor: TwoFactor,
    /// The day by which it will, where that is planned.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub two_factor_on: Option<Date>,
    /// The plan, or the reason why there is none.
    pub two_factor_note: String,
    /// その他、セキュリティを担保する仕組み.
    pub safeguards: String,
    /// 過去に脆弱性が指摘された機器の場合、最新パッチの適用状況.
    pub patch: PatchState,
    /// When somebody last looked at that.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub patch_checked_on: Option<Date>,
    /// 保守・サポートの期限.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub support_until: Option<Date>,
    /// 備考.
    pub note: String,
}

impl Content for System {
    const KIND: RecordKind = RecordKind::System;
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::line("name").required(),
        FieldSpec::choice("kind", Choices::SystemKind),
        FieldSpec::line("department"),
        FieldSpec::line("vendor_name"),
        FieldSpec::vendor(),
        FieldSpec::systems("depends_on"),
        FieldSpec::choice("confidentiality", Choices::Level),
        FieldSpec::choice("integrity", Choices::Level),
        FieldSpec::choice("availability", Choices::Level),
        FieldSpec::choice("two_factor", Choices::TwoFactor),
        FieldSpec::date("two_factor_on"),
        FieldSpec::text("two_factor_note"),
        FieldSpec::text("safeguards"),
        FieldSpec::choice("patch", Choices::PatchState),
        FieldSpec::date("patch_checked_on"),
        FieldSpec::date("support_until"),
        FieldSpec::text("note"),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn department(&self) -> &str {
        &self.department
    }

    fn vendor(&self) -> Option<OrganizationId> {
        self.vendor
    }

    fn references(&self) -> Vec<Reference> {
        let others = self.depends_on.iter().copied();
        Reference::each("depends_on", RecordKind::System, others).collect()
    }

    fn class(&self) -> &'static str {
        self.kind.code()
    }

    fn search_words(&self) -> Vec<&str> {
        vec![&self.department, &self.vendor_name]
    }
}
