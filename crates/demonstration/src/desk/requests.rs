//! What was asked for at the desk, and how far it is: filed and decided by the same rules by which the
//! pages do it, on days that are over.

use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::Instant;
use yagura_packs::{Seat, StepAct};
use yagura_requests::model::engine::{Around, waits_for};
use yagura_requests::model::{
    Act, Answers, Course, Event, Happened, Standing, Verdict, apply, entries, start,
};
use yagura_requests::store::{self, Filing, FormVersion, Request, Saving, Snapshot};
use yagura_requests::waiting_people;

use super::House;
use super::staff::Person;
use crate::DemonstrationError;
use crate::people::Employee;

/// How far a request went.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// So many seats decided, a day apart.
    Decided(usize),
    /// All of them.
    Through,
    /// The first asked back.
    Asked(&'static str),
    /// The first decided, the next rejected.
    Rejected(&'static str),
    /// The requester withdrew it.
    Withdrawn(&'static str),
}

/// What somebody asks for.
struct Asked {
    form: &'static str,
    by: Role,
    /// How many days ago.
    days: i64,
    answers: Vec<(&'static str, String)>,
    way: Way,
}

pub(super) async fn tell(house: &House<'_>, staff: &[Person]) -> Result<(), DemonstrationError> {
    let name = |place: usize| {
        let person = staff.get(place).or_else(|| staff.first());
        person.map(|person| person.name.clone()).unwrap_or_default()
    };
    let mut asked = if house.is_hospital {
        of_hospital(house, &name)
    } else {
        of_clinic(house, &name)
    };
    asked.sort_by_key(|one| -one.days);
    for one in &asked {
        Desk::file(house, one).await?.follow(one).await?;
    }
    Ok(())
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn export(
    house: &House<'_>,
    person: String,
    department: &str,
    what: &str,
    from: i64,
) -> Vec<(&'static str, String)> {
    let day = |days: i64| yagura_kernel::time::format_iso(house.day(days));
    vec![
        ("person", person),
        ("department", text(department)),
        ("information", text(what)),
        ("purpose", text("conference")),
        ("personal", text("yes")),
        ("anonymized", text("氏名と患者番号を除く")),
        ("method", text("usb")),
        ("terminal", text("医局 2番端末")),
        ("medium-owner", text("hospital")),
        ("medium", text("USB-002(見本)")),
        ("encryption", text("yes")),
        ("recipient", text("院内の症例検討会")),
        ("outside", text("no")),
        ("from", day(from)),
        ("until", day(from + 30)),
        ("end", text("erase")),
    ]
}

fn permission(
    house: &House<'_>,
    person: String,
    department: &str,
    system: &str,
    functions: &'static str,
    from: i64,
) -> Vec<(&'static str, String)> {
    let day = |days: i64| yagura_kernel::time::format_iso(house.day(days));
    let mut answers = vec![
        ("person", person),
        ("department", text(department)),
        ("superior", house.responsible.name.clone()),
        ("profession", text("technologist")),
        ("duty", text("配置換えに伴う業務")),
        ("functions", text(functions)),
        ("from", day(from)),
        ("until", day(from + 300)),
    ];
    if functions == "admin" {
        answers.push((
            "admin-reason",
            text("装置の更新で、利用者の登録を受け持つため"),
        ));
    }
    if let Some((id, name)) = house.system(system) {
        answers.push(("system", name.to_owned()));
        answers.push(("system", id.to_string()));
    }
    answers
}

fn of_hospital(house: &House<'_>, name: &dyn Fn(usize) -> String) -> Vec<Asked> {
    let day = |days: i64| yagura_kernel::time::format_iso(house.day(days));
    vec![
        Asked {
            form: "form-data-export",
            by: Role::Staff,
            days: 12,
            answers: export(house, name(1), "内科", "不整脈の症例 40例(見本)", 3),
            way: Way::Decided(1),
        },
        Asked {
            form: "form-data-export",
            by: Role::Staff,
            days: 75,
            answers: export(house, name(8), "外科", "手術の記録 15例(見本)", -60),
            way: Way::Through,
        },
        Asked {
            form: "form-permission",
            by: Role::Staff,
            days: 2,
            answers: permission(house, name(35), "放射線科", "画像管理", "write", 5),
            way: Way::Decided(1),
        },
        Asked {
            form: "form-permission",
            by: Role::Staff,
            days: 5,
            answers: permission(house, name(37), "検査科", "検体検査", "admin", 7),
            way: Way::Decided(2),
        },
        Asked {
            form: "form-demo-loan",
            by: Role::DepartmentHead,
            days: 4,
            answers: vec![
                ("device", text("輸液ポンプ管理装置(見本)")),
                ("owner", text("架空医療機器販売(見本)")),
                ("department", text("看護部")),
                ("purpose", text("導入前の試用")),
                ("connects", text("chart")),
                ("external", text("no")),
                ("checked", text("事業者のウイルス検査の結果を添える")),
                ("data", text("no")),
                ("from", day(10)),
                ("until", day(40)),
                (
                    "return-check",
                    text("設定を消し、ケーブルを抜いたことを写真で残す"),
                ),
            ],
            way: Way::Decided(1),
        },
        Asked {
            form: "form-exception",
            by: Role::Staff,
            days: 40,
            answers: vec![
                ("rule", text("個人の端末の持ち込み禁止")),
                ("person", name(3)),
                ("department", text("内科")),
                ("reason", text("当直の応援医師が来月末まで使うため")),
                (
                    "compensation",
                    text("診療の区画には接続せず、院内の無線だけを使う"),
                ),
                ("personal", text("no")),
                ("from", day(-30)),
                ("until", day(30)),
            ],
            way: Way::Through,
        },
        Asked {
            form: "form-leaving",
            by: Role::DepartmentHead,
            days: 6,
            answers: vec![
                ("person", name(45)),
                ("department", text("医事課")),
                ("last-day", day(9)),
                ("immediate", text("no")),
                ("accounts", text("mail")),
                ("administrator", text("no")),
                ("returns", text("職員証、ロッカーの鍵")),
            ],
            way: Way::Decided(1),
        },
        Asked {
            form: "form-data-export",
            by: Role::Staff,
            days: 3,
            answers: export(house, name(6), "外科", "紹介元に返す検査の結果(見本)", 2),
            way: Way::Asked("渡す相手の医療機関の名前を書いてください。"),
        },
        Asked {
            form: "form-data-export",
            by: Role::Staff,
            days: 30,
            answers: export(house, name(2), "内科", "患者の一覧 全件(見本)", -20),
            way: Way::Rejected(
                "目的に対して対象が広すぎます。期間を限って、もう一度出してください。",
            ),
        },
        Asked {
            form: "form-permission",
            by: Role::Staff,
            days: 18,
            answers: permission(house, name(36), "放射線科", "地域連携", "read", -10),
            way: Way::Withdrawn("異動が取りやめになったため"),
        },
    ]
}

fn of_clinic(house: &House<'_>, name: &dyn Fn(usize) -> String) -> Vec<Asked> {
    vec![
        Asked {
            form: "form-data-export",
            by: Role::Staff,
            days: 1,
            answers: export(house, name(3), "診察室", "紹介状に添えるX線の画像(見本)", 1),
            way: Way::Decided(0),
        },
        Asked {
            form: "form-permission",
            by: Role::Staff,
            days: 45,
            answers: permission(house, name(6), "事務", "レセプト", "write", -40),
            way: Way::Through,
        },
    ]
}

/// A request at the desk.
struct Desk<'a> {
    house: &'a House<'a>,
    form: FormVersion,
    snapshot: Snapshot,
    filer: &'a Employee,
    request: Request,
}

impl<'a> Desk<'a> {
    async fn file(house: &'a House<'a>, asked: &Asked) -> Result<Self, DemonstrationError> {
        let app = house.app;
        let today = app.today();
        let organization = house.member.id;
        let packs = app.packs();
        let database = app.database();
        let form = store::in_force(database, &packs, organization, asked.form, today).await?;
        let snapshot = store::snapshot(database, organization, today).await?;
        let mut people = house.people.iter();
        let filer = people
            .find(|employee| employee.roles.contains(&asked.by))
            .unwrap_or(house.responsible);
        let mut answers = Answers::default();
        for (field, _) in &asked.answers {
            let of_field = asked.answers.iter().filter(|(other, _)| other == field);
            answers.set(field, of_field.map(|(_, answer)| answer.clone()));
        }
        let at = house.ago(asked.days, 9, 15);
        let around = Around {
            form: &form.stored.form,
            people: &snapshot.people,
            now: at,
        };
        let happened = start(around, filer.person, &answers).map_err(story)?;
        let proof = filer.may::<actions::FileRequests>()?;
        let filing = Filing {
            form: &form,
            answers: &answers,
            course: &happened.course,
            events: happened.events.iter().map(Into::into).collect(),
            told: waiting_people(&happened.course, &snapshot),
            draft: None,
        };
        let mut tx = database.begin().await?;
        let request = store::file_request(&mut tx, &proof, app.ids(), filing, at).await?;
        tx.commit().await?;
        Ok(Self {
            house,
            form,
            snapshot,
            filer,
            request,
        })
    }

    async fn follow(mut self, asked: &Asked) -> Result<(), DemonstrationError> {
        match asked.way {
            Way::Decided(count) => self.decide(asked.days, count).await,
            Way::Through => self.decide(asked.days, usize::MAX).await,
            Way::Asked(question) => {
                let at = self.house.ago(asked.days - 1, 11, 40);
                let Some((person, step, seat, _)) = self.next() else {
                    return Ok(());
                };
                let text = question.to_owned();
                self.act(person, &Act::Ask { step, seat, text }, at).await
            }
            Way::Rejected(reason) => {
                self.decide(asked.days, 1).await?;
                let at = self.house.ago(asked.days - 2, 15, 5);
                let Some((person, step, seat, _)) = self.next() else {
                    return Ok(());
                };
                let act = Act::Decide {
                    step,
                    seat,
                    verdict: Verdict::Rejected,
                    note: reason.to_owned(),
                };
                self.act(person, &act, at).await
            }
            Way::Withdrawn(reason) => {
                let at = self.house.ago(asked.days - 1, 8, 50);
                let note = reason.to_owned();
                self.act(self.filer, &Act::Withdraw { note }, at).await
            }
        }
    }

    /// Who may decide next, where, and whether it is decided or carried out there.
    fn next(&self) -> Option<(&'a Employee, String, Seat, StepAct)> {
        let course: &Course = &self.request.course;
        let (step, seat, _) = course.open_seats().next()?;
        let mut route = self.form.stored.form.route.iter();
        let act = route.find(|one| one.id == step.step)?.act;
        let waits = waits_for(&self.snapshot.people, course.filer, seat);
        let decider = waits.iter().find_map(|decider| {
            let mut people = self.house.people.iter();
            people.find(|employee| employee.person == decider.person)
        })?;
        Some((decider, step.step.clone(), seat.seat, act))
    }

    /// Decides so many seats, a day apart.
    async fn decide(&mut self, days: i64, count: usize) -> Result<(), DemonstrationError> {
        let mut day = days;
        for _ in 0..count.min(20) {
            if !matches!(
                self.request.course.standing,
                Standing::Waiting | Standing::CarryingOut
            ) {
                break;
            }
            let Some((person, step, seat, act)) = self.next() else {
                break;
            };
            day = (day - 1).max(1);
            let verdict = match act {
                StepAct::CarryOut => Verdict::Done,
                StepAct::Decide => Verdict::Granted,
            };
            let act = Act::Decide {
                step,
                seat,
                verdict,
                note: String::new(),
            };
            let at = self.house.ago(day, 13, 30);
            self.act(person, &act, at).await?;
        }
        Ok(())
    }

    async fn act(
        &mut self,
        person: &Employee,
        act: &Act,
        at: Instant,
    ) -> Result<(), DemonstrationError> {
        let app = self.house.app;
        let around = Around {
            form: &self.form.stored.form,
            people: &self.snapshot.people,
            now: at,
        };
        let course = &self.request.course;
        let Happened { course, events } =
            apply(around, course, person.person, act).map_err(story)?;
        let mut tx = app.database().begin().await?;
        let saving = Saving {
            course: &course,
            told: waiting_people(&course, &self.snapshot),
            by: Some(person.person),
            events: &events,
        };
        let next = store::save_course(&mut tx, app.ids(), &self.request, saving, at).await?;
        if events.contains(&Event::Granted) {
            let proof = person.may::<actions::DecideRequests>()?;
            let outcomes = entries(&self.form.stored.form, &next.answers);
            let people = &self.snapshot;
            yagura_requests::enter_granted(app, &mut tx, &proof, people, &next, &outcomes, at)
                .await
                .map_err(story)?;
        }
        tx.commit().await?;
        self.request = next;
        Ok(())
    }
}

fn story(error: impl std::fmt::Debug) -> DemonstrationError {
    DemonstrationError::Story(format!("{error:?}"))
}
