//! Organisations: medical institutions, their vendors and the bodies that oversee them.

use serde::{Deserialize, Serialize};

/// What an organisation is. Stored as [`OrganizationKind::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationKind {
    /// 病院: 20 beds or more (医療法 第1条の5第1項).
    Hospital,
    /// 診療所: no bed or up to 19 beds (医療法 第1条の5第2項).
    Clinic,
    /// 歯科診療所.
    DentalClinic,
    /// 薬局.
    Pharmacy,
    /// A regional medical information network and its council (協議会).
    Network,
    /// 医師会, 歯科医師会, 薬剤師会.
    Association,
    /// 市町村, 保健所設置市, 特別区.
    Municipality,
    /// 都道府県.
    Prefecture,
    /// 国.
    Nation,
    /// 事業者: supplies or maintains systems or services.
    Vendor,
    /// A department inside an institution.
    Department,
    /// The operator of this installation itself.
    Operator,
}

impl OrganizationKind {
    /// Every kind, in the order in which lists show them.
    pub const ALL: [Self; 12] = [
        Self::Hospital,
        Self::Clinic,
        Self::DentalClinic,
        Self::Pharmacy,
        Self::Network,
        Self::Association,
        Self::Municipality,
        Self::Prefecture,
        Self::Nation,
        Self::Vendor,
        Self::Department,
        Self::Operator,
    ];

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Clinic => "clinic",
            Self::DentalClinic => "dental_clinic",
            Self::Pharmacy => "pharmacy",
            Self::Network => "network",
            Self::Association => "association",
            Self::Municipality => "municipality",
            Self::Prefecture => "prefecture",
            Self::Nation => "nation",
            Self::Vendor => "vendor",
            Self::Department => "department",
            Self::Operator => "operator",
        }
    }

    /// The kind with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the checklist of medical institutions and pharmacies is this organisation's duty
    /// (医療法施行規則 第14条第2項; 薬機法施行規則 第11条第2項).
    #[must_use]
    pub const fn is_institution(self) -> bool {
        matches!(
            self,
            Self::Hospital | Self::Clinic | Self::DentalClinic | Self::Pharmacy
        )
    }

    /// Whether it is a body that sees several institutions.
    #[must_use]
    pub const fn is_regional(self) -> bool {
        matches!(
            self,
            Self::Network
                | Self::Association
                | Self::Municipality
                | Self::Prefecture
                | Self::Nation
        )
    }
}

/// Groups of institutions of like kind and size, within which figures are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeGroup {
    /// Hospital of 400 beds or more.
    HospitalLarge,
    /// Hospital of 200 to 399 beds (the boundary of the fee rules of 令和6).
    HospitalMedium,
    /// Hospital of up to 199 beds.
    HospitalSmall,
    /// Clinic with beds (有床診療所).
    ClinicWithBeds,
    /// Clinic without beds (無床診療所).
    ClinicWithoutBeds,
    /// Dental clinic.
    Dental,
    /// Pharmacy.
    Pharmacy,
}

impl SizeGroup {
    /// Every group, largest first.
    pub const ALL: [Self; 7] = [
        Self::HospitalLarge,
        Self::HospitalMedium,
        Self::HospitalSmall,
        Self::ClinicWithBeds,
        Self::ClinicWithoutBeds,
        Self::Dental,
        Self::Pharmacy,
    ];

    /// The group of an institution; `None` for what is not an institution.
    #[must_use]
    pub const fn of(kind: OrganizationKind, permitted_beds: Option<i64>) -> Option<Self> {
        let beds = match permitted_beds {
            Some(beds) => beds,
            None => 0,
        };
        match kind {
            OrganizationKind::Hospital if beds >= 400 => Some(Self::HospitalLarge),
            OrganizationKind::Hospital if beds >= 200 => Some(Self::HospitalMedium),
            OrganizationKind::Hospital => Some(Self::HospitalSmall),
            OrganizationKind::Clinic if beds > 0 => Some(Self::ClinicWithBeds),
            OrganizationKind::Clinic => Some(Self::ClinicWithoutBeds),
            OrganizationKind::DentalClinic => Some(Self::Dental),
            OrganizationKind::Pharmacy => Some(Self::Pharmacy),
            _ => None,
        }
    }

    /// The code used in storage, in the API and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HospitalLarge => "hospital_large",
            Self::HospitalMedium => "hospital_medium",
            Self::HospitalSmall => "hospital_small",
            Self::ClinicWithBeds => "clinic_with_beds",
            Self::ClinicWithoutBeds => "clinic_without_beds",
            Self::Dental => "dental",
            Self::Pharmacy => "pharmacy",
        }
    }

    /// The group with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }
}

/// The permitted number of beds (許可病床数) that the law allows for a kind: hospitals have 20 or
/// more, clinics up to 19 (医療法 第1条の5), the others none.
#[must_use]
pub const fn beds_fit_kind(kind: OrganizationKind, beds: Option<i64>) -> bool {
    match (kind, beds) {
        (OrganizationKind::Hospital, Some(beds)) => beds >= 20 && beds <= 5_000,
        (OrganizationKind::Clinic | OrganizationKind::DentalClinic, Some(beds)) => {
            beds >= 0 && beds <= 19
        }
        (OrganizationKind::Hospital, None) => false,
        (_, None | Some(0)) => true,
        (_, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for kind in OrganizationKind::ALL {
            assert_eq!(OrganizationKind::from_code(kind.code()), Some(kind));
        }
        for group in SizeGroup::ALL {
            assert_eq!(SizeGroup::from_code(group.code()), Some(group));
        }
        assert_eq!(OrganizationKind::from_code("spaceship"), None);
    }

    #[test]
    fn size_groups_follow_the_bed_boundaries() {
        let hospital = |beds| SizeGroup::of(OrganizationKind::Hospital, Some(beds));
        assert_eq!(hospital(399), Some(SizeGroup::HospitalMedium));
        assert_eq!(hospital(400), Some(SizeGroup::HospitalLarge));
        assert_eq!(hospital(199), Some(SizeGroup::HospitalSmall));
        assert_eq!(
            SizeGroup::of(OrganizationKind::Clinic, None),
            Some(SizeGroup::ClinicWithoutBeds)
        );
        assert_eq!(SizeGroup::of(OrganizationKind::Vendor, Some(500)), None);
    }

    #[test]
    fn beds_are_judged_by_kind() {
        assert!(beds_fit_kind(OrganizationKind::Hospital, Some(20)));
        assert!(!beds_fit_kind(OrganizationKind::Hospital, Some(19)));
        assert!(!beds_fit_kind(OrganizationKind::Hospital, None));
        assert!(beds_fit_kind(OrganizationKind::Clinic, Some(19)));
        assert!(!beds_fit_kind(OrganizationKind::Clinic, Some(20)));
        assert!(!beds_fit_kind(OrganizationKind::Pharmacy, Some(3)));
    }
}
