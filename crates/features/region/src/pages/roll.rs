//! The roll: who are the members, and where is help needed?

use axum::response::Response;
use maud::html;
use yagura_checklists::overview::{self, Cursor};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::QueryOf;
use yagura_web::ui::components::{
    Column, Listing, Table, TableRow, data_table, empty_state, pagination, sharing_level,
};
use yagura_web::ui::forms::link_button;
use yagura_web::{Context, WebError, args};

use super::{
    Offered, download, figures_of, filters, imprinted, may, not_too_many, paths, size_note, total,
};
use crate::export;
use crate::listing::{MemberQuery, PAGE, cursor_text};
use crate::store::exports::Format;
use crate::store::members;
use crate::words;

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let t = context.t();
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
    let figures = figures_of(&context, year).await?;
    let total = total(&context, &proof, year, &query, &filter, figures.as_ref()).await?;
    let has_more = rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let shown = rows
        .get(..rows.len() - usize::from(has_more))
        .unwrap_or_default();
    let ids: Vec<OrganizationId> = shown.iter().map(|row| row.member).collect();
    let records = members::some(database, &proof, &ids, context.today).await?;
    let next = shown.last().filter(|_| has_more).map(|last| {
        query.link(
            paths::ROLL,
            &[("after", &cursor_text(&Cursor::after(last)))],
        )
    });
    let first = query.after.is_some().then(|| query.link(paths::ROLL, &[]));
    let table_rows = shown
        .iter()
        .map(|row| {
            let record = records.get(&row.member).map(|record| &record.draft);
            let field = |of: fn(&crate::model::member::MemberDraft) -> &Option<String>| {
                record
                    .and_then(|draft| of(draft).as_deref())
                    .unwrap_or_default()
                    .to_owned()
            };
            TableRow::new(vec![
                html! { a href={ (paths::ROLL) "/" (row.member) } { (row.name) } },
                html! { (size_note(t, row.kind, row.permitted_beds)) },
                html! { (field(|draft| &draft.code)) },
                html! { span.keep { (field(|draft| &draft.phone)) } },
                html! { (field(|draft| &draft.representative)) },
                html! { (words::standing_tag(t, row, context.today)) },
                html! { (sharing_level(t, row.sharing)) },
            ])
        })
        .collect();
    let may_manage = may(&context, Action::ManageMembers);
    let table = Table::new(
        t.t("region-roll-title"),
        vec![
            Column::text(t.t("region-field-name")),
            Column::text(t.t("region-field-kind")),
            Column::text(t.t("region-field-code")),
            Column::text(t.t("region-field-phone")),
            Column::text(t.t("region-field-representative")),
            Column::text(t.t("region-column-standing")),
            Column::text(t.t("region-column-sharing")),
        ],
        table_rows,
    )
    .sticky();
    let body = html! {
        (filters(&context, paths::ROLL, &query, Offered::All))
        section.card aria-label=(t.t("region-roll-title")) {
            @if shown.is_empty() {
                @if query.is_filtered() {
                    (empty_state(t.t("region-roll-none-found"), html! {
                        a href=(paths::ROLL) { (t.t("region-filter-clear")) }
                    }))
                } @else {
                    (empty_state(t.t("region-roll-empty"), html! {
                        @if may_manage {
                            a href=(paths::IMPORT) { (t.t("region-roll-import")) } " "
                            a href="/members/new" { (t.t("region-roll-add")) }
                        } @else { (t.t("region-roll-empty-ask")) }
                    }))
                }
            } @else {
                (data_table(&table))
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
    let mut frame = context.frame(t.t("region-roll-title"));
    frame.lede = Some(html! {
        (t.t_args("region-roll-lede", args![("count", total), ("year", words::year(t, year))]))
    });
    frame.actions = Some(html! {
        @if may_manage {
            (link_button("/members/new", t.t("region-roll-add"), true))
            (link_button(paths::IMPORT, t.t("region-roll-import"), false))
        }
        (link_button(&query.link("/members/roll.xlsx", &[]), t.t("region-save-xlsx"), false))
    });
    context.respond(frame, body).await
}

pub(super) async fn workbook(
    context: Context,
    QueryOf(query): QueryOf<MemberQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
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
    let number = rows.len();
    context
        .audit_read(
            &proof,
            "member_list",
            context.organization.id,
            serde_json::json!({ "members": number, "form": "xlsx" }),
        )
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
    let name = export::file_name("members", year, context.today, Format::Xlsx);
    Ok(download(bytes, Format::Xlsx, &name))
}
