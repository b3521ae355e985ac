//! The desk: every form in plain words, what one began, and where one's own requests stand.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_short, date_time, due, empty_state, note,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError};

use super::{ALL, DELEGATIONS, DESK, WORKLIST};
use crate::model::Standing;
use crate::operations::{may, me};
use crate::store::{self, Draft, FormVersion, Listed, Snapshot};
use crate::words;

/// How many of one's own requests a page shows.
const PAGE: usize = 30;

/// After which request the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Before {
    #[serde(default)]
    pub(crate) before: Option<Uuid>,
}

/// The desk.
pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<Before>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let me = me(&context)?;
    let database = context.database();
    let organization = context.organization.id;
    let library = context.app.packs();
    let forms = store::forms_in_force(database, &library, organization, context.today).await?;
    let snapshot = store::snapshot(database, organization, context.today).await?;
    let drafts = store::drafts_of(database, &proof, me).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut own = store::own(database, &proof, me, query.before, limit).await?;
    let more = own.len() > PAGE;
    own.truncate(PAGE);
    let decide = context.authorize_own::<actions::DecideRequests>().await?;
    let (waiting, _) = store::count_waiting(database, &decide, &snapshot.people, me).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("requests-desk"));
    frame.lede = Some(html! { (t.t("requests-desk-lede")) });
    frame.actions = Some(html! {
        (link_button(WORKLIST, t.t("requests-worklist"), false)) " "
        @if may(&context, Action::ReadRequests) {
            (link_button(ALL, t.t("requests-all"), false)) " "
        }
        (link_button(DELEGATIONS, t.t("requests-delegations"), false))
    });
    let next = more.then(|| own.last().map(|last| last.id)).flatten();
    let body = html! {
        @if waiting > 0 {
            (note(t, Tone::Info, html! {
                (t.t_args("requests-waiting-for-you", args![("count", waiting)])) " "
                a href=(WORKLIST) { (t.t("requests-worklist-open")) }
            }))
        }
        @if query.before.is_none() {
            (card(t.t("requests-choose"), offered(&context, &forms)))
            @if !drafts.is_empty() { (card(t.t("requests-drafts"), drafts_list(&context, &drafts, &forms))) }
        }
        (card(t.t("requests-own"), html! {
            @if own.is_empty() {
                (empty_state(t.t("requests-own-none"), html! { p { (t.t("requests-own-none-do")) } }))
            } @else {
                (table(&context, &snapshot, &own))
            }
            @if let Some(next) = next {
                p { a href={ (DESK) "?before=" (next) } rel="next" { (t.t("list-next")) } }
            }
        }))
    };
    context.respond(frame, body).await
}

fn offered(context: &Context, forms: &[FormVersion]) -> Markup {
    let t = context.t();
    html! {
        @if forms.is_empty() {
            (empty_state(t.t("requests-no-forms"), html! { p { (t.t("requests-no-forms-do")) } }))
        } @else {
            dl.facts {
                @for form in forms {
                    div {
                        dt { a href={ (DESK) "/new/" (form.key) } { (words::text(t, &form.stored.title)) } }
                        dd { (words::text(t, &form.stored.form.summary)) }
                    }
                }
            }
        }
    }
}

fn drafts_list(context: &Context, drafts: &[Draft], forms: &[FormVersion]) -> Markup {
    let t = context.t();
    html! {
        ul {
            @for draft in drafts {
                @let form = forms.iter().find(|form| form.key == draft.form_key);
                li {
                    a href={ (DESK) "/drafts/" (draft.id) } {
                        @match form {
                            Some(form) => (words::text(t, &form.stored.title)),
                            None => (t.t("requests-form-gone")),
                        }
                    }
                    " " span.small { (date_time(t, draft.updated_at)) }
                }
            }
        }
    }
}

fn table(context: &Context, snapshot: &Snapshot, own: &[Listed]) -> Markup {
    let t = context.t();
    let rows = own
        .iter()
        .map(|one| {
            TableRow::new(vec![
                html! { a href={ (DESK) "/" (one.id) } { (one.label) } },
                html! { (words::text(t, &one.form)) br; span.small { (one.subject) } },
                html! { (words::standing_tag(t, &one.course)) },
                where_now(context, snapshot, one),
                html! { (date_short(t, one.filed_at.jst_date())) },
            ])
            .highlighted(one.standing == Standing::Returned)
        })
        .collect();
    let columns = vec![
        Column::text(t.t("requests-number")),
        Column::text(t.t("requests-what")),
        Column::text(t.t("requests-standing")),
        Column::text(t.t("requests-where")),
        Column::text(t.t("requests-filed-on")),
    ];
    data_table(&Table::new(t.t("requests-own"), columns, rows))
}

/// For whom a request waits, since when, and by when.
pub(super) fn where_now(context: &Context, snapshot: &Snapshot, one: &Listed) -> Markup {
    let t = context.t();
    if let Some(closed) = one.closed_at {
        return html! { (date_short(t, closed.jst_date())) };
    }
    let since = one
        .course
        .steps
        .iter()
        .filter_map(|step| match step.progress {
            crate::model::StepProgress::Open { since, .. } => Some(since),
            _ => None,
        });
    html! {
        (words::waiting(t, snapshot, &one.course))
        @if let Some(since) = since.max() {
            br; span.small { (t.t("requests-since")) " " (date_short(t, since.jst_date())) }
        }
        @if let Some(day) = one.due { " " (due(t, day, context.today)) }
    }
}
