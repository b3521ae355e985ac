//! Those who have not answered: whom do we call today?

use std::collections::HashMap;

use axum::response::Response;
use maud::{Markup, html};
use yagura_checklists::overview::{self, Cursor, MemberSheet, Progress};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::Date;
use yagura_web::api::QueryOf;
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{
    Column, Listing, Tab, Table, TableRow, data_table, date_short, empty_state, pagination, tabs,
};
use yagura_web::ui::forms::{Button, button, link_button, print_button};
use yagura_web::{Context, WebError, args};

use super::member::digits;
use super::{
    COUNTED_EACH_TIME, Offered, download, figures_of, filters, imprinted, may, not_too_many, paths,
    size_note,
};
use crate::export;
use crate::figures::Overview;
use crate::import::RollMember;
use crate::listing::{COUNTED, MemberQuery, PAGE, cursor_text, given};
use crate::store::exports::Format;
use crate::store::{members, reminders};
use crate::words;

/// The lists, most urgent first.
const LISTS: [Progress; 4] = [
    Progress::NotOpened,
    Progress::Incomplete,
    Progress::Overdue,
    Progress::Contradictions,
];

/// The list that the address names; that of the members who never opened where it names none.
fn list_of(query: &MemberQuery) -> Progress {
    given(query.state.as_ref())
        .and_then(Progress::from_code)
        .unwrap_or(Progress::NotOpened)
}

pub(super) async fn page(
    context: Context,
    QueryOf(mut query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let t = context.t();
    let list = list_of(&query);
    query.state = Some(list.code().to_owned());
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let packs = context.app.packs();
    let database = context.database();
    let rows = overview::member_sheets(
        database,
        &packs,
        &proof,
        year,
        &filter,
        query.after()?,
        PAGE + 1,
    )
    .await?;
    let has_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let shown = rows
        .get(..rows.len() - usize::from(has_more))
        .unwrap_or_default();
    let figures = figures_of(&context, year).await?;
    let without_state = MemberQuery {
        state: None,
        ..query.clone()
    };
    let large = figures
        .filter(|figures| figures.members > COUNTED_EACH_TIME && !without_state.is_filtered());
    let mut total = 0;
    let mut counted: Vec<(Progress, String, i64)> = Vec::new();
    for other in LISTS {
        let mut other_filter = filter.clone();
        other_filter.progress = Some(other);
        let number = match &large {
            Some(figures) => in_figures(figures, other),
            None => {
                overview::count_member_sheets(database, &proof, year, &other_filter, COUNTED)
                    .await?
            }
        };
        if other == list {
            total = number;
        }
        let href = query.link(paths::CALL_LIST, &[("state", other.code())]);
        counted.push((other, href, number));
    }
    let entries: Vec<Tab<'_>> = counted
        .iter()
        .map(|(other, href, number)| Tab {
            label: export::progress_word(t, *other),
            href,
            count: u64::try_from(*number).ok(),
            current: *other == list,
        })
        .collect();
    let ids: Vec<OrganizationId> = shown.iter().map(|row| row.member).collect();
    let records = members::some(database, &proof, &ids, context.today).await?;
    let may_remind = may(&context, Action::SendReminders);
    let last = if may_remind {
        let remind = context.authorize_own::<actions::SendReminders>().await?;
        reminders::last_reminded(database, &remind, &ids).await?
    } else {
        HashMap::new()
    };
    let first = query
        .after
        .is_some()
        .then(|| query.link(paths::CALL_LIST, &[]));
    let next = shown.last().filter(|_| has_more).map(|row| {
        query.link(
            paths::CALL_LIST,
            &[("after", &cursor_text(&Cursor::after(row)))],
        )
    });
    let table = calls(t, &context, shown, &records, &last, may_remind);
    let body = html! {
        (filters(&context, paths::CALL_LIST, &query, Offered::WithoutState))
        section.card aria-label=(t.t("region-call-title")) {
            (tabs(t.t("region-call-lists"), &entries))
            @if shown.is_empty() {
                (empty_state(t.t("region-call-empty"), html! { (t.t("region-call-empty-why")) }))
            } @else if may_remind {
                form action={ (paths::REMINDERS) "/new" } method="post" {
                    input type="hidden" name="year" value=(year);
                    (table)
                    div.buttons {
                        (button(&Button::primary(t.t("region-call-remind-chosen"))))
                        (link_button(
                            &format!("{}/new?audience={}", paths::REMINDERS, audience_of(list)),
                            &t.t_args("region-call-remind-all", args![("count", total)]),
                            false,
                        ))
                    }
                }
            } @else { (table) }
            @if !shown.is_empty() {
                (pagination(t, &Listing {
                    total: u64::try_from(total).unwrap_or_default(),
                    shown: u64::try_from(shown.len()).unwrap_or_default(),
                    first: None,
                    unit: t.t("region-unit"),
                    previous: first.as_deref(),
                    next: next.as_deref(),
                }))
            }
        }
    };
    let mut frame = context.frame(t.t("region-call-title"));
    frame.lede = Some(html! {
        (t.t_args("region-call-lede", args![
            ("list", export::progress_word(t, list)),
            ("count", total)
        ]))
    });
    frame.actions = Some(html! {
        (print_button(t))
        (link_button(&query.link("/region/call-list.xlsx", &[]), t.t("region-save-xlsx"), false))
    });
    context.respond(frame, body).await
}

/// How many members are on a list, by the sums of the region.
const fn in_figures(figures: &Overview, list: Progress) -> i64 {
    match list {
        Progress::NotOpened => figures.never_opened,
        Progress::Incomplete => figures.members - figures.never_opened - figures.round1_done,
        Progress::Done => figures.round1_done,
        Progress::Contradictions => figures.with_contradictions,
        Progress::Overdue => figures.overdue,
    }
}

/// The audience of a reminder to everybody on a list.
const fn audience_of(list: Progress) -> &'static str {
    match list {
        Progress::Incomplete => "incomplete",
        Progress::Overdue => "overdue",
        Progress::Contradictions => "contradictions",
        Progress::NotOpened | Progress::Done => "not_opened",
    }
}

/// The list with telephone numbers, and room for notes on paper.
fn calls(
    t: &Translator,
    context: &Context,
    rows: &[MemberSheet],
    records: &HashMap<OrganizationId, RollMember>,
    last: &HashMap<OrganizationId, Date>,
    may_choose: bool,
) -> Markup {
    let mut columns = vec![
        Column::text(t.t("region-field-name")),
        Column::text(t.t("region-field-kind")),
        Column::text(t.t("region-field-phone")),
        Column::text(t.t("region-field-representative")),
        Column::text(t.t("region-column-standing")),
        Column::text(t.t("region-column-reminded")),
    ];
    if may_choose {
        columns.push(Column::action(t.t("region-call-choose")));
    }
    columns.push(Column::text(t.t("region-call-note")));
    let table_rows = rows
        .iter()
        .map(|row| {
            let record = records.get(&row.member).map(|record| &record.draft);
            let phone = record.and_then(|draft| draft.phone.as_deref());
            let representative = record.and_then(|draft| draft.representative.as_deref());
            let mut cells = vec![
                html! { a href={ (paths::ROLL) "/" (row.member) } { (row.name) } },
                html! { (size_note(t, row.kind, row.permitted_beds)) },
                html! {
                    @match phone {
                        Some(phone) => a href={ "tel:" (digits(phone)) } { (phone) },
                        None => (t.t("region-call-no-phone")),
                    }
                },
                html! { (representative.unwrap_or_default()) },
                html! { (words::standing_tag(t, row, context.today)) },
                html! {
                    @match last.get(&row.member) {
                        Some(day) => (date_short(t, *day)),
                        None => (t.t("region-none")),
                    }
                },
            ];
            if may_choose {
                let label = t.t_args("region-call-choose-one", args![("name", row.name.as_str())]);
                cells.push(html! {
                    input type="checkbox" name="member" value=(row.member) aria-label=(label);
                });
            }
            // Room for a pen on paper.
            cells.push(html! {});
            TableRow::new(cells)
        })
        .collect();
    data_table(&Table::new(t.t("region-call-title"), columns, table_rows).sticky())
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(mut query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    query.state = Some(list_of(&query).code().to_owned());
    let year = query.year(context.app.fiscal_year())?;
    let filter = query.filter(context.today)?;
    let packs = context.app.packs();
    let database = context.database();
    let rows = export::all_rows(
        database,
        &packs,
        &proof,
        year,
        &filter,
        export::MOST_IN_WORKBOOK + 1,
    )
    .await?;
    not_too_many(rows.len())?;
    let ids: Vec<OrganizationId> = rows.iter().map(|row| row.member).collect();
    let records = members::some(database, &proof, &ids, context.today).await?;
    let detail = serde_json::json!({ "members": rows.len(), "form": "xlsx" });
    context
        .audit_read(&proof, "member_list", context.organization.id, detail)
        .await?;
    let made = imprinted(&context);
    let bytes = context
        .app
        .make_document(move || {
            let members = rows
                .iter()
                .filter_map(|row| Some((row, records.get(&row.member)?)));
            export::roll_workbook(&made, members)
        })
        .await?;
    let name = export::file_name("call-list", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}
