use axum::response::Response;
use maud::html;

use crate::context::Context;
use crate::error::WebError;
use crate::i18n::args;
use crate::ui::components;

/// How many things the home page asks for at most: who has ten minutes does three things.
const AT_MOST: usize = 3;

/// "What do I do today?"
pub(super) async fn home(context: Context) -> Result<Response, WebError> {
    let t = context.t();
    let mut to_dos = Vec::new();
    let mut cards = Vec::new();
    for feature in context.app.features() {
        to_dos.extend(feature.to_dos(&context).await?);
        cards.extend(feature.home_card(&context).await?);
    }
    to_dos.sort_by_key(|to_do| std::cmp::Reverse(to_do.urgency));
    cards.sort_by_key(|(order, _)| *order);
    let more = to_dos.len().saturating_sub(AT_MOST);
    to_dos.truncate(AT_MOST);
    let entries: Vec<components::ToDo<'_>> = to_dos
        .iter()
        .map(|to_do| components::ToDo {
            title: &to_do.title,
            tags: html! {
                @if let Some((tone, word)) = &to_do.mark { (components::tag(*tone, word)) }
            },
            why: html! { (to_do.why) },
            action: (&to_do.href, &to_do.button),
        })
        .collect();
    let mut frame = context.frame(t.t("home-title"));
    let number = u64::try_from(entries.len()).unwrap_or(0);
    let today = t.date(context.today);
    frame.lede = Some(html! {
        (today) "　"
        (t.t_args("home-lede", args![("count", number)]))
    });
    let body = html! {
        section.card aria-label=(t.t("home-title")) {
            @if entries.is_empty() {
                (components::empty_state(t.t("home-nothing"), html! { (t.t("home-nothing-why")) }))
            } @else {
                (components::to_do_list(&entries))
                @if more > 0 {
                    p.small { (t.t_args("home-more", args![("count", u64::try_from(more).unwrap_or(0))])) }
                }
            }
        }
        @for (_, card) in &cards { (card) }
    };
    context.respond(frame, body).await
}
