//! Registers: systems, external connections and devices. Products of systems are invented; makers and
//! versions of devices and of their software are real ones, because published vulnerabilities are
//! held against them. Who has which is invented.

use uuid::Uuid;
use yagura_inventory::model::{
    Asset, Availability, Connection, DeviceClass, Known, Level, Mechanism, PatchState, Purpose,
    System, SystemKind, TwoFactor, Word,
};
use yagura_inventory::{Said, add_many, confirm, say};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Resource, Standing, actions, authorize};
use yagura_kernel::time::{Date, Instant};
use yagura_store::Transaction;
use yagura_web::App;

use crate::DemonstrationError;
use crate::facts::TwoFactorState;
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::{Random, Window, days_after};

/// A system that institutions have: name, department, network zone, on which others it stands.
struct Kind {
    name: &'static str,
    department: &'static str,
    zone: &'static str,
    needs: &'static [usize],
    is_device: bool,
}

const fn system(
    name: &'static str,
    department: &'static str,
    zone: &'static str,
    needs: &'static [usize],
) -> Kind {
    Kind {
        name,
        department,
        zone,
        needs,
        is_device: false,
    }
}

const fn device(name: &'static str, department: &'static str, needs: &'static [usize]) -> Kind {
    Kind {
        name,
        department,
        zone: "部門系",
        needs,
        is_device: true,
    }
}

const HOSPITAL: &[Kind] = &[
    system("電子カルテ(見本)", "医療情報部", "電子カルテ系", &[]),
    system("医事会計(見本)", "医事課", "電子カルテ系", &[0]),
    system("画像管理 PACS(見本)", "放射線科", "部門系", &[0]),
    system("検体検査(見本)", "検査科", "部門系", &[0]),
    system("薬剤部門(見本)", "薬剤部", "部門系", &[0]),
    system("看護支援(見本)", "看護部", "電子カルテ系", &[0]),
    system("給食管理(見本)", "栄養科", "部門系", &[0]),
    system("手術部門(見本)", "手術部", "部門系", &[0]),
    system("健診(見本)", "健診センター", "部門系", &[1]),
    system("地域連携(見本)", "地域連携室", "DMZ", &[0, 2]),
    device("CT装置(見本)", "放射線科", &[2]),
    device("MRI装置(見本)", "放射線科", &[2]),
    device("自動分析装置(見本)", "検査科", &[3]),
    device("内視鏡装置(見本)", "内視鏡室", &[2]),
    system("グループウェア(見本)", "総務課", "情報系", &[]),
    system("勤怠管理(見本)", "総務課", "情報系", &[14]),
];
const CLINIC: &[Kind] = &[
    system("レセプトコンピュータ(見本)", "事務", "診療系", &[]),
    system("電子カルテ(見本)", "診察室", "診療系", &[0]),
    device("X線撮影装置(見本)", "検査室", &[1]),
];
const DENTAL: &[Kind] = &[
    system("レセプトコンピュータ(見本)", "受付", "診療系", &[]),
    device("歯科用CT(見本)", "撮影室", &[0]),
];
const PHARMACY: &[Kind] = &[
    system("調剤レセコン(見本)", "調剤室", "業務系", &[]),
    system("電子薬歴(見本)", "調剤室", "業務系", &[0]),
];

fn kinds(kind: OrganizationKind) -> &'static [Kind] {
    match kind {
        OrganizationKind::Hospital => HOSPITAL,
        OrganizationKind::DentalClinic => DENTAL,
        OrganizationKind::Pharmacy => PHARMACY,
        _ => CLINIC,
    }
}

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let Some(window) = Window::of(app.fiscal_year(), None, app.today()) else {
        return Ok(());
    };
    let mut tx = app.database().begin_long().await?;
    for (number, member) in region.members.iter().enumerate() {
        let Some(responsible) = people.of(member.id) else {
            continue;
        };
        let stage = 2_000 + u64::try_from(number).unwrap_or_default();
        let mut book = Book {
            app,
            member,
            number,
            responsible,
            window,
            random: Random::of_stage(stage),
        };
        let made = book.write(&mut tx).await?;
        book.confirm(&mut tx, &made).await?;
        if member.facts.vendors_confirmed {
            book.vendors_say(&mut tx, people, &made.connections).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What was written of one member.
struct Written {
    systems: Vec<Uuid>,
    assets: Vec<Uuid>,
    connections: Vec<(Uuid, Option<OrganizationId>)>,
}

/// The register of one member in the making.
struct Book<'a> {
    app: &'a App,
    member: &'a Member,
    number: usize,
    responsible: &'a Employee,
    window: Window,
    random: Random,
}

impl Book<'_> {
    fn today(&self) -> Date {
        self.app.today()
    }

    /// Who maintains the n-th system.
    fn vendor(&self, place: usize) -> Option<OrganizationId> {
        let vendors = &self.member.vendors;
        place
            .checked_rem(vendors.len())
            .and_then(|place| vendors.get(place))
            .copied()
    }

    fn level(&mut self) -> Level {
        match self.random.below(3) {
            0 => Level::Low,
            1 => Level::Medium,
            _ => Level::High,
        }
    }

    fn known(&mut self, yes: i64) -> Known {
        match self.random.below(100) {
            part if part < yes => Known::Yes,
            part if part < 85 => Known::No,
            _ => Known::Unknown,
        }
    }

    fn patch(&mut self) -> PatchState {
        match self.random.below(100) {
            0..=64 => PatchState::Current,
            65..=79 => PatchState::Behind,
            80..=86 => PatchState::NotPossible,
            _ => PatchState::Unknown,
        }
    }

    /// Systems first, then the devices that belong to them, then the lines that end at devices.
    async fn write(&mut self, tx: &mut Transaction) -> Result<Written, DemonstrationError> {
        let proof = self.responsible.may::<actions::EditInventory>()?;
        let at = Instant::from_jst(self.window.at(20), 10, 30);
        let ids = self.app.ids();
        let kinds = kinds(self.member.kind);
        let mut systems: Vec<Uuid> = Vec::with_capacity(kinds.len());
        for (place, kind) in kinds.iter().enumerate() {
            let content = self.system(place, kind, &systems);
            systems.extend(add_many(tx, &proof, ids, &[content], at).await?);
        }
        let network = self.network();
        let mut assets = add_many(tx, &proof, ids, &network, at).await?;
        let gateway = assets.first().copied();
        let switch = assets.last().copied();
        let devices = self.devices(kinds, &systems, switch);
        assets.extend(add_many(tx, &proof, ids, &devices, at).await?);
        let lines = self.connections(&systems, gateway);
        let connections = add_many(tx, &proof, ids, &lines, at).await?;
        Ok(Written {
            systems,
            assets,
            connections: connections
                .into_iter()
                .zip(lines.iter().map(|line| line.vendor))
                .collect(),
        })
    }

    fn system(&mut self, place: usize, kind: &Kind, before: &[Uuid]) -> System {
        let medical = if kind.is_device {
            SystemKind::MedicalDevice
        } else {
            SystemKind::InformationSystem
        };
        let left = self.random.below(2_000) - 150;
        let (two_factor, two_factor_on) = self.two_factor(place, kind);
        System {
            name: kind.name.to_owned(),
            kind: medical,
            department: kind.department.to_owned(),
            vendor: self.vendor(place),
            confidentiality: self.level(),
            integrity: self.level(),
            availability: if place == 0 {
                Level::High
            } else {
                self.level()
            },
            two_factor,
            two_factor_on,
            safeguards: "通信は事業者の固定アドレスからのみ(見本)".to_owned(),
            patch: self.patch(),
            patch_checked_on: Some(self.window.at(300)),
            support_until: Some(days_after(self.today(), left)),
            depends_on: kind
                .needs
                .iter()
                .filter_map(|needed| before.get(*needed).copied())
                .collect(),
            ..System::default()
        }
    }

    fn two_factor(&self, place: usize, kind: &Kind) -> (TwoFactor, Option<Date>) {
        if kind.is_device && self.member.facts.two_factor != TwoFactorState::Unsaid {
            return (TwoFactor::NotApplicable, None);
        }
        match (self.member.facts.two_factor, place) {
            (TwoFactorState::Unsaid, _) => (TwoFactor::Unknown, None),
            (TwoFactorState::OneWithoutPlan, 0) => (TwoFactor::NotPlanned, None),
            (TwoFactorState::Everywhere | TwoFactorState::OneWithoutPlan, _)
            | (TwoFactorState::Mixed, 0 | 1) => (TwoFactor::InPlace, Some(self.window.at(100))),
            (TwoFactorState::Mixed, 2..=5) => {
                (TwoFactor::Planned, Some(days_after(self.today(), 90)))
            }
            (TwoFactorState::Mixed, 6) => (TwoFactor::Planned, Some(days_after(self.today(), 400))),
            (TwoFactorState::Mixed, _) => (TwoFactor::Unknown, None),
        }
    }

    /// The gateway to the outside first, the central switch last.
    fn network(&mut self) -> Vec<Asset> {
        let old = self.member.facts.has_old_gateway;
        let is_large = self.member.kind == OrganizationKind::Hospital || old;
        let (maker, model, os, version) = if is_large {
            let version = if old { "6.0.4" } else { "7.4.8" };
            ("Fortinet", "FortiGate 60F", "FortiOS", version)
        } else {
            ("ヤマハ", "RTX1220", "RTX1220", "Rev.15.04.05")
        };
        let zone = if self.member.kind == OrganizationKind::Hospital {
            "DMZ"
        } else {
            kinds(self.member.kind).first().map_or("", |kind| kind.zone)
        };
        let base = |name: &str, place: i64| Asset {
            name: name.to_owned(),
            management_number: format!("N-{place:03}"),
            class: DeviceClass::NetworkDevice,
            importance: Level::High,
            zone: zone.to_owned(),
            place: "サーバ室".to_owned(),
            department: if is_large {
                "医療情報部"
            } else {
                "事務"
            }
            .to_owned(),
            ip_addresses: vec![format!("192.0.2.{place}")],
            ..Asset::default()
        };
        let gateway = Asset {
            manufacturer: maker.to_owned(),
            model: model.to_owned(),
            os: os.to_owned(),
            os_version: version.to_owned(),
            vendor: self.vendor(0),
            patch: if old {
                PatchState::Behind
            } else {
                PatchState::Current
            },
            patch_checked_on: Some(self.window.at(400)),
            support_until: Some(days_after(self.today(), if old { -400 } else { 900 })),
            ..base("VPN装置(見本)", 1)
        };
        let switch = Asset {
            patch: PatchState::Unknown,
            ..base("基幹スイッチ(見本)", 2)
        };
        vec![gateway, switch]
    }

    fn devices(&mut self, kinds: &[Kind], systems: &[Uuid], switch: Option<Uuid>) -> Vec<Asset> {
        let is_hospital = self.member.kind == OrganizationKind::Hospital;
        let mut devices = Vec::new();
        for (place, (kind, system)) in kinds.iter().zip(systems).enumerate() {
            let (count, class) = match (kind.is_device, is_hospital) {
                (true, _) => (1, DeviceClass::MedicalDevice),
                (false, true) => (2 + self.random.below(4), DeviceClass::Server),
                (false, false) => (1 + self.random.below(3), DeviceClass::Terminal),
            };
            for number in 0..count {
                let class = if number > 0 && class == DeviceClass::Server {
                    DeviceClass::Terminal
                } else {
                    class
                };
                devices.push(self.device(kind, *system, class, (place, number), switch));
            }
        }
        devices
    }

    fn device(
        &mut self,
        kind: &Kind,
        system: Uuid,
        class: DeviceClass,
        (place, number): (usize, i64),
        switch: Option<Uuid>,
    ) -> Asset {
        let short = kind.name.trim_end_matches("(見本)");
        let (word, os, version, left) = match class {
            DeviceClass::Server => ("サーバ", "Windows Server 2022", "21H2", 1_900),
            DeviceClass::Terminal => ("端末", "Windows 11", "23H2", 800),
            _ => ("本体", "", "", 300),
        };
        let address = i64::try_from(place).unwrap_or_default() * 8 + number + 10;
        let patch = self.patch();
        Asset {
            name: format!("{short} {word}{}(見本)", number + 1),
            management_number: format!("{}-{place:02}{number:02}", self.number + 1),
            class,
            manufacturer: "架空電機".to_owned(),
            model: format!("KD-{}", 100 + place * 10),
            os: os.to_owned(),
            os_version: version.to_owned(),
            hostname: format!("h{}-{place}-{number}", self.number + 1),
            ip_addresses: vec![format!("192.0.2.{}", address.min(250))],
            place: kind.department.to_owned(),
            department: kind.department.to_owned(),
            system: Some(system),
            zone: kind.zone.to_owned(),
            uplink: switch,
            importance: self.level(),
            patch,
            patch_checked_on: Some(self.window.at(300)),
            support_until: Some(days_after(self.today(), left)),
            ..Asset::default()
        }
    }

    /// Each vendor reaches in by one line for remote maintenance, which ends at the gateway.
    fn connections(&mut self, systems: &[Uuid], gateway: Option<Uuid>) -> Vec<Connection> {
        let open = self.member.facts.has_open_line;
        let vendors = self.member.vendors.clone();
        let mut lines = Vec::new();
        for (place, vendor) in vendors.iter().enumerate() {
            let is_open = open && place == 0;
            let approved = self.window.at(30);
            lines.push(Connection {
                name: format!("遠隔保守 {}(見本)", place + 1),
                system: systems.get(place).copied(),
                vendor: Some(*vendor),
                purpose: Purpose::RemoteMaintenance,
                connected: if is_open || self.random.chance(40) {
                    Availability::Always
                } else {
                    Availability::OnDemand
                },
                line: "光回線".to_owned(),
                mechanism: match (is_open, self.random.below(3)) {
                    (true, _) => Mechanism::SslVpn,
                    (false, 0) => Mechanism::IpVpn,
                    (false, 1) => Mechanism::LeasedLine,
                    (false, _) => Mechanism::Ipsec,
                },
                end_device: "VPN装置(見本)".to_owned(),
                end_device_asset: gateway,
                place: "サーバ室".to_owned(),
                multi_factor: if is_open { Known::No } else { self.known(55) },
                encrypted: Known::Yes,
                source_restricted: match (is_open, self.random.chance(70)) {
                    (true, _) => Known::No,
                    (false, true) => Known::Yes,
                    (false, false) => Known::Unknown,
                },
                approved_by: self.responsible.name.clone(),
                approved_on: Some(approved),
                valid_until: Some(days_after(approved, if place == 1 { 120 } else { 365 })),
                ..Connection::default()
            });
        }
        lines
    }

    /// Most rows are confirmed this year; of the rest somebody should be reminded.
    async fn confirm(
        &mut self,
        tx: &mut Transaction,
        made: &Written,
    ) -> Result<(), DemonstrationError> {
        let proof = self.responsible.may::<actions::ConfirmInventory>()?;
        let ids = self.app.ids();
        let at = Instant::from_jst(self.window.at(500), 15, 20);
        // Registers of members that nobody of the visitors sees are as their makers left them.
        if !self.member.facts.shown && !self.random.chance(30) {
            return Ok(());
        }
        for id in &made.systems {
            confirm::<System>(tx, &proof, ids, *id, 1, at).await?;
        }
        for (place, (id, _)) in made.connections.iter().enumerate() {
            if place != 1 {
                confirm::<Connection>(tx, &proof, ids, *id, 1, at).await?;
            }
        }
        for id in &made.assets {
            if self.random.chance(85) {
                confirm::<Asset>(tx, &proof, ids, *id, 1, at).await?;
            }
        }
        Ok(())
    }

    /// Each vendor confirms its line.
    async fn vendors_say(
        &self,
        tx: &mut Transaction,
        people: &People,
        connections: &[(Uuid, Option<OrganizationId>)],
    ) -> Result<(), DemonstrationError> {
        let at = Instant::from_jst(self.window.at(600), 9, 40);
        for (id, vendor) in connections {
            let Some(vendor) = vendor else { continue };
            let Some(person) = people.holder(*vendor, Role::VendorStaff) else {
                continue;
            };
            let resource = Resource {
                organization: self.member.id,
                standing: Standing::Supplied,
            };
            let proof =
                authorize::<actions::ConfirmCustomerConnections>(&person.principal(), &resource)?;
            let said = Said {
                connection: Some((*id, 1)),
                word: Word::Right,
                text: String::new(),
            };
            say(tx, &proof, self.app.ids(), &said, at).await?;
        }
        Ok(())
    }
}
