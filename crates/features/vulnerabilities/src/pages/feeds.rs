//! How the feeds stand.

use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::policy::{Action, actions};
use yagura_store::jobs;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, details, note, relative_time, tag,
};
use yagura_web::ui::forms::{Button, Form, button_row, form};
use yagura_web::{Context, FlashMessage, Translator, WebError};

use super::{DICTIONARY, FEEDS, crumbs, may_on_installation};
use crate::model::Feed;
use crate::model::feed::{Age, age};
use crate::store::feeds::{self, FeedRow};
use crate::{matching, words};

/// A warning on other pages where what they show rests on old feeds, or on none.
pub(super) async fn warning(context: &Context) -> Result<Markup, WebError> {
    if !may_on_installation(context, Action::ReadFeeds) {
        return Ok(html! {});
    }
    let proof = context
        .authorize_installation::<actions::ReadFeeds>()
        .await?;
    let t = context.t();
    let states = feeds::states(context.database(), &proof).await?;
    let old: Vec<&str> = Feed::ALL
        .into_iter()
        .filter(|feed| feed.is_needed())
        .filter(|feed| {
            let row = states.iter().find(|row| row.feed == feed.code());
            let loaded = row.and_then(|row| row.succeeded_at);
            let as_of = row.and_then(|row| row.as_of);
            age(*feed, loaded, as_of, context.now) != Age::Fresh
        })
        .map(|feed| words::feed(t, feed))
        .collect();
    if old.is_empty() {
        return Ok(html! { p.small { a href=(FEEDS) { (t.t("vulnerabilities-feeds-title")) } } });
    }
    Ok(note(
        t,
        Tone::Late,
        html! {
            (t.t_args("vulnerabilities-feeds-old", args![("feeds", old.join("、"))])) " "
            a href=(FEEDS) { (t.t("vulnerabilities-feeds-title")) }
        },
    ))
}

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ReadFeeds>()
        .await?;
    let t = context.t();
    let states = feeds::states(context.database(), &proof).await?;
    let of = |feed: Feed| states.iter().find(|row| row.feed == feed.code());
    let aged: Vec<(Feed, Option<&FeedRow>, Age)> = Feed::ALL
        .into_iter()
        .map(|feed| {
            let row = of(feed);
            let loaded = row.and_then(|row| row.succeeded_at);
            let as_of = row.and_then(|row| row.as_of);
            (feed, row, age(feed, loaded, as_of, context.now))
        })
        .collect();
    let old: Vec<&str> = aged
        .iter()
        .filter(|(feed, _, age)| *age == Age::Stale || (*age == Age::Never && feed.is_needed()))
        .map(|(feed, ..)| words::feed(t, *feed))
        .collect();
    let may_act = may_on_installation(&context, Action::ManageFeeds);
    let mut frame = context.frame(t.t("vulnerabilities-feeds-title"));
    frame.breadcrumbs = crumbs(&context, true);
    frame.lede = Some(html! { (t.t("vulnerabilities-feeds-lede")) });
    let body = html! {
        @if !old.is_empty() {
            (note(t, Tone::Late, html! {
                p { (t.t_args("vulnerabilities-feeds-old", args![("feeds", old.join("、"))])) }
                @if may_act { p { (t.t("vulnerabilities-feeds-how")) " " code { "yagura feeds import PATH" } } }
                @else { p { (t.t("vulnerabilities-feeds-ask")) } }
            }))
        }
        (card(t.t("vulnerabilities-feeds-table"), table(&context, &aged)))
        @for (feed, row, _) in &aged {
            @if let Some(row) = row { (problems(t, *feed, row, may_act)) }
        }
        @if may_act {
            (card(t.t("vulnerabilities-feeds-act"), html! {
                p { (t.t("vulnerabilities-feeds-match-why")) }
                (form(t, &Form::post("/vulnerabilities/feeds/match"), html! {
                    (button_row(&Button::secondary(t.t("vulnerabilities-feeds-match")), &[]))
                }))
                p { a href=(DICTIONARY) { (t.t("vulnerabilities-dictionary-title")) } }
            }))
        }
    };
    context.respond(frame, body).await
}

fn table(context: &Context, aged: &[(Feed, Option<&FeedRow>, Age)]) -> Markup {
    let t = context.t();
    let columns = vec![
        Column::text(t.t("vulnerabilities-feeds-feed")),
        Column::text(t.t("vulnerabilities-feeds-age")),
        Column::text(t.t("vulnerabilities-feeds-loaded")),
        Column::text(t.t("vulnerabilities-feeds-as-of")),
        Column::number(t.t("vulnerabilities-feeds-records")),
        Column::number(t.t("vulnerabilities-feeds-aside")),
    ];
    let nothing = || html! { span.muted { (t.t("vulnerabilities-none")) } };
    let rows = aged
        .iter()
        .map(|(feed, row, age)| {
            let (tone, word) = words::age(t, *age, feed.is_needed());
            let when = |instant: Option<yagura_kernel::time::Instant>| match instant {
                Some(instant) => relative_time(t, instant, context.now),
                None => nothing(),
            };
            TableRow::new(vec![
                html! { (words::feed(t, *feed)) },
                html! {
                    (tag(tone, word))
                    @if row.is_some_and(|row| row.error.is_some()) {
                        " " (tag(Tone::Danger, t.t("vulnerabilities-feeds-failed")))
                    }
                },
                when(row.and_then(|row| row.succeeded_at)),
                when(row.and_then(|row| row.as_of)),
                html! { @if let Some(row) = row { (row.records) } @else { (nothing()) } },
                html! { @if let Some(row) = row { (row.set_aside) } @else { (nothing()) } },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("vulnerabilities-feeds-table"),
        columns,
        rows,
    ))
}

/// What went wrong with a feed. Institutions see that something did, administrators where.
fn problems(t: &Translator, feed: Feed, row: &FeedRow, may_act: bool) -> Markup {
    let examples = row
        .examples
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    html! {
        @if let Some(error) = &row.error {
            (note(t, Tone::Danger, html! {
                (t.t_args("vulnerabilities-feeds-error", args![("feed", words::feed(t, feed))]))
                @if may_act { " " (error) }
            }))
        }
        @if may_act && !examples.is_empty() {
            (details(&t.t_args("vulnerabilities-feeds-set-aside", args![
                ("feed", words::feed(t, feed)), ("count", row.set_aside)
            ]), html! {
                ul.small {
                    @for example in examples.iter().take(20) {
                        li {
                            (t.t_args("vulnerabilities-feeds-place", args![
                                ("record", example.get("record").and_then(serde_json::Value::as_i64).unwrap_or_default()),
                                ("offset", example.get("offset").and_then(serde_json::Value::as_i64).unwrap_or_default())
                            ]))
                            " " (example.get("id").and_then(serde_json::Value::as_str).unwrap_or_default())
                            " " (example.get("reason").and_then(serde_json::Value::as_str).unwrap_or_default())
                        }
                    }
                }
            }))
        }
    }
}

/// Holds every device against the feeds anew.
pub(super) async fn match_anew(context: Context) -> Result<Response, WebError> {
    let proof = context
        .authorize_installation::<actions::ManageFeeds>()
        .await?;
    let mut tx = context.database().begin().await?;
    crate::store::matches::match_everything(&mut tx, &proof).await?;
    let now = context.now;
    jobs::ensure_waiting(&mut tx, context.app.ids(), matching::job(now), now).await?;
    let detail = serde_json::json!({ "act": "match" });
    context
        .audit(&mut tx, &proof, "vulnerability_feeds", "all", detail)
        .await?;
    tx.commit().await?;
    context.app.wake().notify_one();
    let message = FlashMessage::done("vulnerabilities-feeds-matching");
    Ok(context.redirect(FEEDS, message))
}
