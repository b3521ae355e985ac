//! A diagram: on the page, as a file, on paper.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use yagura_documents::Language;
use yagura_documents::forms::{DiagramDocument, Imprint};
use yagura_documents::pdf::render_pdf;
use yagura_kernel::policy::Action;
use yagura_kernel::time::format_iso;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, data_table, details, empty_state, note, tag,
};
use yagura_web::ui::forms::{download_link, link_button};
use yagura_web::{Context, Lang, NavigationFor, Translator, WebError};

use super::{crumbs, proof, views};
use crate::draw::{Paper, Title, document, file, inline};
use crate::layout::Room;
use crate::load::{Drawn, Typeface, apart, draw, register};
use crate::model::{Diagram, Graph, Register};
use crate::words;

pub(super) async fn systems(context: Context) -> Result<Response, WebError> {
    page(context, Diagram::Systems).await
}

pub(super) async fn systems_svg(context: Context) -> Result<Response, WebError> {
    svg(context, Diagram::Systems).await
}

pub(super) async fn systems_pdf(context: Context) -> Result<Response, WebError> {
    pdf(context, Diagram::Systems).await
}

pub(super) async fn network(context: Context) -> Result<Response, WebError> {
    page(context, Diagram::Network).await
}

pub(super) async fn network_svg(context: Context) -> Result<Response, WebError> {
    svg(context, Diagram::Network).await
}

pub(super) async fn network_pdf(context: Context) -> Result<Response, WebError> {
    pdf(context, Diagram::Network).await
}

async fn drawn(
    context: &Context,
    diagram: Diagram,
    register: Register,
    room: Room,
) -> Result<(Drawn, Register), WebError> {
    let t = context.t().clone();
    let institution = context.organization.name.clone();
    apart(move || {
        let drawn = draw(&t, diagram, &register, &institution, room);
        (drawn, register)
    })
    .await
}

async fn page(context: Context, diagram: Diagram) -> Result<Response, WebError> {
    let proof = proof(&context).await?;
    let register = register(&context, &proof).await?;
    let (drawn, register) = drawn(&context, diagram, register, Room::SCREEN).await?;
    let t = context.t();
    let path = match diagram {
        Diagram::Systems => "/diagrams/systems",
        Diagram::Network => "/diagrams/network",
    };
    let mut frame = context.frame(words::diagram(t, diagram));
    frame.breadcrumbs = crumbs(&context);
    frame.wide = true;
    frame.lede = Some(html! { (t.t(match diagram {
        Diagram::Systems => "diagrams-systems-lede",
        Diagram::Network => "diagrams-network-lede",
    })) });
    let is_empty = drawn.graph.nodes.is_empty();
    if !is_empty {
        frame.actions = Some(html! {
            (download_link(&format!("{path}.pdf"), t.t("diagrams-save-pdf")))
            (download_link(&format!("{path}.svg"), t.t("diagrams-save-svg")))
        });
    }
    let body = html! {
        (views(&context, path))
        @if is_empty {
            (nothing(&context, diagram))
        } @else {
            p.small {
                @for fact in &drawn.written.facts { (fact) "　" }
                (words::made(t, &register))
            }
            @for note in notes(t, &drawn) { p.small { (note) } }
            @if lacks_links(&drawn.graph) { (hint(t, diagram)) }
            p { a href="#diagram-tables" { (t.t("diagrams-to-tables")) } }
            div.diagram-scroll role="region" tabindex="0" aria-label=(words::diagram(t, diagram)) {
                (inline(&drawn.graph, &drawn.drawing, &drawn.written, &Typeface))
            }
            section.card id="diagram-tables" {
                h2 { (t.t("diagrams-tables")) }
                (details(t.t("diagrams-table-nodes"), nodes_table(t, &drawn.graph)))
                @if !drawn.graph.links.is_empty() {
                    (details(t.t("diagrams-table-links"), links_table(t, &drawn.graph)))
                }
            }
        }
    };
    context.respond(frame, body).await
}

fn notes(t: &Translator, drawn: &Drawn) -> Vec<String> {
    let crowded = drawn
        .drawing
        .is_crowded
        .then(|| t.t("diagrams-note-crowded").to_owned());
    drawn.written.notes.iter().cloned().chain(crowded).collect()
}

/// Whether several things stand there and nothing joins them.
fn lacks_links(graph: &Graph) -> bool {
    graph.nodes.len() > 1 && graph.links.is_empty()
}

fn hint(t: &Translator, diagram: Diagram) -> Markup {
    note(
        t,
        Tone::Info,
        html! { (t.t(match diagram {
            Diagram::Systems => "diagrams-hint-systems",
            Diagram::Network => "diagrams-hint-network",
        })) },
    )
}

fn nothing(context: &Context, diagram: Diagram) -> Markup {
    let t = context.t();
    let whom = NavigationFor {
        principal: &context.principal,
    };
    let (why, label, href) = match diagram {
        Diagram::Systems => (
            "diagrams-empty-systems",
            "diagrams-empty-systems-button",
            "/inventory/systems/new",
        ),
        Diagram::Network => (
            "diagrams-empty-network",
            "diagrams-empty-network-button",
            "/inventory/import",
        ),
    };
    html! {
        section.card {
            (empty_state(t.t("diagrams-empty"), html! { (t.t(why)) }))
            @if whom.may_at_home(Action::EditInventory) {
                p { (link_button(href, t.t(label), true)) }
            }
        }
    }
}

fn nodes_table(t: &Translator, graph: &Graph) -> Markup {
    let columns = vec![
        Column::text(t.t("diagrams-column-name")),
        Column::text(t.t("diagrams-column-place")),
        Column::text(t.t("diagrams-column-facts")),
        Column::text(t.t("diagrams-column-marks")),
    ];
    let rows = graph
        .bands
        .iter()
        .flat_map(|band| {
            let place = words::place(t, &band.place);
            let nodes = band.nodes.iter().filter_map(|node| graph.nodes.get(*node));
            nodes.map(move |node| {
                let name = words::name(t, node);
                let facts = words::facts(t, node, false);
                let facts: Vec<String> = facts.into_iter().map(|(_, text)| text).collect();
                let is_bad = node.marks.iter().any(|(mark, _)| mark.is_bad());
                let marks = words::all_marks(t, node);
                TableRow::new(vec![
                    html! {
                        @match &node.target {
                            Some(target) => a href=(target.href()) { (name) },
                            None => (name),
                        }
                    },
                    html! { (place) },
                    html! { @for fact in &facts { (fact) br; } },
                    html! {
                        @if !marks.is_empty() {
                            (tag(if is_bad { Tone::Danger } else { Tone::Caution }, &marks))
                        }
                    },
                ])
            })
        })
        .collect();
    data_table(&Table::new(t.t("diagrams-table-nodes"), columns, rows))
}

fn links_table(t: &Translator, graph: &Graph) -> Markup {
    let columns = vec![
        Column::text(t.t("diagrams-column-from")),
        Column::text(t.t("diagrams-column-link")),
        Column::text(t.t("diagrams-column-to")),
        Column::text(t.t("diagrams-column-marks")),
    ];
    let name = |node: usize| {
        let node = graph.nodes.get(node);
        node.map(|node| words::name(t, node)).unwrap_or_default()
    };
    let rows = graph
        .links
        .iter()
        .map(|link| {
            TableRow::new(vec![
                html! { (name(link.from)) },
                html! { (words::link(t, link.kind)) },
                html! { (name(link.to)) },
                html! {
                    @if link.is_unconfirmed {
                        (tag(Tone::Caution, t.t("diagrams-mark-unconfirmed")))
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(t.t("diagrams-table-links"), columns, rows).without_row_headers())
}

/// The drawing as an SVG file.
pub(crate) fn svg_file(
    t: &Translator,
    drawn: &Drawn,
    register: &Register,
    institution: &str,
) -> String {
    let mut facts = drawn.written.facts.clone();
    facts.push(words::made(t, register));
    let title = Title {
        title: format!("{}　{institution}", drawn.written.title),
        facts,
        notes: notes(t, drawn),
    };
    file(
        &drawn.graph,
        &drawn.drawing,
        &drawn.written,
        &title,
        &Typeface,
    )
}

/// The drawing as a document on sheets of A3.
pub(crate) fn paper_document(
    t: &Translator,
    drawn: &Drawn,
    register: &Register,
    institution: String,
    imprint: Imprint,
) -> DiagramDocument {
    let paper = Paper {
        imprint,
        institution,
        as_of: register.today,
        facts: drawn.written.facts.clone(),
        notes: notes(t, drawn),
        goes_on: t.t("diagrams-goes-on").to_owned(),
        goes_on_from: t.t("diagrams-goes-on-from").to_owned(),
    };
    document(
        &drawn.graph,
        &drawn.drawing,
        &drawn.written,
        paper,
        &Typeface,
    )
}

async fn read_logged(
    context: &Context,
    diagram: Diagram,
    format: &str,
) -> Result<Register, WebError> {
    let proof = proof(context).await?;
    let register = register(context, &proof).await?;
    let detail = serde_json::json!({
        "diagram": diagram.code(), "export": format, "records": register.records()
    });
    context
        .audit_read(&proof, "inventory", context.organization.id, detail)
        .await?;
    Ok(register)
}

fn file_name(context: &Context, diagram: Diagram, ending: &str) -> String {
    let name = words::diagram(context.t(), diagram);
    format!("{name}_{}.{ending}", format_iso(context.today))
}

async fn svg(context: Context, diagram: Diagram) -> Result<Response, WebError> {
    let register = read_logged(&context, diagram, "svg").await?;
    let t = context.t().clone();
    let institution = context.organization.name.clone();
    let svg = apart(move || {
        let drawn = draw(&t, diagram, &register, &institution, Room::SCREEN);
        svg_file(&t, &drawn, &register, &institution)
    })
    .await?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml".to_owned()),
        (
            CONTENT_DISPOSITION,
            yagura_web::attachment(&file_name(&context, diagram, "svg")),
        ),
    ];
    Ok((headers, svg).into_response())
}

fn imprint(context: &Context) -> Imprint {
    Imprint {
        language: match context.t().lang() {
            Lang::Ja => Language::Japanese,
            Lang::En => Language::English,
        },
        product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
        pack: None,
        printed_on: context.today,
        printed_by: Some(context.person_name.clone()),
        state_code: None,
        demo: context.app.config().demo,
    }
}

async fn pdf(context: Context, diagram: Diagram) -> Result<Response, WebError> {
    let register = read_logged(&context, diagram, "pdf").await?;
    let t = context.t().clone();
    let institution = context.organization.name.clone();
    let imprint = imprint(&context);
    let bytes = context
        .app
        .make_document(move || {
            let drawn = draw(&t, diagram, &register, &institution, Room::A3);
            render_pdf(&paper_document(&t, &drawn, &register, institution, imprint).into())
        })
        .await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (
            CONTENT_DISPOSITION,
            yagura_web::attachment(&file_name(&context, diagram, "pdf")),
        ),
    ];
    Ok((headers, bytes).into_response())
}
