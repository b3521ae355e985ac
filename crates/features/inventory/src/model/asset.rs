use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::Date;

use super::codes::{AssetState, Choices, DeviceClass, Level, PatchState};
use super::field::Each;
use super::{Content, FieldSpec, RecordKind, Reference};
use crate::iso;

/// A device of the register that the checklist asks for in 2-① (サーバ、端末PC、ネットワーク機器の台帳).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Asset {
    /// By what people know it.
    pub name: String,
    /// 管理番号, 資産番号: the institution's own number.
    pub management_number: String,
    /// 機器種別.
    pub class: DeviceClass,
    /// Whether this PC does the work of a server (guideline 7.0).
    pub acts_as_server: bool,
    /// メーカー.
    pub manufacturer: String,
    /// 型番.
    pub model: String,
    /// 製造番号.
    pub serial_number: String,
    /// OS or firmware.
    pub os: String,
    /// Its version.
    pub os_version: String,
    /// ホスト名.
    pub hostname: String,
    /// IPアドレス.
    pub ip_addresses: Vec<String>,
    /// MACアドレス.
    pub mac_addresses: Vec<String>,
    /// ネットワーク区分: the part of the network in which it stands, such as 電子カルテ系 or DMZ.
    pub zone: String,
    /// 接続先の機器: the network device to which it is wired.
    pub uplink: Option<Uuid>,
    /// 動作を支える機器: what it runs on or hangs on, such as a hypervisor, a storage or a UPS.
    pub host: Option<Uuid>,
    /// 設置場所.
    pub place: String,
    /// 所管部署.
    pub department: String,
    /// 管理者.
    pub administrator: String,
    /// The system to which it belongs.
    pub system: Option<Uuid>,
    /// The vendor who maintains it, where it is on record.
    #[schema(value_type = Option<Uuid>)]
    pub vendor: Option<OrganizationId>,
    /// 使用状況.
    pub state: AssetState,
    /// How bad it is where it stands still or is read.
    pub importance: Level,
    /// Whether the newest correction is installed.
    pub patch: PatchState,
    /// When somebody last looked at that.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub patch_checked_on: Option<Date>,
    /// サポート期限.
    #[serde(with = "iso::option")]
    #[schema(value_type = Option<String>, format = Date)]
    pub support_until: Option<Date>,
    /// 備考.
    pub note: String,
}

impl Content for Asset {
    const KIND: RecordKind = RecordKind::Asset;
    const FIELDS: &'static [FieldSpec] = &[
        FieldSpec::line("name").required(),
        FieldSpec::line("management_number"),
        FieldSpec::choice("class", Choices::DeviceClass),
        FieldSpec::tick("acts_as_server"),
        FieldSpec::line("manufacturer"),
        FieldSpec::line("model"),
        FieldSpec::line("serial_number"),
        FieldSpec::line("os"),
        FieldSpec::line("os_version"),
        FieldSpec::line("hostname"),
        FieldSpec::lines("ip_addresses", Each::IpAddress),
        FieldSpec::lines("mac_addresses", Each::MacAddress),
        FieldSpec::line("zone"),
        FieldSpec::asset("uplink"),
        FieldSpec::asset("host"),
        FieldSpec::line("place"),
        FieldSpec::line("department"),
        FieldSpec::line("administrator"),
        FieldSpec::system(),
        FieldSpec::vendor(),
        FieldSpec::choice("state", Choices::AssetState),
        FieldSpec::choice("importance", Choices::Level),
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

    fn system(&self) -> Option<Uuid> {
        self.system
    }

    fn references(&self) -> Vec<Reference> {
        Reference::each("system", RecordKind::System, self.system)
            .chain(Reference::each("uplink", RecordKind::Asset, self.uplink))
            .chain(Reference::each("host", RecordKind::Asset, self.host))
            .collect()
    }

    fn vendor(&self) -> Option<OrganizationId> {
        self.vendor
    }

    fn class(&self) -> &'static str {
        self.class.code()
    }

    fn is_gone(&self) -> bool {
        self.state == AssetState::Disposed
    }

    fn search_words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = vec![
            &self.management_number,
            &self.manufacturer,
            &self.model,
            &self.serial_number,
            &self.os,
            &self.hostname,
            &self.zone,
            &self.place,
            &self.department,
        ];
        words.extend(self.ip_addresses.iter().map(String::as_str));
        words.extend(self.mac_addresses.iter().map(String::as_str));
        words
    }
}
