//! Three reminders that the secretariat has sent this year, whom they reached, and the notices
//! that the members got.

use serde_json::json;
use yagura_checklists::overview;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_region::model::reminder::{Audience, Delivery};
use yagura_region::store::reminders::{self, NewRecipient, NewReminder, Reminder};
use yagura_store::Transaction;
use yagura_store::notifications::{self, NewNotification};
use yagura_web::{App, Lang};

use crate::answers::State;
use crate::members::{NETWORK, Region};
use crate::people::{Employee, People};
use crate::random::{Random, Window, days_after};
use crate::{DemonstrationError, years};

/// How many days ago the reminders went out; the last one leaves room for the next.
const DAYS_AGO: [i64; 3] = [96, 52, 19];

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
    states: &[State],
) -> Result<(), DemonstrationError> {
    let Some(window) = Window::of(app.fiscal_year(), None, app.today()) else {
        return Ok(());
    };
    let random = &mut Random::of_stage(4);
    // The clinic for which visitors act opened its sheet on the first day and has not finished.
    let places = region.members.iter().enumerate();
    let clinic = places
        .filter(|(_, member)| member.facts.shown && member.kind == OrganizationKind::Clinic)
        .map(|(place, _)| State {
            member: place,
            opened: Some(Instant::from_jst(window.at(0), 8, 40)),
            finished: None,
            answered: 12,
        });
    let states: Vec<State> = states.iter().copied().chain(clinic).collect();
    let mut tx = app.database().begin_long().await?;
    for (number, ago) in DAYS_AGO.into_iter().enumerate() {
        let on = days_after(app.today(), -ago);
        if on < window.at(0) {
            continue;
        }
        let role = if number == 1 {
            Role::RegionalStaff
        } else {
            Role::RegionalManager
        };
        let Some(by) = people.holder(region.network, role) else {
            continue;
        };
        let letter = Letter {
            app,
            region,
            by,
            on,
            audience: if number == 1 {
                Audience::NotOpened
            } else {
                Audience::Incomplete
            },
        };
        let recipients = letter.recipients(&states, random);
        if !recipients.is_empty() {
            letter.send(&mut tx, recipients).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

struct Letter<'a> {
    app: &'a App,
    region: &'a Region,
    by: &'a Employee,
    on: Date,
    audience: Audience,
}

impl Letter<'_> {
    /// Who had not finished, or not even begun, on that day.
    fn recipients(&self, states: &[State], random: &mut Random) -> Vec<NewRecipient> {
        let at = self.at();
        states
            .iter()
            .filter_map(|state| {
                let opened = state.opened.is_some_and(|opened| opened <= at);
                let finished = state.finished.is_some_and(|finished| finished <= at);
                let meant = match self.audience {
                    Audience::NotOpened => !opened,
                    _ => !finished,
                };
                let member = self.region.members.get(state.member).filter(|_| meant)?;
                let by_mail = random.chance(88);
                Some(NewRecipient {
                    member: member.id,
                    name: member.name.clone(),
                    delivery: if by_mail {
                        Delivery::Mail
                    } else {
                        Delivery::NoticeOnly
                    },
                    address: by_mail.then(|| format!("member{}@example.jp", state.member)),
                    // What was answered before the reminder cannot be told from what came after
                    // it; the few who had begun had done about half.
                    answered: if opened { state.answered / 2 } else { 0 },
                })
            })
            .collect()
    }

    fn at(&self) -> Instant {
        Instant::from_jst(self.on, 10, 30)
    }

    async fn send(
        &self,
        tx: &mut Transaction,
        recipients: Vec<NewRecipient>,
    ) -> Result<(), DemonstrationError> {
        let proof = self.by.may::<actions::SendReminders>()?;
        let t = self.app.translator(Lang::Ja);
        let template = match self.audience {
            Audience::NotOpened => "region-template-not-opened",
            _ => "region-template-incomplete",
        };
        let expected = i64::try_from(recipients.len()).unwrap_or(i64::MAX);
        let year = self.app.fiscal_year().label_ja();
        let subject = t.find("region-template-subject").unwrap_or_default();
        let subject = subject.replace("{年度}", &year);
        let new = NewReminder {
            id: self.app.ids().id(),
            fiscal_year: self.app.fiscal_year(),
            audience: self.audience,
            chosen: Vec::new(),
            subject: subject.clone(),
            body: t.find(template).unwrap_or_default().to_owned(),
            deadline: Some(days_after(self.on, 21).min(self.app.fiscal_year().end())),
            pause_days: 7,
            expected,
        };
        let at = self.at();
        reminders::insert(tx, &proof, &new, at).await?;
        let reminder = self.as_kept(&new, at);
        reminders::note_recipients(tx, &reminder, &recipients, self.on, at).await?;
        let notices = recipients.iter().map(|recipient| NewNotification {
            organization: recipient.member,
            person: None,
            message: "region-reminder-notice",
            arguments: json!({ "overseer": NETWORK, "subject": subject }),
            link: Some("/checklists".to_owned()),
        });
        notifications::send(tx, self.app.ids(), notices, at).await?;
        reminders::finish(tx, new.id, at.plus_seconds(40)).await?;
        Ok(())
    }

    fn as_kept(&self, new: &NewReminder, at: Instant) -> Reminder {
        let new = new.clone();
        Reminder {
            id: new.id,
            overseer: self.region.network,
            created_by: Some(self.by.person),
            created_at: at,
            fiscal_year: new.fiscal_year,
            audience: new.audience,
            chosen: new.chosen,
            subject: new.subject,
            body: new.body,
            deadline: new.deadline,
            pause_days: new.pause_days,
            expected: new.expected,
            is_sending: true,
            sent: 0,
            mailed: 0,
            finished_at: None,
        }
    }
}

/// What the two overseers see of their members, and the sums over them.
pub(crate) async fn overview(app: &App, region: &Region) -> Result<(), DemonstrationError> {
    let overseers = [region.network, region.prefecture];
    let years = years(app);
    let mut tx = app.database().begin_long().await?;
    for overseer in overseers {
        for year in &years {
            overview::rebuild_overseer(&mut tx, overseer, *year, app.now()).await?;
        }
    }
    tx.commit().await?;
    let packs = app.packs();
    for overseer in overseers {
        for year in &years {
            overview::refresh_statistics(app.database(), &packs, overseer, *year, app.now())
                .await?;
        }
    }
    Ok(())
}
