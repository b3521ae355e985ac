//! Contact charts (連絡体制図): most are whole and confirmed this year, some were last confirmed a
//! year ago, a few lack a number, and some institutions have none. No number can be dialled: they
//! all begin with 000.

use yagura_contacts::{Category, NewEntry};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::Instant;
use yagura_store::Transaction;
use yagura_web::App;

use crate::DemonstrationError;
use crate::facts::ChartState;
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::{Random, Window};

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let random = &mut Random::of_stage(2);
    let year = app.fiscal_year();
    let present = Window::of(year, None, app.today());
    let Some(past) = Window::of(year.previous(), None, app.today()) else {
        return Ok(());
    };
    let mut tx = app.database().begin_long().await?;
    for (number, member) in region.members.iter().enumerate() {
        let state = member.facts.chart;
        let Some(responsible) = people.of(member.id) else {
            continue;
        };
        if state == ChartState::Missing {
            continue;
        }
        let chart = Chart {
            app,
            region,
            member,
            number,
            proof: responsible.may()?,
        };
        let made = Instant::from_jst(past.at(random.below(800)), 11, 5);
        let entries = chart.entries(people, state);
        let revision = chart.write(&mut tx, &entries, made).await?;
        let on = match (state, present) {
            (ChartState::Confirmed, Some(window)) => window.at(100 + random.below(900)),
            (ChartState::Outdated, _) | (ChartState::Confirmed, None) => {
                past.at(800 + random.below(200))
            }
            (ChartState::Lacking | ChartState::Missing, _) => continue,
        };
        let at = Instant::from_jst(on, 16, 40);
        yagura_contacts::confirm(&mut tx, &chart.proof, app.ids(), revision, on, at).await?;
    }
    tx.commit().await?;
    Ok(())
}

struct Chart<'a> {
    app: &'a App,
    region: &'a Region,
    member: &'a Member,
    number: usize,
    proof: Authorized<actions::EditContacts>,
}

impl Chart<'_> {
    async fn write(
        &self,
        tx: &mut Transaction,
        entries: &[NewEntry],
        at: Instant,
    ) -> Result<i64, DemonstrationError> {
        let mut revision = 0;
        for entry in entries {
            yagura_contacts::add(tx, &self.proof, self.app.ids(), entry, at).await?;
            revision += 1;
        }
        Ok(revision)
    }

    fn entry(&self, category: Category, name: &str, (day, night): (&str, &str)) -> NewEntry {
        NewEntry {
            id: self.app.ids().id(),
            category,
            name: name.to_owned(),
            day_phone: day.to_owned(),
            night_phone: night.to_owned(),
            ..NewEntry::default()
        }
    }

    /// A number that no telephone has.
    fn phone(&self, line: usize) -> String {
        format!("000-{:04}-{:04}", 1_000 + self.number, line)
    }

    fn inside(&self, employee: &Employee, line: usize, role: &str, duty: &str) -> NewEntry {
        let night = format!("000-9{:03}-{:04}", self.number, line);
        NewEntry {
            role: role.to_owned(),
            department: department(&employee.roles).to_owned(),
            duty: duty.to_owned(),
            ..self.entry(
                Category::Inside,
                &employee.name,
                (&self.phone(line), &night),
            )
        }
    }

    fn entries(&self, people: &People, state: ChartState) -> Vec<NewEntry> {
        let mut entries = Vec::new();
        let staff = people.all(self.member.id);
        let detailed = self.member.facts.shown;
        for (line, employee) in staff.iter().take(4).enumerate() {
            let (role, duty) = duty_of(&employee.roles);
            entries.push(self.inside(employee, line + 1, role, duty));
        }
        if detailed && let (Some(first), Some(deputy)) = (entries.first(), staff.last()) {
            let deputy = NewEntry {
                deputy_of: Some(first.id),
                ..self.inside(deputy, 8, "代行", "")
            };
            entries.push(deputy);
        }
        let vendors: Vec<&str> = self
            .member
            .vendors
            .iter()
            .filter_map(|id| self.region.vendors.iter().find(|(own, _)| own == id))
            .map(|(_, name)| name.as_str())
            .take(if detailed { 6 } else { 2 })
            .collect();
        if vendors.is_empty() {
            entries.push(self.entry(
                Category::Maintenance,
                "架空パソコン修理店(見本)",
                ("000-0000-0200", ""),
            ));
        }
        for (line, name) in vendors.iter().enumerate() {
            entries.push(NewEntry {
                role: "保守窓口".to_owned(),
                duty: "異常に気づいたら直ちに".to_owned(),
                ..self.entry(
                    Category::Maintenance,
                    name,
                    (&format!("000-0000-{:04}", 200 + line), "000-0000-0299"),
                )
            });
        }
        entries.push(self.entry(
            Category::Police,
            "架空県警察本部 サイバー犯罪相談窓口(見本)",
            ("000-0000-0110", "000-0000-0111"),
        ));
        if state != ChartState::Lacking {
            entries.push(NewEntry {
                note: "見本の番号です。実際の番号は厚生労働省の案内で確かめます".to_owned(),
                ..self.entry(
                    Category::Mhlw,
                    "厚生労働省 医療情報の担当窓口(見本)",
                    ("000-0000-0300", ""),
                )
            });
        }
        entries.push(self.entry(
            Category::LocalGovernment,
            "架空県 医務課(見本)",
            ("000-0000-0400", "000-0000-0401"),
        ));
        if detailed {
            entries.extend(self.others());
        }
        entries
    }

    fn others(&self) -> Vec<NewEntry> {
        [
            (
                Category::Ppc,
                "個人情報保護委員会(見本の番号)",
                "000-0000-0500",
            ),
            (Category::Partners, crate::members::NETWORK, "000-0000-0600"),
            (Category::Partners, "架空県医師会(見本)", "000-0000-0601"),
            (
                Category::Support,
                "初動対応の支援窓口(見本)",
                "000-0000-0700",
            ),
            (Category::Insurer, "架空サイバー保険(見本)", "000-0000-0800"),
        ]
        .into_iter()
        .map(|(category, name, phone)| self.entry(category, name, (phone, "")))
        .collect()
    }
}

fn department(roles: &[Role]) -> &'static str {
    if roles.contains(&Role::Director) {
        "管理部門"
    } else if roles.contains(&Role::ContractDesk) {
        "総務課"
    } else if roles.contains(&Role::SystemOperator) || roles.contains(&Role::SafetyManager) {
        "医療情報部門"
    } else {
        "事務部門"
    }
}

fn duty_of(roles: &[Role]) -> (&'static str, &'static str) {
    if roles.contains(&Role::Director) && roles.contains(&Role::SafetyManager) {
        ("院長(安全管理責任者を兼ねる)", "診療の継続と公表を決める")
    } else if roles.contains(&Role::Director) {
        ("管理者", "診療の継続と公表を決める")
    } else if roles.contains(&Role::SafetyManager) {
        (
            "医療情報システム安全管理責任者",
            "システムの停止と切り離しを決める",
        )
    } else if roles.contains(&Role::SystemOperator) {
        ("システム運用担当", "状況を確かめ、事業者に連絡する")
    } else if roles.contains(&Role::PlanningManager) {
        ("企画管理者", "記録をまとめ、外部に報告する")
    } else {
        ("事務担当", "外部との連絡を助ける")
    }
}
