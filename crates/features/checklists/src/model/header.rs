//! What is entered once for a whole sheet.

use serde::{Deserialize, Serialize};
use yagura_kernel::id::{OrganizationId, Uuid};
use yagura_kernel::time::Date;
use yagura_packs::Sheet;

use super::{Round, YesNo, iso};

/// Which sheet of the form it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SheetSubject {
    /// 医療機関・薬局確認用.
    Institution,
    /// 事業者確認用, of this vendor for the institution.
    Vendor(OrganizationId),
}

impl SheetSubject {
    /// The kind of pack that it is filled in by.
    #[must_use]
    pub const fn sheet(self) -> Sheet {
        match self {
            Self::Institution => Sheet::Institution,
            Self::Vendor(_) => Sheet::Vendor,
        }
    }

    /// The word in storage and in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Vendor(_) => "vendor",
        }
    }

    /// The vendor, where it is a vendor's sheet.
    #[must_use]
    pub const fn vendor(self) -> Option<OrganizationId> {
        match self {
            Self::Institution => None,
            Self::Vendor(vendor) => Some(vendor),
        }
    }

    /// The vendor as a column that is never NULL, so that it can be part of a unique key.
    pub(crate) const fn vendor_column(self) -> Uuid {
        match self {
            Self::Institution => Uuid::nil(),
            Self::Vendor(vendor) => vendor.uuid(),
        }
    }

    /// The subject of a stored vendor column.
    pub(crate) fn of_column(vendor: Uuid) -> Self {
        if vendor.is_nil() {
            Self::Institution
        } else {
            Self::Vendor(vendor.into())
        }
    }
}

/// What stands at the head of a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeaderValues {
    /// 医療情報システムを導入、運用している: はい or いいえ with a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Round>,
    /// Whether there is a contract with any vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_contract: Option<Round>,
    /// 確認日 of the whole sheet (since 令和7).
    #[serde(default, with = "iso::option", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub confirmed_on: Option<Date>,
}

/// What was entered for the head of a sheet, before it was held against the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeaderInput {
    /// Answer of the gate row.
    pub gate: Option<YesNo>,
    /// Date of the gate row.
    pub gate_on: Option<Date>,
    /// Whether there is a contract with any vendor.
    pub vendor_contract: Option<YesNo>,
    /// Since when that has been known.
    pub vendor_contract_on: Option<Date>,
    /// 確認日.
    pub confirmed_on: Option<Date>,
}

impl From<&HeaderValues> for HeaderInput {
    fn from(values: &HeaderValues) -> Self {
        Self {
            gate: values.gate.map(|round| round.answer),
            gate_on: values.gate.map(|round| round.on),
            vendor_contract: values.vendor_contract.map(|round| round.answer),
            vendor_contract_on: values.vendor_contract.map(|round| round.on),
            confirmed_on: values.confirmed_on,
        }
    }
}
