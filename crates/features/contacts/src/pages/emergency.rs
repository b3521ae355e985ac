//! 「攻撃かもしれない」: what to do now and whom to call. The address is open to everybody, so that a
//! session that has ended costs nobody a minute; people of an institution see their own chart. When
//! the database does not answer, the page still says what to do, with the national list.

use std::time::Duration;

use axum::response::Response;
use maud::{Markup, html};
use yagura_documents::pdf::render_pdf;
use yagura_kernel::policy::actions;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, note, steps, tag,
};
use yagura_web::ui::forms::{link_button, print_button};
use yagura_web::{Context, PublicContext, Translator, WebError};

use super::chart::pdf_response;
use super::phone;
use crate::documents::{emergency_document, imprint};
use crate::emergency::{
    CUTS, Call, NEVERS, RECORDS, SIGNS, STEPS, calls, category_name, cut, never, record, sign, step,
};
use crate::model::Chart;
use crate::store;

/// How long the database may take before the page goes out without the chart.
const PATIENCE: Duration = Duration::from_secs(2);

/// The page.
pub(super) async fn page(public: PublicContext) -> Response {
    let own = tokio::time::timeout(PATIENCE, signed_in(&public))
        .await
        .ok()
        .flatten();
    if let Some(context) = &own {
        let chart = tokio::time::timeout(PATIENCE, own_chart(context))
            .await
            .ok()
            .flatten();
        if let Ok(Ok(response)) =
            tokio::time::timeout(PATIENCE, respond(context, chart.as_ref())).await
        {
            return response;
        }
        tracing::warn!("the emergency page goes out without its frame");
    }
    let t = public.t();
    let body = body(
        t,
        &calls(t, None, &public.app.packs(), public.app.today()),
        Some(t.t("contacts-no-chart")),
    );
    public.page(t.t("contacts-emergency"), body)
}

/// The context of the reader, where they are signed in and everything needed answers.
async fn signed_in(public: &PublicContext) -> Option<Context> {
    let app = &public.app;
    let who = app
        .authenticator()
        .authenticate(app, &public.headers)
        .await
        .ok()??;
    if who.must_pass_second_factor || who.must_enrol_second_factor {
        return None;
    }
    Some(Context::of(
        app.clone(),
        who,
        &public.headers,
        public.path().to_owned(),
    ))
}

/// The reader's own chart, where they have one. Not even a refusal is put into the log here: this
/// page must go out fast and is nobody's secret.
async fn own_chart(context: &Context) -> Option<Chart> {
    let whom = yagura_web::NavigationFor {
        principal: &context.principal,
    };
    if !whom.is_institution() || !whom.may_at_home(yagura_kernel::policy::Action::ReadContacts) {
        return None;
    }
    let proof = context
        .authorize_own::<actions::ReadContacts>()
        .await
        .ok()?;
    store::chart(context.database(), &proof).await.ok()
}

async fn respond(context: &Context, chart: Option<&Chart>) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("contacts-emergency"));
    frame.lede = Some(html! { (t.t("contacts-emergency-lede")) });
    frame.actions = Some(html! {
        @if chart.is_some() { (link_button("/emergency.pdf", t.t("contacts-emergency-pdf"), false)) " " }
        (print_button(t))
    });
    let list = calls(t, chart, &context.app.packs(), context.today);
    context
        .respond(frame, body(t, &list, remark(t, chart)))
        .await
}

/// What a signed-in reader must know of the list of calls.
fn remark<'t>(t: &'t Translator, chart: Option<&Chart>) -> Option<&'t str> {
    match chart {
        None => Some(t.t("contacts-national-only")),
        Some(chart) if chart.entries.is_empty() => Some(t.t("contacts-chart-empty")),
        Some(_) => None,
    }
}

fn body(t: &Translator, list: &[Call], remark: Option<&str>) -> Markup {
    html! {
        (card(t.t("contacts-first"), first_steps(t)))
        (card(t.t("contacts-whom"), html! {
            @if let Some(remark) = remark { (note(t, Tone::Caution, html! { (remark) })) }
            p { (t.t("contacts-call-rules")) }
            (call_table(t, list))
        }))
        (card(t.t("contacts-never"), html! {
            ul { @for name in NEVERS { li { (never(t, name)) } } }
        }))
        (card(t.t("contacts-signs"), html! {
            ul { @for name in SIGNS { li { (sign(t, name)) } } }
        }))
        (card(t.t("contacts-records"), records(t)))
        p.small { (t.t("contacts-sources")) }
    }
}

fn first_steps(t: &Translator) -> Markup {
    let entries: Vec<(&str, Markup)> = STEPS
        .iter()
        .map(|name| {
            let (title, how) = step(t, name);
            let body = html! {
                (how)
                @if *name == "cut" {
                    @for (name, number) in CUTS.iter().zip(1..) {
                        br;
                        "(" (number) ") "
                        (cut(t, name))
                    }
                }
            };
            (title, body)
        })
        .collect();
    steps(&entries)
}

fn call_table(t: &Translator, list: &[Call]) -> Markup {
    let rows = list
        .iter()
        .map(|call| {
            TableRow::new(vec![
                html! { (category_name(t, call.category)) },
                html! {
                    b { (call.whom) }
                    @if !call.role.is_empty() { br; span.small { (call.role) } }
                },
                html! {
                    @if call.missing {
                        span.small { (t.t("contacts-write-in")) } " ____________________"
                    } @else {
                        @if !call.day_phone.is_empty() {
                            span.small { (t.t("contacts-day")) } " " b { (phone(&call.day_phone)) }
                        }
                        @if !call.night_phone.is_empty() {
                            @if !call.day_phone.is_empty() { br; }
                            span.small { (t.t("contacts-night")) } " " b { (phone(&call.night_phone)) }
                        }
                        @if call.unverified { br; (tag(Tone::Caution, t.t("contacts-unverified"))) }
                    }
                },
                html! {
                    (call.when)
                    @if !call.advice.is_empty() { br; span.small { (call.advice) } }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("contacts-category")),
        Column::text(t.t("contacts-whom-to-call")),
        Column::text(t.t("contacts-phone")),
        Column::text(t.t("contacts-when-and-what")),
    ];
    data_table(&Table::new(t.t("contacts-whom"), columns, rows).without_row_headers())
}

/// Fields to be filled in by pen.
fn records(t: &Translator) -> Markup {
    let rows = RECORDS
        .iter()
        .map(|name| {
            TableRow::new(vec![
                html! { (record(t, name)) },
                html! { "________________________________" },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("contacts-record-what")),
        Column::text(t.t("contacts-record-blank")),
    ];
    html! {
        p { (t.t("contacts-records-lede")) }
        (data_table(&Table::new(t.t("contacts-records"), columns, rows)))
    }
}

/// The sheet to be hung up in advance.
pub(super) async fn sheet(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadContacts>().await?;
    let chart = store::chart(context.database(), &proof).await?;
    let t = context.t();
    let document = emergency_document(
        t,
        Some(&chart),
        &context.app.packs(),
        &context.organization,
        context.today,
        imprint(&context),
    );
    let bytes = context
        .app
        .make_document(move || render_pdf(&document.into()))
        .await?;
    Ok(pdf_response("emergency.pdf", bytes))
}
