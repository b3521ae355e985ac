use serde::{Deserialize, Serialize};

/// What is known of a device, one name for each fact: the columns of a table, the fields of a
/// register and the changes of a comparison speak of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 管理番号, 資産番号: the institution's own number.
    ManagementNumber,
    /// Host name without domain.
    Hostname,
    /// Name with domain.
    Fqdn,
    /// The name by which people know it: システム名・医療機器名.
    DisplayName,
    /// Addresses of IPv4 and IPv6.
    IpAddresses,
    /// Hardware addresses.
    MacAddresses,
    /// Maker of the device.
    Manufacturer,
    /// Model, product name.
    Model,
    /// Serial number of the device.
    SerialNumber,
    /// UUID that the firmware tells (SMBIOS).
    SystemUuid,
    /// Name of the operating system.
    OsName,
    /// Version of the operating system.
    OsVersion,
    /// Build of the operating system.
    OsBuild,
    /// Kind of device, as free text of a table or as [`super::DeviceClass`].
    DeviceClass,
    /// 所管部署 (stock-take field 1).
    Department,
    /// ベンダ名: who delivered or maintains it (stock-take field 2).
    Vendor,
    /// The information system that the device belongs to.
    SystemName,
    /// ネットワーク区分: the part of the network in which the device stands.
    NetworkZone,
    /// 設置場所.
    Place,
    /// 所有者 or the owning unit.
    Owner,
    /// 管理者, person in charge.
    Administrator,
    /// 利用者.
    User,
    /// 外部接続の有無 (stock-take field 4).
    ExternalConnection,
    /// Purpose of the external connection: remote maintenance or other (field 4).
    ConnectionPurpose,
    /// 接続形態: always or on demand (field 5).
    ConnectionForm,
    /// 回線種類 (field 6).
    LineType,
    /// 接続の仕組み: leased line, encrypted (field 7).
    ConnectionMechanism,
    /// 外部との接点機器・設置場所 (field 8).
    ContactDevice,
    /// その他、セキュリティを担保する仕組み (field 9).
    SecurityMeasures,
    /// 最新パッチ適用状況 (field 10).
    PatchState,
    /// システム構成図・設置端末一覧 (field 11).
    Diagram,
    /// チェックリスト提出状況 (field 12).
    ChecklistState,
    /// End of the maker's support, as written.
    SupportEnd,
    /// End of the maintenance contract, as written.
    MaintenanceEnd,
    /// 購入日, 導入日, as written.
    Introduced,
    /// リース満了日, as written.
    LeaseEnd,
    /// In use, spare, disposed, as written.
    State,
    /// Last time that the source saw it, as written.
    LastSeen,
    /// Product name of one installed software, in tables with a row for each.
    SoftwareName,
    /// Version of that software.
    SoftwareVersion,
    /// Maker of that software.
    SoftwareVendor,
    /// 備考.
    Note,
}

impl Field {
    /// Every field, in the order in which a person reads them.
    pub const ALL: &'static [Self] = &[
        Self::ManagementNumber,
        Self::Hostname,
        Self::Fqdn,
        Self::DisplayName,
        Self::IpAddresses,
        Self::MacAddresses,
        Self::Manufacturer,
        Self::Model,
        Self::SerialNumber,
        Self::SystemUuid,
        Self::OsName,
        Self::OsVersion,
        Self::OsBuild,
        Self::DeviceClass,
        Self::Department,
        Self::Vendor,
        Self::SystemName,
        Self::NetworkZone,
        Self::Place,
        Self::Owner,
        Self::Administrator,
        Self::User,
        Self::ExternalConnection,
        Self::ConnectionPurpose,
        Self::ConnectionForm,
        Self::LineType,
        Self::ConnectionMechanism,
        Self::ContactDevice,
        Self::SecurityMeasures,
        Self::PatchState,
        Self::Diagram,
        Self::ChecklistState,
        Self::SupportEnd,
        Self::MaintenanceEnd,
        Self::Introduced,
        Self::LeaseEnd,
        Self::State,
        Self::LastSeen,
        Self::SoftwareName,
        Self::SoftwareVersion,
        Self::SoftwareVendor,
        Self::Note,
    ];

    /// Whether one cell may hold several values of the field.
    #[must_use]
    pub fn is_multiple(self) -> bool {
        matches!(
            self,
            Self::IpAddresses | Self::MacAddresses | Self::Hostname | Self::Fqdn
        )
    }

    /// Whether the field tells one device from another.
    #[must_use]
    pub fn is_key(self) -> bool {
        matches!(
            self,
            Self::ManagementNumber
                | Self::Hostname
                | Self::Fqdn
                | Self::IpAddresses
                | Self::MacAddresses
                | Self::Manufacturer
                | Self::SerialNumber
                | Self::SystemUuid
        )
    }

    /// The form in which two values of the field are compared; display keeps the value as
    /// written.
    #[must_use]
    pub fn comparable(self, value: &str) -> String {
        let plain = || crate::text::comparable(value);
        match self {
            Self::Manufacturer | Self::Vendor | Self::SoftwareVendor => {
                super::keys::manufacturer(value).unwrap_or_default()
            }
            Self::SerialNumber => super::keys::serial(value).unwrap_or_else(plain),
            Self::ManagementNumber => super::keys::management_number(value).unwrap_or_else(plain),
            Self::SystemUuid => super::keys::system_uuid(value).unwrap_or_else(plain),
            Self::OsName => {
                let folded = plain();
                folded
                    .strip_prefix("microsoft ")
                    .map(str::to_owned)
                    .unwrap_or(folded)
            }
            Self::Fqdn => plain().trim_end_matches('.').to_owned(),
            _ => plain(),
        }
    }
}
