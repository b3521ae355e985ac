//! The library: what evidence is there, what needs care.

use axum::Extension;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use yagura_documents::Language;
use yagura_documents::spreadsheet::{Cell, Column as SheetColumn, Sheet, Workbook};
use yagura_kernel::id::{OrganizationId, SheetId};
use yagura_kernel::policy::actions;
use yagura_kernel::text::clean_single_line;
use yagura_store::directory;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::{Lang, args};
use yagura_web::ui::components::Tone;
use yagura_web::ui::components::{
    Column, Listing, Tab, Table, TableRow, data_table, date_short, empty_state, filter_bar,
    pagination, tabs, tag,
};
use yagura_web::ui::forms::{
    Choice, Field, FormState, InputKind, Width, link_button, select, text_field,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, WebError};

use super::{Host, Read, library_path, may};
use crate::host::{HostSheet, find_item};
use crate::model::{EvidenceKind, ItemRef, LONGEST_ITEM, Piece};
use crate::store::{self, Cursor, Filter, LibraryCounts, Order, State};
use crate::words;

/// How many pieces a page shows.
const ON_A_PAGE: usize = 50;
/// How many pieces a workbook holds at most.
const IN_A_WORKBOOK: usize = 20_000;
/// The longest search.
const LONGEST_WORDS: usize = 100;

/// What a view of the library is asked for; all of it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct LibraryQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    sheet: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    after: String,
}

impl LibraryQuery {
    /// What is not understood is as good as not given: an old address still shows something.
    fn filter(&self) -> Filter {
        let sheet: Option<SheetId> = self.sheet.parse().ok();
        let item = Some(self.item.clone())
            .filter(|item| !item.is_empty() && item.chars().count() <= LONGEST_ITEM);
        Filter {
            state: State::from_code(&self.state).unwrap_or_default(),
            kind: EvidenceKind::from_code(&self.kind),
            words: clean_single_line(&self.q, LONGEST_WORDS).unwrap_or_default(),
            sheet,
            item: item.filter(|_| sheet.is_some()),
            order: if self.order == "newest" {
                Order::Newest
            } else {
                Order::Urgency
            },
        }
    }
}

/// The query of an address that shows a view.
fn address(path: &str, filter: &Filter, after: Option<&Cursor>) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if filter.state != State::default() {
        pairs.push(("state", filter.state.code().to_owned()));
    }
    if let Some(kind) = filter.kind {
        pairs.push(("kind", kind.code().to_owned()));
    }
    if !filter.words.is_empty() {
        pairs.push(("q", filter.words.clone()));
    }
    if let Some(sheet) = filter.sheet {
        pairs.push(("sheet", sheet.to_string()));
    }
    if let Some(item) = &filter.item {
        pairs.push(("item", item.clone()));
    }
    if filter.order == Order::Newest {
        pairs.push(("order", "newest".to_owned()));
    }
    if let Some(after) = after {
        pairs.push(("after", after.to_string()));
    }
    let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    yagura_web::address(path, pairs)
}

/// The library of one's own organisation.
pub(super) async fn own(
    context: Context,
    Extension(host): Extension<Host>,
    QueryOf(query): QueryOf<LibraryQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    show(&context, &host, &proof, &query).await
}

/// The library of a member that shares it.
pub(super) async fn of_member(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(organization): PathOf<OrganizationId>,
    QueryOf(query): QueryOf<LibraryQuery>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ReadEvidence>(organization)
        .await?;
    context
        .audit_read(&proof, "evidence_list", organization, serde_json::json!({}))
        .await?;
    show(&context, &host, &proof, &query).await
}

async fn show(
    context: &Context,
    host: &Host,
    proof: &Read,
    query: &LibraryQuery,
) -> Result<Response, WebError> {
    let t = context.t();
    let database = context.database();
    let filter = query.filter();
    let after = Cursor::parse(&query.after);
    let page = store::library(
        database,
        proof,
        &filter,
        after.as_ref(),
        ON_A_PAGE,
        context.today,
    )
    .await?;
    let counts = store::library_counts(database, proof, context.today).await?;
    let sheets = host.sheets(context, proof).await?;
    let ids: Vec<_> = page.pieces.iter().map(|piece| piece.id).collect();
    let links = store::links_of(database, proof, &ids).await?;
    let path = library_path(context, proof);
    let may_manage = may::<actions::ManageEvidence, _>(context, proof);

    let mut frame = context.frame(t.t("evidence-library"));
    frame.breadcrumbs = vec![Crumb::new(t.t("nav-home"), "/")];
    let is_own = proof.organization() == context.organization.id;
    frame.lede = Some(if is_own {
        html! { (t.t("evidence-library-lede")) }
    } else {
        let owner = directory::get(database, proof.organization()).await?;
        html! { (owner.name) }
    });
    let workbook_path = if is_own {
        "/evidence.xlsx".to_owned()
    } else {
        format!("{path}/evidence.xlsx")
    };
    frame.actions = Some(html! {
        @if may_manage { (link_button("/evidence/new", t.t("evidence-add"), true)) " " }
        (link_button(&address(&workbook_path, &filter, None), t.t("evidence-save-xlsx"), false))
    });
    let next = page
        .next
        .as_ref()
        .map(|next| address(&path, &filter, Some(next)));
    let first = after.is_some().then(|| address(&path, &filter, None));
    let listing = Listing {
        total: u64::try_from(page.total).unwrap_or(0),
        shown: page.pieces.len() as u64,
        first: after.is_none().then_some(1),
        unit: t.t("evidence-unit"),
        previous: first.as_deref(),
        next: next.as_deref(),
    };
    let body = html! {
        (state_tabs(t, &path, &filter, &counts))
        (filters(t, &path, &filter, &sheets))
        @if page.pieces.is_empty() {
            (empty(context, &filter, &counts, may_manage))
        } @else {
            section.card aria-label=(t.t("evidence-library")) {
                (table(context, &page.pieces, &links, &sheets))
                (pagination(t, &listing))
            }
        }
    };
    context.respond(frame, body).await
}

fn state_tabs(
    t: &yagura_web::Translator,
    path: &str,
    filter: &Filter,
    counts: &LibraryCounts,
) -> Markup {
    let hrefs: Vec<String> = State::ALL
        .into_iter()
        .map(|state| {
            address(
                path,
                &Filter {
                    state,
                    ..filter.clone()
                },
                None,
            )
        })
        .collect();
    let entries: Vec<Tab<'_>> = State::ALL
        .into_iter()
        .zip(&hrefs)
        .map(|(state, href)| Tab {
            label: words::state(t, state),
            href,
            count: u64::try_from(counts.get(state)).ok(),
            current: state == filter.state,
        })
        .collect();
    tabs(t.t("evidence-states"), &entries)
}

fn filters(
    t: &yagura_web::Translator,
    path: &str,
    filter: &Filter,
    sheets: &[HostSheet],
) -> Markup {
    let mut kinds = vec![Choice::new("", t.t("evidence-any"))];
    kinds.extend(EvidenceKind::ALL.map(|kind| Choice::new(kind.code(), words::kind(t, kind))));
    let sheet_ids: Vec<String> = sheets.iter().map(|sheet| sheet.sheet.to_string()).collect();
    let mut sheet_choices = vec![Choice::new("", t.t("evidence-any"))];
    let of_sheets = sheets.iter().zip(&sheet_ids);
    sheet_choices.extend(of_sheets.map(|(sheet, id)| Choice::new(id, &sheet.label)));
    let orders = [
        Choice::new("", t.t("evidence-order-urgency")),
        Choice::new("newest", t.t("evidence-order-newest")),
    ];
    let state = FormState::empty()
        .with("q", &filter.words)
        .with("kind", filter.kind.map_or("", EvidenceKind::code))
        .with(
            "sheet",
            filter
                .sheet
                .map(|sheet| sheet.to_string())
                .unwrap_or_default(),
        )
        .with(
            "order",
            if filter.order == Order::Newest {
                "newest"
            } else {
                ""
            },
        );
    let set = filter.kind.is_some()
        || !filter.words.is_empty()
        || filter.sheet.is_some()
        || filter.order != Order::default();
    let clear = address(
        path,
        &Filter {
            state: filter.state,
            ..Filter::default()
        },
        None,
    );
    let fields = html! {
        @if filter.state != State::default() {
            input type="hidden" name="state" value=(filter.state.code());
        }
        @if let Some(item) = &filter.item { input type="hidden" name="item" value=(item); }
        (text_field(t, &state, &Field::new("q", t.t("evidence-search"))
            .kind(InputKind::Search).width(Width::Medium).longest(LONGEST_WORDS)))
        (select(t, &state, &Field::new("kind", t.t("evidence-kind")).width(Width::Medium), &kinds))
        @if !sheets.is_empty() {
            (select(t, &state, &Field::new("sheet", t.t("evidence-sheet")).width(Width::Medium), &sheet_choices))
        }
        (select(t, &state, &Field::new("order", t.t("evidence-order")).width(Width::Medium), &orders))
    };
    html! {
        (filter_bar(t, path, fields, set.then_some(clear.as_str())))
        @if let Some(at) = filter.sheet.zip(filter.item.as_ref()).map(|(sheet, item)| ItemRef::new(sheet, item.as_str())) {
            @if let Some((sheet, item)) = find_item(sheets, &at) {
                p { (tag(Tone::Info, t.t("evidence-only-item"))) " " a href=(item.path) { (sheet.label) " " (item.number) " " (item.label) } }
            }
        }
    }
}

fn empty(context: &Context, filter: &Filter, counts: &LibraryCounts, may_manage: bool) -> Markup {
    let t = context.t();
    if counts.active == 0 && counts.withdrawn == 0 {
        empty_state(
            t.t("evidence-none"),
            html! {
                p { (t.t("evidence-none-why")) }
                @if may_manage { (link_button("/evidence/new", t.t("evidence-add-first"), true)) }
            },
        )
    } else {
        let why = match filter.state {
            State::Expired => t.t("evidence-none-expired"),
            State::Expiring => t.t("evidence-none-expiring"),
            State::Unlinked => t.t("evidence-none-unlinked"),
            State::Withdrawn => t.t("evidence-none-withdrawn"),
            State::Active | State::Current => t.t("evidence-none-found"),
        };
        empty_state(
            why,
            html! { a href="/evidence" { (t.t("evidence-show-all")) } },
        )
    }
}

fn table(
    context: &Context,
    pieces: &[Piece],
    links: &store::LinksByPiece,
    sheets: &[HostSheet],
) -> Markup {
    let t = context.t();
    let rows = pieces
        .iter()
        .map(|piece| {
            let items = links.get(&piece.id).map_or(&[][..], Vec::as_slice);
            TableRow::new(vec![
                html! {
                    a href=(piece.page()) { (piece.title) }
                    br; span.small {
                        (words::kind(t, piece.kind)) "　" (words::media_type(t, piece.media_type))
                        " " (words::size(piece.size))
                        @if piece.number > 1 { "　" (t.t_args("evidence-version-number", args![("number", piece.number)])) }
                    }
                },
                words::validity(t, piece, context.today),
                item_links(t, items, sheets),
                html! {
                    (date_short(t, piece.uploaded_at.jst_date()))
                    @if let Some(name) = &piece.uploaded_by_name { br; span.small.keep { (name) } }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("evidence-title")),
        Column::text(t.t("evidence-validity")),
        Column::text(t.t("evidence-items")),
        Column::text(t.t("evidence-added")),
    ];
    data_table(&Table::new(t.t("evidence-library"), columns, rows).sticky())
}

/// The items behind which a piece stands, as links with their numbers.
pub(super) fn item_links(
    t: &yagura_web::Translator,
    items: &[ItemRef],
    sheets: &[HostSheet],
) -> Markup {
    html! {
        @if items.is_empty() {
            (tag(Tone::Neutral, t.t("evidence-unlinked")))
        } @else {
            @for (place, at) in items.iter().enumerate() {
                @if place > 0 { "、" }
                @match find_item(sheets, at) {
                    Some((sheet, item)) => { a.keep href=(item.path) { (sheet.label) " " (item.number) } }
                    None => { (t.t("evidence-item-unknown")) }
                }
            }
        }
    }
}

/// The library as a workbook.
pub(super) async fn export_own(
    context: Context,
    Extension(host): Extension<Host>,
    QueryOf(query): QueryOf<LibraryQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    export(&context, &host, &proof, &query).await
}

/// The library of a member that shares it, as a workbook.
pub(super) async fn export_of_member(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(organization): PathOf<OrganizationId>,
    QueryOf(query): QueryOf<LibraryQuery>,
) -> Result<Response, WebError> {
    let proof = context
        .authorize::<actions::ReadEvidence>(organization)
        .await?;
    export(&context, &host, &proof, &query).await
}

async fn export(
    context: &Context,
    host: &Host,
    proof: &Read,
    query: &LibraryQuery,
) -> Result<Response, WebError> {
    let database = context.database();
    let t = context.t();
    let filter = query.filter();
    let page = store::library(database, proof, &filter, None, IN_A_WORKBOOK, context.today).await?;
    let sheets = host.sheets(context, proof).await?;
    let ids: Vec<_> = page.pieces.iter().map(|piece| piece.id).collect();
    let links = store::links_of(database, proof, &ids).await?;
    let owner = directory::get(database, proof.organization()).await?;
    let detail = serde_json::json!({ "export": "xlsx", "pieces": page.pieces.len() });
    context
        .audit_read(proof, "evidence_list", proof.organization(), detail)
        .await?;

    let columns = [
        (t.t("evidence-title"), 40.0),
        (t.t("evidence-kind"), 14.0),
        (t.t("evidence-currency"), 14.0),
        (t.t("evidence-issued-on"), 16.0),
        (t.t("evidence-expires-on"), 16.0),
        (t.t("evidence-items"), 40.0),
        (t.t("evidence-file-name"), 36.0),
        (t.t("evidence-size"), 12.0),
        (t.t("evidence-added"), 16.0),
        (t.t("evidence-added-by"), 18.0),
        (t.t("evidence-note"), 40.0),
        (t.t("evidence-hash"), 68.0),
    ];
    let mut sheet = Sheet::new(
        t.t("evidence-library"),
        columns.map(|(heading, width)| SheetColumn::new(heading, width)),
    )
    .landscape();
    sheet.title(format!("{} {}", owner.name, t.t("evidence-library")));
    sheet.note(t.date(context.today));
    sheet.header();
    for piece in &page.pieces {
        let items = links.get(&piece.id).map_or(&[][..], Vec::as_slice);
        let items: Vec<String> = items
            .iter()
            .filter_map(|at| find_item(&sheets, at))
            .map(|(sheet, item)| format!("{} {}", sheet.label, item.number))
            .collect();
        sheet.row([
            Cell::text(&piece.title),
            Cell::text(words::kind(t, piece.kind)),
            Cell::text(words::currency_text(t, piece.currency(context.today))),
            Cell::date(piece.issued_on),
            Cell::date(piece.expires_on),
            Cell::text(items.join("、")),
            Cell::text(&piece.file_name),
            Cell::text(words::size(piece.size)),
            Cell::Date(piece.uploaded_at.jst_date()),
            Cell::text(piece.uploaded_by_name.clone().unwrap_or_default()),
            Cell::text(piece.note.clone().unwrap_or_default()),
            Cell::text(&piece.hash),
        ]);
    }
    let language = match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    };
    let mut workbook = Workbook::new(t.t("evidence-library"), language)
        .created(context.today)
        .demo(context.app.config().demo);
    workbook.push(sheet);
    let bytes = context
        .app
        .make_document(move || workbook.to_bytes())
        .await?;
    let name = format!(
        "{}_{}.xlsx",
        t.t("evidence-library"),
        yagura_kernel::time::format_iso(context.today)
    );
    let headers = [
        (
            CONTENT_TYPE,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        ),
        (
            CONTENT_DISPOSITION,
            super::files::disposition("attachment", &name),
        ),
    ];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_found_again_by_its_address() {
        let query = LibraryQuery {
            state: "expired".to_owned(),
            kind: "contract".to_owned(),
            q: "保守 & 契約".to_owned(),
            order: "newest".to_owned(),
            ..LibraryQuery::default()
        };
        let text = address("/evidence", &query.filter(), None);
        assert_eq!(
            text,
            "/evidence?state=expired&kind=contract&q=%E4%BF%9D%E5%AE%88%20%26%20%E5%A5%91%E7%B4%84&order=newest"
        );
        assert_eq!(address("/evidence", &Filter::default(), None), "/evidence");
    }

    #[test]
    fn what_an_address_says_wrongly_is_left_out() {
        let query = LibraryQuery {
            state: "stolen".to_owned(),
            sheet: "../x".to_owned(),
            item: "2-6".to_owned(),
            ..LibraryQuery::default()
        };
        assert_eq!(
            query.filter(),
            Filter::default(),
            "an item means nothing without its sheet"
        );
    }
}
