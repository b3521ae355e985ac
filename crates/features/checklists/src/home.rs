//! What the home page of an institution says about its checklist.

use maud::{Markup, html};
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::proof::CellState;
use yagura_web::i18n::args;
use yagura_web::ui::charts::state_bar;
use yagura_web::ui::components::{Tone, card, progress_bar};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, NavigationFor, ToDo, WebError};

use crate::drafts::{offers, open_offers};
use crate::model::SheetSubject;
use crate::pages::{Family, item_path, sheet_path, words};
use crate::store::{SheetHeader, declined_drafts, find, sheet, sheet_before};

async fn present(context: &Context) -> Result<Option<SheetHeader>, WebError> {
    let proof = context.authorize_own::<actions::ReadSheet>().await?;
    let year = context.app.fiscal_year();
    Ok(find(
        context.database(),
        (&proof).into(),
        year,
        SheetSubject::Institution,
    )
    .await?)
}

/// Contradictions, overdue target dates, open rows, drafts that wait.
pub(crate) async fn to_dos(context: &Context) -> Result<Vec<ToDo>, WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    if !whom.is_institution() || !whom.may_at_home(Action::AnswerSheet) {
        return Ok(Vec::new());
    }
    let t = context.t();
    let year = context.app.fiscal_year();
    let Some(header) = present(context).await? else {
        return Ok(vec![ToDo {
            urgency: 650,
            title: t
                .t_args(
                    "checklist-todo-open",
                    args![("title", words::sheet_title(t, year, None))],
                )
                .into_owned(),
            why: t.t("checklist-todo-open-why").to_owned(),
            mark: None,
            href: "/checklists".to_owned(),
            button: t.t("checklist-open").to_owned(),
        }]);
    };
    let mut to_dos = Vec::new();
    let path = sheet_path(Family::Institution, header.id);
    let gate_is_open = header.values.gate.is_none();
    if header.counts.contradiction == 0
        && header.counts.unanswered == 0
        && header.next_target.is_none()
        && !gate_is_open
    {
        return Ok(to_dos);
    }
    let proof = context.authorize_own::<actions::ReadSheet>().await?;
    let packs = context.app.packs();
    let content = sheet(context.database(), &packs, (&proof).into(), header.id).await?;
    let items: Vec<_> = content.pack.items().zip(&header.cells).collect();
    for (item, _) in items
        .iter()
        .filter(|(_, state)| **state == CellState::Contradiction)
    {
        let wording = item.text.in_language(t.lang().code());
        to_dos.push(ToDo {
            urgency: 900,
            title: t
                .t_args(
                    "checklist-todo-contradiction",
                    args![("item", &item.printed_id)],
                )
                .into_owned(),
            why: t
                .t_args("checklist-todo-contradiction-why", args![("text", wording)])
                .into_owned(),
            mark: Some((Tone::Danger, t.t("state-contradiction").to_owned())),
            href: item_path(Family::Institution, header.id, &item.key),
            button: t.t("checklist-todo-look").to_owned(),
        });
    }
    for (item, _) in items.iter().filter(|(_, state)| **state == CellState::No) {
        let target = content
            .answers
            .get(&item.key)
            .and_then(|stored| stored.answer.open_target());
        let days = target.map(|target| {
            i64::from(context.today.to_julian_day()) - i64::from(target.to_julian_day())
        });
        if let Some(days) = days.filter(|days| *days > 0) {
            let wording = item.text.in_language(t.lang().code());
            to_dos.push(ToDo {
                urgency: 800,
                title: t
                    .t_args("checklist-todo-overdue", args![("item", &item.printed_id)])
                    .into_owned(),
                why: t
                    .t_args("checklist-todo-overdue-why", args![("text", wording)])
                    .into_owned(),
                mark: Some((
                    Tone::Late,
                    t.t_args("due-overdue", args![("days", days)]).into_owned(),
                )),
                href: item_path(Family::Institution, header.id, &item.key),
                button: t.t("checklist-todo-look").to_owned(),
            });
        }
    }
    if gate_is_open
        && content
            .pack
            .checklist()
            .is_some_and(|checklist| checklist.gate.is_some())
    {
        to_dos.push(ToDo {
            urgency: 450,
            title: t.t("checklist-todo-gate").to_owned(),
            why: t.t("checklist-todo-gate-why").to_owned(),
            mark: None,
            href: format!("{path}/gate"),
            button: t.t("checklist-gate-answer").to_owned(),
        });
    }
    if let Some((item, _)) = items
        .iter()
        .find(|(_, state)| **state == CellState::Unanswered)
    {
        to_dos.push(ToDo {
            urgency: 400,
            title: t
                .t_args(
                    "checklist-todo-unanswered",
                    args![("count", header.counts.unanswered)],
                )
                .into_owned(),
            why: t
                .t_args(
                    "checklist-todo-unanswered-why",
                    args![
                        ("item", &item.printed_id),
                        ("text", item.text.in_language(t.lang().code()))
                    ],
                )
                .into_owned(),
            mark: None,
            href: item_path(Family::Institution, header.id, &item.key),
            button: t.t("checklist-continue").to_owned(),
        });
        if let Some(before) = sheet_before(context.database(), (&proof).into(), &header).await? {
            let source = sheet(context.database(), &packs, (&proof).into(), before.id).await?;
            let declined = declined_drafts(context.database(), (&proof).into(), header.id).await?;
            let all = offers(&packs, &content, &source);
            let waiting = open_offers(&all, &content)
                .filter(|offer| !declined.contains(&offer.proposal.item_key))
                .count();
            if waiting > 0 {
                to_dos.push(ToDo {
                    urgency: 410,
                    title: t
                        .t_args("checklist-todo-drafts", args![("count", waiting)])
                        .into_owned(),
                    why: t.t("checklist-todo-drafts-why").to_owned(),
                    mark: None,
                    href: format!("{path}/drafts"),
                    button: t.t("checklist-todo-look").to_owned(),
                });
            }
        }
    }
    Ok(to_dos)
}

/// How far this year's checklist is.
pub(crate) async fn card_of_year(context: &Context) -> Result<Option<(u32, Markup)>, WebError> {
    let whom = NavigationFor {
        principal: &context.principal,
    };
    if !whom.is_institution() || !whom.may_at_home(Action::ReadSheet) {
        return Ok(None);
    }
    let Some(header) = present(context).await? else {
        return Ok(None);
    };
    let t = context.t();
    let (answered, applicable) = header.progress();
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    let title = words::sheet_title(t, header.year, None);
    let path = sheet_path(Family::Institution, header.id);
    let body = card(
        &title,
        html! {
            (progress_bar(t, t.t("checklist-progress-rows"), number(answered), number(applicable)))
            (state_bar(t, t.t("checklist-progress-states"), &header.counts))
            p.buttons { (link_button(&path, t.t("checklist-home-open"), false)) }
        },
    );
    Ok(Some((10, body)))
}
