//! What the region offers to the program.

use std::sync::Arc;

use async_trait::async_trait;
use maud::{Markup, html};
use yagura_checklists::overview::{self, Progress};
use yagura_kernel::policy::{Action, actions};
use yagura_store::jobs::JobHandler;
use yagura_store::{Migration, directory};
use yagura_web::i18n::Source;
use yagura_web::ui::components::{Span, StatTile, Tone, card, row, stat_tile};
use yagura_web::{
    App, Context, Destination, Feature, Group, NavigationFor, Routes, Schedule, ToDo, WebError,
    args,
};

use crate::figures::{self, Overview};
use crate::jobs::{CLEAN, CleanHandler, ExportHandler, RemindHandler};
use crate::pages::comparison::place_chart;
use crate::pages::paths;
use crate::store::imports::{self, State};
use crate::{api, pages, store, words};
use yagura_web::address;

/// The feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Region;

const SCHEDULES: &[Schedule] = &[Schedule {
    job: CLEAN,
    every_seconds: 6 * 60 * 60,
}];

const MESSAGES: &[Source<'static>] = &[
    Source::ja("region/ja.ftl", include_str!("../locales/ja.ftl")),
    Source::en("region/en.ftl", include_str!("../locales/en.ftl")),
];

#[async_trait]
impl Feature for Region {
    fn name(&self) -> &'static str {
        "region"
    }

    fn migrations(&self) -> &'static [Migration] {
        store::MIGRATIONS
    }

    fn routes(&self) -> Routes {
        pages::routes().merge(api::routes())
    }

    fn messages(&self) -> &'static [Source<'static>] {
        MESSAGES
    }

    fn navigation(&self, whom: &NavigationFor<'_>) -> Vec<Destination> {
        let mut entries = Vec::new();
        if whom.may_at_home(Action::ReadMembers) {
            entries.extend([
                Destination::new(Group::Members, 10, "region-matrix-nav", paths::MATRIX),
                Destination::new(Group::Members, 20, "region-call-nav", paths::CALL_LIST),
                Destination::new(
                    Group::Members,
                    30,
                    "region-comparison-nav",
                    paths::COMPARISON,
                ),
                Destination::new(Group::Members, 40, "region-roll-title", paths::ROLL),
            ]);
        } else if whom.is_institution() && whom.may_at_home(Action::ReadComparison) {
            entries.push(Destination::new(
                Group::Registers,
                60,
                "region-own-nav",
                paths::COMPARISON,
            ));
        }
        if whom.may_at_home(Action::SendReminders) {
            entries.push(Destination::new(
                Group::Outreach,
                10,
                "region-reminders-title",
                paths::REMINDERS,
            ));
        }
        entries
    }

    fn openapi(&self) -> Option<utoipa::openapi::OpenApi> {
        Some(api::description())
    }

    fn jobs(&self, app: &App) -> Vec<Arc<dyn JobHandler>> {
        vec![
            Arc::new(RemindHandler { app: app.clone() }),
            Arc::new(ExportHandler { app: app.clone() }),
            Arc::new(CleanHandler { app: app.clone() }),
        ]
    }

    fn schedules(&self) -> &'static [Schedule] {
        SCHEDULES
    }

    async fn to_dos(&self, context: &Context) -> Result<Vec<ToDo>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        // Asked quietly: who may not is not refused anything here.
        if !whom.may_at_home(Action::ReadMembers) {
            return Ok(Vec::new());
        }
        let mut to_dos = match overview_now(context).await? {
            Some(figures) => who_needs_help(context, &figures),
            None => Vec::new(),
        };
        if whom.may_at_home(Action::ManageMembers) {
            to_dos.extend(waiting_import(context).await?);
        }
        Ok(to_dos)
    }

    async fn home_card(&self, context: &Context) -> Result<Option<(u32, Markup)>, WebError> {
        let whom = NavigationFor {
            principal: &context.principal,
        };
        if whom.may_at_home(Action::ReadMembers) {
            let figures = overview_now(context).await?;
            return Ok(figures.map(|figures| (20, region_card(context, &figures))));
        }
        if whom.is_institution() && whom.may_at_home(Action::ReadComparison) {
            return Ok(own_card(context).await?.map(|card| (60, card)));
        }
        Ok(None)
    }
}

async fn overview_now(context: &Context) -> Result<Option<Overview>, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let statistics = overview::region_statistics(
        context.database(),
        &proof,
        context.organization.id,
        context.app.fiscal_year(),
        context.now,
    )
    .await?;
    Ok(statistics.map(|statistics| figures::overview_of(&statistics, context.now)))
}

/// Who needs help today.
fn who_needs_help(context: &Context, figures: &Overview) -> Vec<ToDo> {
    let t = context.t();
    let list = |progress: Progress| address(paths::CALL_LIST, [("state", progress.code())]);
    let mut to_dos = Vec::new();
    if figures.with_contradictions > 0 {
        let count = || args![("count", figures.with_contradictions)];
        to_dos.push(ToDo {
            urgency: 900,
            title: t.t_args("region-todo-contradictions", count()).into_owned(),
            why: t.t("region-todo-contradictions-why").to_owned(),
            mark: Some((
                Tone::Danger,
                t.t("region-progress-contradictions").to_owned(),
            )),
            href: list(Progress::Contradictions),
            button: t.t("region-todo-look").to_owned(),
        });
    }
    if figures.overdue > 0 {
        to_dos.push(ToDo {
            urgency: 800,
            title: t
                .t_args("region-todo-overdue", args![("count", figures.overdue)])
                .into_owned(),
            why: t.t("region-todo-overdue-why").to_owned(),
            mark: Some((Tone::Late, t.t("region-progress-overdue").to_owned())),
            href: list(Progress::Overdue),
            button: t.t("region-todo-look").to_owned(),
        });
    }
    if figures.never_opened > 0 {
        to_dos.push(ToDo {
            urgency: 600,
            title: t
                .t_args(
                    "region-todo-unopened",
                    args![("count", figures.never_opened)],
                )
                .into_owned(),
            why: t.t("region-todo-unopened-why").to_owned(),
            mark: Some((Tone::Late, t.t("region-progress-not_opened").to_owned())),
            href: list(Progress::NotOpened),
            button: t.t("region-todo-call").to_owned(),
        });
    }
    let incomplete = figures.members - figures.round1_done - figures.never_opened;
    if incomplete > 0 {
        to_dos.push(ToDo {
            urgency: 400,
            title: t
                .t_args("region-todo-incomplete", args![("count", incomplete)])
                .into_owned(),
            why: t.t("region-todo-incomplete-why").to_owned(),
            mark: None,
            href: list(Progress::Incomplete),
            button: t.t("region-todo-look").to_owned(),
        });
    }
    to_dos
}

/// An import that waits to be confirmed.
async fn waiting_import(context: &Context) -> Result<Option<ToDo>, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let last = imports::list(context.database(), &proof, None, 1).await?;
    let waits = |import: &imports::Import| {
        import.state == State::Pending && import.expires_at > context.now
    };
    let t = context.t();
    Ok(last.into_iter().find(waits).map(|import| ToDo {
        urgency: 500,
        title: t.t("region-todo-import").to_owned(),
        why: t
            .t_args(
                "region-todo-import-why",
                args![("file", import.file_name.as_str())],
            )
            .into_owned(),
        mark: None,
        href: format!("{}/{}", paths::IMPORT, import.id),
        button: t.t("region-todo-look").to_owned(),
    }))
}

fn region_card(context: &Context, figures: &Overview) -> Markup {
    let t = context.t();
    let tile = |label: &str, number: i64, tone: Tone, link: (&str, &str)| {
        let value = words::number(t, number);
        (
            Span::Four,
            stat_tile(&StatTile {
                label,
                value: &value,
                unit: t.t("region-unit"),
                detail: "",
                tone,
                link: Some(link),
            }),
        )
    };
    let show = t.t("region-tile-show");
    let unopened = address(paths::CALL_LIST, [("state", Progress::NotOpened.code())]);
    let contradicted = address(paths::MATRIX, [("state", Progress::Contradictions.code())]);
    let danger = if figures.with_contradictions > 0 {
        Tone::Danger
    } else {
        Tone::Neutral
    };
    let title = t.t_args("region-home-title", args![("count", figures.members)]);
    card(
        &title,
        html! {
            (row(&[
                tile(t.t("region-tile-done"), figures.round1_done, Tone::Neutral,
                    (paths::MATRIX, show)),
                tile(t.t("region-tile-contradictions"), figures.with_contradictions, danger,
                    (contradicted.as_str(), show)),
                tile(t.t("region-tile-unopened"), figures.never_opened, Tone::Neutral,
                    (unopened.as_str(), t.t("region-tile-call"))),
            ]))
            p.small {
                (t.t_args("region-as-of", args![("when", t.date_time(figures.computed_at))]))
            }
        },
    )
}

/// An institution's own place among the members of its first overseer that may show one.
async fn own_card(context: &Context) -> Result<Option<Markup>, WebError> {
    let proof = context.authorize_own::<actions::ReadComparison>().await?;
    let packs = context.app.packs();
    let year = context.app.fiscal_year();
    let positions =
        figures::own_position(context.database(), &packs, &proof, year, context.now).await?;
    let Some(position) = positions.first() else {
        return Ok(None);
    };
    let overseer = directory::get(context.database(), position.overseer).await?;
    let t = context.t();
    let group = words::group(t, position.group);
    let title = t.t_args(
        "region-own-among",
        args![("overseer", overseer.name.as_str())],
    );
    Ok(Some(card(
        &title,
        html! {
            p { (t.t_args("region-comparison-of",
                args![("group", group), ("count", position.members)])) }
            @if let Some(place) = &position.answered {
                (place_chart(t, t.t("region-chart-answered"), group, place))
            }
            @if let Some(place) = &position.proven {
                (place_chart(t, t.t("region-chart-proven"), group, place))
            }
            p { a href=(paths::COMPARISON) { (t.t("region-own-more")) } }
        },
    )))
}
