//! The stock-take of media: which were not seen for a year, and that some were seen.

use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, format_iso, parse_date};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, note};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, date_field, form, select_all,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{PAGE, path_of};
use crate::model::{Ledger, YEAR_DAYS};
use crate::operations;

/// The name of the boxes that choose media.
pub(super) const CHOSEN: &str = "seen";

/// How many media were not seen within a year, with the way to them.
pub(super) fn not_seen(context: &Context, count: i64) -> Markup {
    let t = context.t();
    let path = format!("{}?due=not_seen", path_of(Ledger::Media));
    html! {
        @if count > 0 {
            (note(t, Tone::Caution, html! {
                p {
                    (t.t_args("ledgers-media-not-seen", args![("count", count), ("days", YEAR_DAYS)]))
                    " " a href=(path) { (t.t("ledgers-media-not-seen-list")) }
                }
            }))
        }
    }
}

/// The list as a form by which chosen media are noted as seen.
pub(super) fn stock_take(context: &Context, table: &Markup) -> Markup {
    let t = context.t();
    let state = FormState::empty().with("on", format_iso(context.today));
    html! {
        (form(t, &Form::post("/ledgers/media/seen"), html! {
            (select_all(t, CHOSEN))
            (table)
            (date_field(t, &state, &Field::new("on", t.t("ledgers-media-seen-on"))
                .hint(t.t("ledgers-media-seen-hint")).required()))
            (button_row(&Button::primary(t.t("ledgers-media-seen")), &[]))
        }))
    }
}

/// Reads the day of a stock-take: not after today, and at most a year back.
pub(crate) fn seen_on(text: &str, today: Date) -> Result<Date, WebError> {
    parse_date(text)
        .ok()
        .filter(|on| (0..=YEAR_DAYS).contains(&(today - *on).whole_days()))
        .ok_or_else(|| WebError::invalid("ledgers-error-seen-on"))
}

/// Notes chosen media as seen.
pub(super) async fn seen(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::KeepLedgers>().await?;
    let media: Vec<Uuid> = state
        .values(CHOSEN)
        .iter()
        .filter_map(|id| yagura_kernel::id::parse_uuid(id).ok())
        .take(usize::try_from(PAGE).unwrap_or_default())
        .collect();
    if media.is_empty() {
        return Err(WebError::invalid("ledgers-error-none-seen"));
    }
    let on = seen_on(state.value("on"), context.today)?;
    let noted = operations::seen(&context, &proof, &media, on).await?;
    let message = FlashMessage::done("ledgers-media-seen-done").with("count", noted.to_string());
    Ok(context.redirect(&path_of(Ledger::Media), message))
}
