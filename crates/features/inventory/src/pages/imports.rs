//! Filling the register: choose files, look at what they would do, take it over.

use std::fmt::Write as _;

use axum::extract::Multipart;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use discovery::model::{Field as Fact, Service};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;
use yagura_kernel::id::parse_uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Span, StatTile, Tab, Table, TableRow, Tone, card, data_table, date_time, details,
    empty_state, note, row, stat_tile, steps, tabs, tag,
};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, FileRules, Form, FormState, button, button_row, checkbox,
    error_summary, file_field, form, hidden, link_button, select,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, Translator, WebError, address};

use super::{MOST_CHOICES, Part, crumbs};
use crate::import::{
    self, AssetChange, Counts, Decisions, LARGEST_FILE, MOST_FILES, Plan, SourceFile, SourceTable,
};
use crate::model::{Asset, FieldSpec, RecordKind};
use crate::store::{self, Import, ImportState, InventoryError, Named};
use crate::{operations, words};

const PATH: &str = "/inventory/import";
/// The name of the field with the files.
const FILES: &str = "files";
/// How many earlier imports are listed.
const EARLIER: i64 = 20;
/// How many rows of a preview a page shows.
const ROWS: usize = 100;
/// The largest upload: some files of full size.
pub(crate) const LARGEST_UPLOAD: u64 = 3 * LARGEST_FILE;

type Edit = Authorized<actions::EditInventory>;

/// Asks the policy for a change of the register that an import belongs to.
async fn edit_proof(context: &Context, id: Uuid) -> Result<Edit, WebError> {
    let owner = store::import_owner(context.database(), id).await?;
    context.authorize::<actions::EditInventory>(owner).await
}

/// The same, and reading it.
async fn proofs(
    context: &Context,
    id: Uuid,
) -> Result<(Authorized<actions::ReadInventory>, Edit), WebError> {
    let edit = edit_proof(context, id).await?;
    let read = context
        .authorize::<actions::ReadInventory>(edit.organization())
        .await?;
    Ok((read, edit))
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    import_page(&context, &FormState::empty()).await
}

async fn import_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    context.authorize_own::<actions::EditInventory>().await?;
    let proof = super::read_proof(context).await?;
    let t = context.t();
    let earlier = store::imports(context.database(), &proof, None, EARLIER).await?;
    let rules = FileRules {
        accept: "",
        accepted_words: t.t("inventory-import-accepted"),
        largest: LARGEST_FILE,
        multiple: true,
    };
    let body = html! {
        (error_summary(t, state))
        (row(&[
            (Span::Seven, card(t.t("inventory-import-files"), html! {
                (form(t, &Form::post(PATH).upload(), html! {
                    (file_field(t, state, &FormField::new(FILES, t.t("inventory-import-files"))
                        .required(), &rules))
                    (button_row(&Button::primary(t.t("inventory-import-read")), &[]))
                }))
            })),
            (Span::Five, card(t.t("inventory-import-how"), html! {
                (steps(&[
                    (t.t("inventory-import-step-1"), html! { (t.t("inventory-import-step-1-why")) }),
                    (t.t("inventory-import-step-2"), html! { (t.t("inventory-import-step-2-why")) }),
                    (t.t("inventory-import-step-3"), html! { (t.t("inventory-import-step-3-why")) }),
                ]))
                p.small { (t.t("inventory-import-never-removes")) }
            })),
        ]))
        (card(t.t("inventory-import-sources"), sources_help(t)))
        (card(t.t("inventory-import-earlier"), html! {
            @if earlier.is_empty() {
                (empty_state(t.t("inventory-import-none"),
                    html! { (t.t("inventory-import-none-why")) }))
            } @else { (earlier_table(t, &earlier)) }
        }))
    };
    let mut frame = context.frame(t.t("inventory-import-title"));
    frame.breadcrumbs = crumbs(context, None);
    frame.lede = Some(html! { (t.t("inventory-import-lede")) });
    context.respond(frame, body).await
}

/// How to make each kind of file.
fn sources_help(t: &Translator) -> Markup {
    let sources = [
        (
            "inventory-import-source-table",
            "inventory-import-source-table-how",
        ),
        (
            "inventory-import-source-nmap",
            "inventory-import-source-nmap-how",
        ),
        (
            "inventory-import-source-directory",
            "inventory-import-source-directory-how",
        ),
        (
            "inventory-import-source-dhcp",
            "inventory-import-source-dhcp-how",
        ),
        (
            "inventory-import-source-arp",
            "inventory-import-source-arp-how",
        ),
        (
            "inventory-import-source-windows",
            "inventory-import-source-windows-how",
        ),
        (
            "inventory-import-source-linux",
            "inventory-import-source-linux-how",
        ),
        (
            "inventory-import-source-osquery",
            "inventory-import-source-osquery-how",
        ),
        (
            "inventory-import-source-sbom",
            "inventory-import-source-sbom-how",
        ),
    ];
    let rows = sources
        .into_iter()
        .map(|(name, how)| TableRow::new(vec![html! { (t.t(name)) }, html! { (t.t(how)) }]))
        .collect();
    details(
        t.t("inventory-import-sources-open"),
        data_table(&Table::new(
            t.t("inventory-import-sources"),
            vec![
                Column::text(t.t("inventory-import-source")),
                Column::text(t.t("inventory-import-source-how")),
            ],
            rows,
        )),
    )
}

fn state_word(
    t: &Translator,
    import: &Import,
    context_now: yagura_kernel::time::Instant,
) -> Markup {
    let state = match import.state {
        ImportState::Pending if import.expires_at <= context_now => ImportState::Expired,
        state => state,
    };
    let (tone, key) = match state {
        ImportState::Pending => (Tone::Caution, "inventory-import-state-pending"),
        ImportState::Applied => (Tone::Success, "inventory-import-state-applied"),
        ImportState::Cancelled => (Tone::Neutral, "inventory-import-state-cancelled"),
        ImportState::Expired => (Tone::Neutral, "inventory-import-state-expired"),
    };
    tag(tone, t.t(key))
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counts_words(t: &Translator, counts: &Counts) -> String {
    t.t_args(
        "inventory-import-counts",
        args![
            ("new", number(counts.new)),
            ("changed", number(counts.changed)),
            ("unchanged", number(counts.unchanged)),
            ("strangers", number(counts.left_out))
        ],
    )
    .into_owned()
}

fn earlier_table(t: &Translator, earlier: &[Import]) -> Markup {
    let now = earlier
        .first()
        .map_or(yagura_kernel::time::Instant::from_micros(0), |first| {
            first.created_at
        });
    let rows = earlier
        .iter()
        .map(|import| {
            TableRow::new(vec![
                html! { a href={ (PATH) "/" (import.id) } { (import.file_names.join("、")) } },
                date_time(t, import.created_at),
                html! { (import.by_name.as_deref().unwrap_or_default()) },
                state_word(t, import, now),
                html! { (counts_words(t, &import.counts)) },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("inventory-import-earlier"),
        vec![
            Column::text(t.t("inventory-import-files")),
            Column::text(t.t("inventory-event-at")),
            Column::text(t.t("inventory-event-by")),
            Column::text(t.t("inventory-import-state")),
            Column::text(t.t("inventory-import-result")),
        ],
        rows,
    ))
}

/// Takes the files out of the form.
async fn receive(mut multipart: Multipart) -> Result<Vec<(String, Bytes)>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: LARGEST_UPLOAD,
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    let mut files = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() != Some(FILES) {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(broken)?;
        let is_chosen = !name.is_empty() || !bytes.is_empty();
        if is_chosen && files.len() < MOST_FILES {
            files.push((name, bytes));
        }
    }
    Ok(files)
}

pub(super) async fn upload(context: Context, multipart: Multipart) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::EditInventory>().await?;
    let t = context.t();
    let mut state = FormState::empty();
    let files = receive(multipart).await?;
    let limit = usize::try_from(LARGEST_FILE).unwrap_or(usize::MAX);
    let refused = match files.iter().find(|(_, bytes)| bytes.len() > limit) {
        _ if files.is_empty() => t.t("inventory-import-choose").to_owned(),
        Some((name, _)) => {
            let megabytes = i64::try_from(LARGEST_FILE >> 20).unwrap_or(0);
            let why = t.t_args(
                "inventory-import-too-large",
                args![("megabytes", megabytes)],
            );
            format!("{name}: {why}")
        }
        None => match operations::start_import(&context, &proof, files).await? {
            Ok(id) => return Ok(yagura_web::see_other(&format!("{PATH}/{id}"))),
            Err((name, error)) => format!("{name}: {}", import::explain(t, &error)),
        },
    };
    state.add_error(FILES, refused);
    let page = import_page(&context, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Which part of a preview is looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewQuery {
    show: String,
    page: usize,
}

pub(super) async fn preview(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    QueryOf(query): QueryOf<PreviewQuery>,
) -> Result<Response, WebError> {
    let (proof, _) = proofs(&context, id).await?;
    let t = context.t();
    let import = store::import(context.database(), &proof, id).await?;
    let files = match store::files_of(context.database(), &proof, id, context.now).await {
        Ok(files) => Some(files),
        Err(InventoryError::ImportGone) => None,
        Err(error) => return Err(error.into()),
    };
    let (title, body) = match files {
        None => (t.t("inventory-import-done-title"), done(&context, &import)),
        Some(files) => {
            let decisions = import.decisions.clone();
            let (plan, files) =
                operations::preview(&context, proof.organization(), files, decisions).await?;
            let assets = match plan.products.is_empty() {
                true => Vec::new(),
                false => {
                    let kind = RecordKind::Asset;
                    store::named(context.database(), &proof, kind, MOST_CHOICES).await?
                }
            };
            let view = View {
                t,
                import: &import,
                plan: &plan,
                files: &files,
                assets: &assets,
                here: format!("{PATH}/{id}"),
            };
            (t.t("inventory-import-preview-title"), view.page(&query))
        }
    };
    let mut frame = context.frame(title);
    frame.lede =
        Some(html! { (import.file_names.join("、")) "　" (date_time(t, import.created_at)) });
    frame.breadcrumbs = crumbs(&context, None);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-title"), PATH));
    context.respond(frame, body).await
}

/// What became of an import that no longer waits.
fn done(context: &Context, import: &Import) -> Markup {
    let t = context.t();
    card(
        t.t("inventory-import-result"),
        html! {
            p {
                (state_word(t, import, context.now))
                @if let Some(at) = import.finished_at { " " (date_time(t, at)) }
            }
            p { (counts_words(t, &import.counts)) }
            p {
                a href=(Asset::PATH) { (t.t("inventory-import-to-register")) } "　"
                a href="/inventory/strangers" { (t.t("inventory-strangers")) }
            }
        },
    )
}

const VIEWS: [&str; 7] = [
    "new",
    "changed",
    "questions",
    "services",
    "products",
    "unseen",
    "problems",
];

struct View<'a> {
    t: &'a Translator,
    import: &'a Import,
    plan: &'a Plan,
    files: &'a [SourceFile],
    assets: &'a [Named],
    here: String,
}

impl View<'_> {
    fn page(&self, query: &PreviewQuery) -> Markup {
        let t = self.t;
        let counts = self.plan.counts();
        let numbers = [
            self.plan.new.len(),
            self.changing().count(),
            counts.questions,
            counts.unexpected_services,
            self.plan.products.len(),
            counts.unseen,
            counts.problems,
        ];
        let busiest = VIEWS
            .into_iter()
            .zip(numbers)
            .find(|(_, number)| *number > 0);
        let view = VIEWS
            .into_iter()
            .find(|view| query.show == *view)
            .or(busiest.map(|(view, _)| view))
            .unwrap_or("new");
        let labels = VIEWS.map(|view| t.find(&format!("inventory-import-view-{view}")));
        let hrefs = VIEWS.map(|view| address(&self.here, [("show", view)]));
        let entries: Vec<Tab<'_>> = labels
            .iter()
            .zip(&hrefs)
            .zip(VIEWS.into_iter().zip(numbers))
            .map(|((label, href), (name, number))| Tab {
                label: label.unwrap_or_default(),
                href,
                count: u64::try_from(number).ok(),
                current: name == view,
            })
            .collect();
        html! {
            (self.cautions())
            (self.verdict(&counts))
            (row(&self.tiles(&counts)))
            (card(t.t("inventory-import-preview"), html! {
                (tabs(t.t("inventory-import-preview"), &entries))
                (self.view(view, query.page.max(1)))
            }))
            (card(t.t("inventory-import-files"), self.sources()))
        }
    }

    /// Rows of the register that would change, also those that a person left out.
    fn changing(&self) -> impl Iterator<Item = &AssetChange> {
        let seen = self.plan.seen.iter();
        seen.filter(|seen| !seen.lines.is_empty() || !seen.set_aside.is_empty())
    }

    fn cautions(&self) -> Markup {
        let t = self.t;
        html! {
            @for (name, why) in &self.plan.incomplete {
                (note(t, Tone::Caution, html! {
                    (t.t_args(match why {
                        discovery::model::Incomplete::CutOff => "inventory-import-is-cut-off",
                        discovery::model::Incomplete::Aborted => "inventory-import-is-aborted",
                        discovery::model::Incomplete::Bound => "inventory-import-is-bounded",
                    }, args![("file", name.as_str())]))
                }))
            }
        }
    }

    fn verdict(&self, counts: &Counts) -> Markup {
        let t = self.t;
        let decisions = &self.import.decisions;
        let chosen = self
            .plan
            .products
            .iter()
            .filter(|product| product.asset.is_some());
        let chosen = chosen.count();
        let does = counts.new + counts.changed + chosen;
        let state = [
            ("add", decisions.add),
            ("fill", decisions.fill),
            ("replace", decisions.replace),
            ("is_complete", decisions.is_complete),
        ]
        .into_iter()
        .filter(|(_, is_chosen)| *is_chosen)
        .fold(FormState::empty(), |state, (name, _)| {
            state.with(name, "yes")
        });
        let has_table = self.files.iter().any(|file| file.table().is_some());
        html! {
            (note(t, if does > 0 { Tone::Info } else { Tone::Neutral }, html! {
                p {
                    @if does > 0 {
                        (t.t_args("inventory-import-will", args![
                            ("new", number(counts.new)),
                            ("changed", number(counts.changed)),
                            ("left", number(counts.left_out))
                        ]))
                    } @else { (t.t("inventory-import-nothing")) }
                }
                p.small { (t.t("inventory-import-until")) " " (date_time(t, self.import.expires_at)) }
                div.buttons {
                    form action={ (self.here) "/confirm" } method="post" {
                        (hidden("seen", &self.plan.fingerprint()))
                        (button(&Button::primary(t.t("inventory-import-confirm"))))
                    }
                    form action={ (self.here) "/cancel" } method="post" {
                        (button(&Button::secondary(t.t("inventory-import-drop"))))
                    }
                }
            }))
            (details(t.t("inventory-import-choices"), html! {
                (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                    (hidden("scope", "all"))
                    (checkbox(t, &state, &FormField::new("add", t.t("inventory-import-choice-add"))))
                    (checkbox(t, &state, &FormField::new("fill", t.t("inventory-import-choice-fill"))))
                    (checkbox(t, &state, &FormField::new("replace", t.t("inventory-import-choice-replace"))))
                    @if has_table {
                        (checkbox(t, &state, &FormField::new("is_complete",
                            t.t("inventory-import-choice-complete"))
                            .hint(t.t("inventory-import-choice-complete-hint"))))
                    }
                    (button_row(&Button::secondary(t.t("inventory-import-choose-so")), &[]))
                }))
            }))
        }
    }

    fn tiles(&self, counts: &Counts) -> Vec<(Span, Markup)> {
        let t = self.t;
        let tile = |label: &str, count: usize, detail: &str, tone: Tone| {
            let value = count.to_string();
            let tile = StatTile {
                label,
                value: &value,
                unit: t.t("inventory-unit"),
                detail,
                tone,
                link: None,
            };
            (Span::Three, stat_tile(&tile))
        };
        let per_cent = self.plan.coverage.per_cent();
        let coverage = per_cent.map(|per_cent| {
            t.t_args(
                "inventory-import-coverage",
                args![
                    ("percent", format!("{per_cent:.0}")),
                    ("observed", number(counts.observed))
                ],
            )
        });
        let strangers = t.t_args(
            "inventory-import-unidentified",
            args![("count", number(counts.unidentified))],
        );
        vec![
            tile(
                t.t("inventory-import-view-new"),
                self.plan.new.len(),
                coverage.as_deref().unwrap_or_default(),
                if self.plan.new.is_empty() {
                    Tone::Success
                } else {
                    Tone::Info
                },
            ),
            tile(
                t.t("inventory-import-view-changed"),
                counts.changed,
                "",
                Tone::Info,
            ),
            tile(
                t.t("inventory-import-tile-unchanged"),
                counts.unchanged,
                if counts.unidentified > 0 {
                    &strangers
                } else {
                    ""
                },
                Tone::Neutral,
            ),
            tile(
                t.t("inventory-import-view-unseen"),
                counts.unseen,
                "",
                if counts.unseen > 0 {
                    Tone::Caution
                } else {
                    Tone::Neutral
                },
            ),
        ]
    }

    fn view(&self, view: &str, page: usize) -> Markup {
        match view {
            "changed" => self.changed(page),
            "questions" => self.questions(),
            "services" => self.services(page),
            "products" => self.products(),
            "unseen" => self.unseen(page),
            "problems" => self.problems(page),
            _ => self.new(page),
        }
    }

    fn nothing(&self) -> Markup {
        empty_state(self.t.t("inventory-import-view-none"), html! {})
    }

    fn pager(&self, view: &str, page: usize, all: usize) -> Markup {
        let t = self.t;
        let link = |page: usize| {
            let page = page.to_string();
            address(&self.here, [("show", view), ("page", page.as_str())])
        };
        let last = all.div_ceil(ROWS);
        html! {
            @if last > 1 {
                nav.pagination aria-label=(t.t("inventory-import-preview")) {
                    @if page > 1 { a href=(link(page - 1)) rel="prev" { (t.t("inventory-import-previous")) } }
                    span { (page) " / " (last) }
                    @if page < last { a href=(link(page + 1)) rel="next" { (t.t("inventory-import-next")) } }
                }
            }
        }
    }

    /// A table whose rows can be left out.
    fn selectable(
        &self,
        view: &str,
        page: usize,
        all: usize,
        columns: Vec<Column<'_>>,
        rows: Vec<(String, bool, Vec<Markup>)>,
    ) -> Markup {
        let t = self.t;
        let mut headings = vec![Column::text(t.t("inventory-import-take"))];
        headings.extend(columns);
        let keys: Vec<String> = rows.iter().map(|(key, _, _)| key.clone()).collect();
        let rows = rows
            .into_iter()
            .map(|(key, is_taken, cells)| {
                let mut all = vec![html! {
                    input type="checkbox" name="take" value=(key) checked[is_taken]
                        aria-label=(t.t("inventory-import-take"));
                }];
                all.extend(cells);
                TableRow::new(all)
            })
            .collect();
        html! {
            (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                (hidden("scope", "rows"))
                (hidden("show", view))
                (hidden("page", &page.to_string()))
                @for key in &keys { (hidden("shown", key)) }
                (data_table(&Table::new(t.t("inventory-import-preview"), headings, rows)
                    .without_row_headers()))
                (button_row(&Button::secondary(t.t("inventory-import-save-choice")), &[]))
            }))
            (self.pager(view, page, all))
        }
    }

    fn new(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.new.is_empty() {
            return self.nothing();
        }
        let shown = self.plan.new.iter().skip((page - 1) * ROWS).take(ROWS);
        let rows = shown
            .map(|new| {
                let asset = &new.asset;
                let what = [
                    &asset.manufacturer,
                    &asset.model,
                    &asset.os,
                    &asset.os_version,
                ];
                let what: Vec<&str> = what
                    .into_iter()
                    .map(String::as_str)
                    .filter(|text| !text.is_empty())
                    .collect();
                let class = crate::model::Code::code(asset.class);
                let cells = vec![
                    html! {
                        (asset.name)
                        @for remark in &new.set_aside {
                            br; span.small { (import::remark(t, remark)) }
                        }
                    },
                    html! { (words::choice(t, crate::model::Choices::DeviceClass, class)) },
                    html! { (what.join(" ")) },
                    html! {
                        (asset.ip_addresses.join("、"))
                        @if !asset.mac_addresses.is_empty() { br; (asset.mac_addresses.join("、")) }
                    },
                    html! { (new.duty.sources.join("、")) },
                ];
                (format!("new:{}", new.key), !new.is_left_out, cells)
            })
            .collect();
        let columns = vec![
            Column::text(words::label(t, "name")),
            Column::text(words::label(t, "class")),
            Column::text(t.t("inventory-import-what")),
            Column::text(t.t("inventory-import-addresses")),
            Column::text(t.t("inventory-import-source")),
        ];
        html! {
            p { (t.t("inventory-import-new-why")) }
            (self.selectable("new", page, self.plan.new.len(), columns, rows))
        }
    }

    fn changed(&self, page: usize) -> Markup {
        let t = self.t;
        let all = self.changing().count();
        if all == 0 {
            return self.nothing();
        }
        let rows = self
            .changing()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|seen| {
                let cells = vec![
                    html! { a href={ (Asset::PATH) "/" (seen.id) } { (seen.name) }
                        @if seen.is_back { br; (tag(Tone::Caution, t.t("inventory-import-is-back"))) }
                    },
                    self.lines(seen),
                    html! { (seen.duty.sources.join("、")) },
                ];
                (seen.id.to_string(), !seen.is_left_out, cells)
            })
            .collect();
        let columns = vec![
            Column::text(words::label(t, "name")),
            Column::text(t.t("inventory-import-change")),
            Column::text(t.t("inventory-import-source")),
        ];
        self.selectable("changed", page, all, columns, rows)
    }

    fn lines(&self, seen: &AssetChange) -> Markup {
        let t = self.t;
        let word = |spec: &FieldSpec, value: &serde_json::Value| {
            let text = words::value(t, spec, value);
            match text.is_empty() {
                true => t.t("inventory-nothing").to_owned(),
                false => text,
            }
        };
        html! {
            ul.small {
                @for line in &seen.lines {
                    @if let Some(spec) = RecordKind::Asset.fields().iter().find(|spec| spec.key == line.field) {
                        li {
                            (tag(Tone::Neutral, import::change_kind(t, line.kind))) " "
                            (t.t_args("inventory-change", args![
                                ("label", words::label(t, spec.key)),
                                ("before", word(spec, &line.before)),
                                ("after", word(spec, &line.after))
                            ]))
                            @for other in &line.disputed {
                                br; (t.t_args("inventory-import-disputed", args![("other", other.as_str())]))
                            }
                        }
                    }
                }
                @for remark in &seen.set_aside { li { (import::remark(t, remark)) } }
                @if seen.keys_wait { li { (t.t("inventory-import-keys-wait")) } }
            }
        }
    }

    fn questions(&self) -> Markup {
        let t = self.t;
        if self.plan.questions.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .questions
            .iter()
            .take(ROWS)
            .map(|question| {
                TableRow::new(vec![
                    html! { (question.devices.join("、")) br; span.small { (question.keys.join("、")) } },
                    html! {
                        @for (at, (id, name)) in question.assets.iter().enumerate() {
                            @if at > 0 { "、" }
                            a href={ (Asset::PATH) "/" (id) } { (name) }
                        }
                    },
                    html! { (import::doubt(t, question.reason)) },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-questions-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-questions"), vec![
                Column::text(t.t("inventory-import-device")),
                Column::text(t.t("inventory-import-rows")),
                Column::text(t.t("inventory-import-doubt")),
            ], rows).without_row_headers()))
        }
    }

    fn services(&self, page: usize) -> Markup {
        let t = self.t;
        let unexpected = |seen: &&AssetChange| !seen.unexpected_services.is_empty();
        let all = self.plan.seen.iter().filter(unexpected).count();
        if all == 0 {
            return self.nothing();
        }
        let shown = self.plan.seen.iter().filter(unexpected);
        let rows = shown
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|seen| {
                TableRow::new(vec![
                    html! { a href={ (Asset::PATH) "/" (seen.id) } { (seen.name) } },
                    html! { (services_words(&seen.unexpected_services)) },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-services-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-services"), vec![
                Column::text(words::label(t, "name")),
                Column::text(t.t("inventory-services")),
            ], rows)))
            (self.pager("services", page, all))
        }
    }

    fn products(&self) -> Markup {
        let t = self.t;
        if self.plan.products.is_empty() {
            return self.nothing();
        }
        let ids: Vec<(String, &str)> = self
            .assets
            .iter()
            .map(|asset| (asset.id.to_string(), asset.name.as_str()))
            .collect();
        let choices: Vec<Choice<'_>> =
            std::iter::once(Choice::new("", t.t("inventory-choose-none")))
                .chain(ids.iter().map(|(id, name)| Choice::new(id, name)))
                .collect();
        let mut state = FormState::empty();
        for (at, product) in self.plan.products.iter().enumerate() {
            if let Some(asset) = product.asset {
                state.set(format!("belongs-{at}"), asset.to_string());
            }
        }
        html! {
            p { (t.t("inventory-import-products-why")) }
            (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                (hidden("scope", "products"))
                @for (at, product) in self.plan.products.iter().take(ROWS).enumerate() {
                    @let name = format!("belongs-{at}");
                    @let label = t.t_args("inventory-import-product", args![
                        ("name", product.name.as_str()),
                        ("parts", number(product.software.len()))
                    ]);
                    (hidden(&format!("product-{at}"), &product.key))
                    (select(t, &state, &FormField::new(&name, &label), &choices))
                }
                (button_row(&Button::secondary(t.t("inventory-import-choose-so")), &[]))
            }))
        }
    }

    fn unseen(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.unseen.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .unseen
            .iter()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|unseen| {
                TableRow::new(vec![
                    html! { a href={ (Asset::PATH) "/" (unseen.id) } { (unseen.name) } },
                    html! {
                        @if !unseen.missing_in.is_empty() {
                            (t.t_args("inventory-import-missing-in", args![
                                ("sources", unseen.missing_in.join("、"))
                            ])) " "
                        }
                        @if let Some(days) = unseen.days {
                            (t.t_args("inventory-import-not-seen-for", args![("days", days)]))
                        }
                    },
                ])
            })
            .collect();
        html! {
            p { (t.t("inventory-import-unseen-why")) }
            (data_table(&Table::new(t.t("inventory-import-view-unseen"), vec![
                Column::text(words::label(t, "name")),
                Column::text(t.t("inventory-import-why")),
            ], rows)))
            (self.pager("unseen", page, self.plan.unseen.len()))
        }
    }

    fn problems(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.problems.is_empty() {
            return self.nothing();
        }
        let rows = self
            .plan
            .problems
            .iter()
            .skip((page - 1) * ROWS)
            .take(ROWS)
            .map(|(file, problem)| {
                TableRow::new(vec![
                    html! { (file) },
                    html! { (import::problem(t, problem)) },
                ])
            })
            .collect();
        html! {
            @if self.plan.further_problems > 0 {
                p { (t.t_args("inventory-import-further", args![
                    ("count", number(self.plan.further_problems))
                ])) }
            }
            (data_table(&Table::new(t.t("inventory-import-view-problems"), vec![
                Column::text(t.t("inventory-import-files")),
                Column::text(t.t("inventory-import-why")),
            ], rows)))
            (self.pager("problems", page, self.plan.problems.len()))
        }
    }

    fn sources(&self) -> Markup {
        let t = self.t;
        let rows = self
            .files
            .iter()
            .map(|file| {
                let lines = match file.table() {
                    Some(table) => table.rows.len(),
                    None => match &file.content {
                        import::FileContent::Report(report) => report.observations.len(),
                        import::FileContent::Table(_) => 0,
                    },
                };
                TableRow::new(vec![
                    html! { (file.name) },
                    html! { (import::source_kind(file.kind())) },
                    html! { (lines) },
                    html! {
                        @if let Some(table) = file.table() {
                            @let used = table.mapping.columns.iter().filter(|column| column.field.is_some()).count();
                            (t.t_args("inventory-import-columns-used", args![
                                ("used", number(used)),
                                ("all", number(table.headings.len()))
                            ]))
                            " "
                            a href={ (self.here) "/columns" } { (t.t("inventory-import-columns")) }
                        }
                    },
                ])
            })
            .collect();
        data_table(&Table::new(
            t.t("inventory-import-files"),
            vec![
                Column::text(t.t("inventory-import-files")),
                Column::text(t.t("inventory-import-source")),
                Column::number(t.t("inventory-import-lines")),
                Column::text(t.t("inventory-import-columns")),
            ],
            rows,
        ))
    }
}

/// Services as a network person writes them.
pub(super) fn services_words(services: &[Service]) -> String {
    let mut words = String::new();
    for (at, service) in services.iter().enumerate() {
        let protocol = match service.protocol {
            discovery::model::Protocol::Tcp => "tcp",
            discovery::model::Protocol::Udp => "udp",
            discovery::model::Protocol::Sctp => "sctp",
        };
        let comma = if at > 0 { "、" } else { "" };
        let name = service.product.as_deref().or(service.name.as_deref());
        let _ = write!(words, "{comma}{}/{protocol}", service.port);
        if let Some(name) = name {
            let _ = write!(words, " ({name})");
        }
    }
    words
}

/// The facts to which a column can be assigned.
fn assignable() -> impl Iterator<Item = Fact> {
    let others = [
        Fact::SystemUuid,
        Fact::LastSeen,
        Fact::SoftwareName,
        Fact::SoftwareVersion,
        Fact::SoftwareVendor,
    ];
    Fact::ALL
        .iter()
        .copied()
        .filter(move |fact| import::has_place(*fact) || others.contains(fact))
}

fn code_of(fact: Fact) -> String {
    match serde_json::to_value(fact) {
        Ok(serde_json::Value::String(code)) => code,
        _ => String::new(),
    }
}

pub(super) async fn columns(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let (proof, _) = proofs(&context, id).await?;
    let files = store::files_of(context.database(), &proof, id, context.now).await?;
    let t = context.t();
    let facts: Vec<(String, &str)> = assignable()
        .map(|fact| (code_of(fact), import::field_word(t, fact)))
        .collect();
    let choices: Vec<Choice<'_>> =
        std::iter::once(Choice::new("", t.t("inventory-import-column-none")))
            .chain(facts.iter().map(|(code, label)| Choice::new(code, label)))
            .collect();
    let here = format!("{PATH}/{id}");
    let body = html! {
        p { (t.t("inventory-import-columns-why")) }
        (form(t, &Form::post(&format!("{here}/columns")), html! {
            @for (file_at, file) in files.iter().enumerate() {
                @if let Some(table) = file.table() {
                    (card(&file.name, columns_of(t, file_at, table, &choices)))
                }
            }
            (button_row(&Button::primary(t.t("inventory-import-columns-save")), &[
                link_button(&here, t.t("inventory-cancel"), false),
            ]))
        }))
    };
    let mut frame = context.frame(t.t("inventory-import-columns"));
    frame.breadcrumbs = crumbs(&context, None);
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-title"), PATH));
    frame
        .breadcrumbs
        .push(Crumb::new(t.t("inventory-import-preview-title"), &here));
    context.respond(frame, body).await
}

fn columns_of(
    t: &Translator,
    file_at: usize,
    table: &SourceTable,
    choices: &[Choice<'_>],
) -> Markup {
    let fields = table.mapping.columns.iter().enumerate();
    html! {
        @if table.is_remembered { p.small { (t.t("inventory-import-columns-remembered")) } }
        @for (at, column) in fields {
            @let name = format!("column-{file_at}-{at}");
            @let samples: Vec<&str> = table.rows.iter()
                .filter_map(|(_, cells)| cells.get(at).map(String::as_str))
                .filter(|cell| !cell.is_empty())
                .take(3)
                .collect();
            @let state = FormState::empty().with(&name, column.field.map(code_of).unwrap_or_default());
            @let letters = yagura_documents::tabular::column_letters(at);
            @let label = format!("{letters}: {}", column.heading);
            @let hint = samples.join(" / ");
            (select(t, &state, &FormField::new(&name, &label).hint(&hint), choices))
        }
    }
}

pub(super) async fn assign(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (read, proof) = proofs(&context, id).await?;
    let import = store::import(context.database(), &read, id).await?;
    let mut files = store::files_of(context.database(), &read, id, context.now).await?;
    for (file_at, file) in files.iter_mut().enumerate() {
        let import::FileContent::Table(table) = &mut file.content else {
            continue;
        };
        for at in 0..table.mapping.columns.len() {
            let chosen = state.value(&format!("column-{file_at}-{at}"));
            let fact = assignable().find(|fact| code_of(*fact) == chosen);
            let now = table
                .mapping
                .columns
                .get(at)
                .and_then(|column| column.field);
            if fact != now {
                table.mapping.decide(at, fact);
            }
        }
    }
    let tells_devices_apart = |fact: &Fact| fact.is_key() || *fact == Fact::DisplayName;
    let is_of_use = |table: &SourceTable| table.mapping.fields().iter().any(tells_devices_apart);
    // It would be remembered, and the next file would say nothing.
    if !files.iter().filter_map(SourceFile::table).all(is_of_use) {
        return Err(WebError::invalid("inventory-import-columns-nothing"));
    }
    operations::assign_columns(&context, &proof, id, files, &import.decisions).await?;
    let message = FlashMessage::done("inventory-import-columns-saved");
    Ok(context.redirect(&format!("{PATH}/{id}"), message))
}

pub(super) async fn decide(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let (read, proof) = proofs(&context, id).await?;
    let import = store::import(context.database(), &read, id).await?;
    let mut decisions: Decisions = import.decisions;
    let is_chosen = |name: &str| state.is_chosen(name, "yes");
    match state.value("scope") {
        "all" => {
            decisions.add = is_chosen("add");
            decisions.fill = is_chosen("fill");
            decisions.replace = is_chosen("replace");
            decisions.is_complete = is_chosen("is_complete");
        }
        "rows" => {
            for key in state.values("shown") {
                if state.is_chosen("take", key) {
                    decisions.left_out.remove(key);
                } else {
                    decisions.left_out.insert(key.clone());
                }
            }
        }
        "products" => {
            for at in 0..ROWS {
                let product = state.value(&format!("product-{at}"));
                if product.is_empty() {
                    continue;
                }
                match parse_uuid(state.value(&format!("belongs-{at}"))) {
                    Ok(asset) => decisions.belongs.insert(product.to_owned(), asset),
                    Err(_) => decisions.belongs.remove(product),
                };
            }
        }
        _ => return Err(WebError::invalid("error-not-a-form")),
    }
    operations::decide(&context, &proof, id, &decisions).await?;
    let to = address(
        &format!("{PATH}/{id}"),
        [("show", state.value("show")), ("page", state.value("page"))],
    );
    let message = FlashMessage::done("inventory-import-decided");
    Ok(context.redirect(&to, message))
}

pub(super) async fn confirm(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context, id).await?;
    let here = format!("{PATH}/{id}");
    let seen = state.value("seen");
    match operations::confirm_import(&context, &proof, id, Some(seen)).await {
        Ok(counts) => {
            let message = FlashMessage::done("inventory-import-done")
                .with("new", counts.new.to_string())
                .with("changed", counts.changed.to_string());
            Ok(context.redirect(&here, message))
        }
        Err(operations::ImportRefused::LookAgain) => {
            let message = FlashMessage::failed("inventory-import-look-again");
            Ok(context.redirect(&here, message))
        }
        Err(operations::ImportRefused::Web(error)) => Err(error),
    }
}

pub(super) async fn cancel(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context, id).await?;
    operations::cancel_import(&context, &proof, id).await?;
    Ok(context.redirect(PATH, FlashMessage::done("inventory-import-cancelled")))
}
