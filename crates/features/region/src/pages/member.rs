//! One member, as far as it shares.

use axum::response::Response;
use maud::{Markup, html};
use yagura_checklists::overview::{self, MemberSheet};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::proof::CellState;
use yagura_kernel::relation::SharingLevel;
use yagura_web::api::PathOf;
use yagura_web::i18n::Translator;
use yagura_web::ui::charts::state_bar;
use yagura_web::ui::components::{
    Column, Span, Table, TableRow, card, data_table, date, date_time, description_list,
    organization_kind, progress_bar, row, sharing_level,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError, args};

use super::{id_from, lines, may, paths, roll_crumb};
use crate::export;
use crate::import::{RollMember, field_label};
use crate::model::member::Field;
use crate::store::members::{self, PastValue};
use crate::store::reminders;
use crate::words;

/// How many of the last reminders are listed.
const REMINDERS: i64 = 10;

pub(super) async fn page(
    context: Context,
    PathOf(member): PathOf<String>,
) -> Result<Response, WebError> {
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let member: OrganizationId = id_from(&member)?;
    let database = context.database();
    let t = context.t();
    let record = members::one(database, &read, member, context.today).await?;
    let status = context.authorize::<actions::ReadStatus>(member).await?;
    let year = context.app.fiscal_year();
    let packs = context.app.packs();
    let sheet = overview::member_sheet(database, &packs, &read, year, member).await?;
    let history = members::history(database, &status).await?;
    let received = reminders::received(database, &read, member, REMINDERS).await?;
    context
        .audit_read(
            &status,
            "member",
            member,
            serde_json::json!({ "page": "member" }),
        )
        .await?;

    let facts = description_list(
        &Field::ALL
            .into_iter()
            .map(|field| (field_label(t, field), fact(t, &record, field)))
            .collect::<Vec<_>>(),
    );
    let body = html! {
        (row(&[
            (Span::Seven, html! {
                @if let Some(sheet) = &sheet { (standing(&context, sheet)) }
                (card(t.t("region-member-history"), past(t, &history)))
            }),
            (Span::Five, html! {
                (card(t.t("region-member-facts"), facts))
                (card(t.t("region-member-reminders"), html! {
                    @if received.is_empty() {
                        p { (t.t("region-member-no-reminders")) }
                    } @else {
                        ul {
                            @for one in &received {
                                li {
                                    (date_time(t, one.sent_at)) " "
                                    @if may(&context, Action::SendReminders) {
                                        a href={ (paths::REMINDERS) "/" (one.reminder_id) } {
                                            (one.subject)
                                        }
                                    } @else { (one.subject) }
                                }
                            }
                        }
                    }
                }))
            }),
        ]))
    };
    let mut frame = context.frame(record.draft.name.clone());
    frame.breadcrumbs = vec![roll_crumb(&context)];
    frame.lede = Some(html! {
        (words::kind_and_size(t, record.draft.kind, record.draft.beds))
    });
    frame.actions = Some(html! {
        @if may(&context, Action::ManageMembers) {
            (link_button(&format!("{}/{member}/edit", paths::ROLL), t.t("region-member-edit"), false))
            (link_button(&format!("{}/{member}/end", paths::ROLL), t.t("region-member-end"), false))
        }
        @if may(&context, Action::SendReminders) {
            (link_button(
                &format!("{}/new?member={member}", paths::REMINDERS),
                t.t("region-member-remind"),
                false,
            ))
        }
    });
    context.respond(frame, body).await
}

fn fact(t: &Translator, record: &RollMember, field: Field) -> Markup {
    match field {
        Field::Kind => html! { (organization_kind(t, record.draft.kind)) },
        Field::JoinedOn => html! { (date(t, record.joined_on)) },
        Field::Phone => html! {
            @match &record.draft.phone {
                Some(phone) => a href={ "tel:" (digits(phone)) } { (phone) },
                None => (t.t("region-none")),
            }
        },
        field => html! {
            @match record.draft.text(field) {
                Some(text) => (lines(&text)),
                None => (t.t("region-none")),
            }
        },
    }
}

/// The digits of a telephone number, for a link.
pub(super) fn digits(phone: &str) -> String {
    phone
        .chars()
        .take_while(|c| *c != '内')
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect()
}

/// How the member stands this year, with a link to its sheet where it shares it.
fn standing(context: &Context, sheet: &MemberSheet) -> Markup {
    let t = context.t();
    let year = words::year(t, context.app.fiscal_year());
    let title = t.t_args("region-member-standing", args![("year", year)]);
    card(
        &title,
        html! {
            p { (words::standing_tag(t, sheet, context.today)) }
            @if sheet.applicable > 0 {
                (progress_bar(
                    t,
                    t.t("region-column-answered"),
                    u64::try_from(sheet.answered).unwrap_or_default(),
                    u64::try_from(sheet.applicable).unwrap_or_default(),
                ))
            }
            @if let Some(counts) = &sheet.counts {
                (state_bar(t, t.t("region-member-states"), counts))
                @if let Some(cells) = &sheet.cells {
                    (worst(context, cells))
                }
            }
            @if let Some(target) = sheet.next_target {
                p { (t.t("region-column-target")) ": " (date(t, target)) }
            }
            @if let Some(instead) = words::instead_of_cells(t, sheet) { p { (instead) } }
            @if let Some(id) = sheet.sheet && sheet.sharing >= SharingLevel::Answers {
                p { a href={ "/checklists/" (id) } { (t.t("region-member-open-sheet")) } }
            }
            p.small {
                (t.t("region-column-sharing")) ": " (sharing_level(t, sheet.sharing)) " "
                (t.t("region-member-sharing-why"))
            }
        },
    )
}

/// The items that need help, by state.
fn worst(context: &Context, cells: &[CellState]) -> Markup {
    let t = context.t();
    let packs = context.app.packs();
    let columns = overview::columns(&packs, context.app.fiscal_year());
    let entries: Vec<(&str, Markup)> = [
        CellState::Contradiction,
        CellState::No,
        CellState::Unanswered,
    ]
    .into_iter()
    .filter_map(|state| {
        let items = export::items_in(&columns, cells, state);
        let word = yagura_web::ui::components::state_word(t, state);
        (!items.is_empty()).then(|| (word, html! { (items) }))
    })
    .collect();
    html! { @if !entries.is_empty() { (description_list(&entries)) } }
}

fn past(t: &Translator, history: &[PastValue]) -> Markup {
    if history.is_empty() {
        return html! { p { (t.t("region-member-no-history")) } };
    }
    let rows = history
        .iter()
        .map(|entry| {
            TableRow::new(vec![
                html! { (date(t, entry.valid_from)) },
                html! { (attribute(t, &entry.attribute)) },
                html! { (past_value(t, entry)) },
                html! {
                    (date_time(t, entry.recorded_at))
                    @if let Some(by) = &entry.by { " " (by) }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("region-member-history"),
        vec![
            Column::text(t.t("region-column-since-day")),
            Column::text(t.t("region-column-field")),
            Column::text(t.t("region-column-value")),
            Column::text(t.t("region-column-recorded")),
        ],
        rows,
    ))
}

fn attribute<'t>(t: &'t Translator, attribute: &'t str) -> &'t str {
    match attribute {
        "name" => field_label(t, Field::Name),
        "kind" => field_label(t, Field::Kind),
        "code" => field_label(t, Field::Code),
        "permitted_beds" => field_label(t, Field::Beds),
        "region_code" => field_label(t, Field::RegionCode),
        "closed_on" => t.t("region-field-closed_on"),
        other => other,
    }
}

fn past_value(t: &Translator, entry: &PastValue) -> String {
    match (&entry.value, entry.attribute.as_str()) {
        (None, _) => t.t("region-none").to_owned(),
        (Some(code), "kind") => OrganizationKind::from_code(code).map_or_else(
            || code.clone(),
            |kind| organization_kind(t, kind).to_owned(),
        ),
        (Some(value), _) => value.clone(),
    }
}
