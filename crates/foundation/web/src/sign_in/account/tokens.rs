//! API tokens of one's own: what they may do, until when, and taking them back.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::tokens::{self, NewToken, TokenId, TokenListing, TokenText, possible_scopes};
use yagura_identity::{FormProblem, IdentityError};
use yagura_kernel::policy::{Action, actions, scope};
use yagura_kernel::time::{Date, Instant, format_iso};

use super::{Own, Part, confirm_first, confirm_note, crumbs, tabs};
use crate::api::PathOf;
use crate::context::Context;
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::i18n::{Translator, args};
use crate::submitted::SubmittedForm;
use crate::ui::components::{self, Column, Table, TableRow, Tone};
use crate::ui::forms::{self, Button, Choice, Field, Form, FormState};
use crate::ui::layout::Flash;

const HERE: &str = "/account/tokens";
/// How long tokens that ended stay in the list.
const SHOWN_AFTER_END_DAYS: i64 = 90;
const USUAL_DAYS: i64 = 90;
const LONGEST_NAME: usize = 100;

/// What a scope allows, in words.
pub(super) fn scope_words(t: &Translator, action: Action) -> String {
    let key = format!("scope-{}", action.code().replace(['.', '_'], "-"));
    t.find(&key).unwrap_or(action.code()).to_owned()
}

/// The list, and the form for another.
pub(super) async fn page(own: Own) -> Result<Response, WebError> {
    let usual = own.context.now.plus_days(USUAL_DAYS).jst_date();
    let state = FormState::empty().with("last_day", format_iso(usual));
    show(&own, &state).await
}

async fn show(own: &Own, state: &FormState) -> Result<Response, WebError> {
    let Own { context, session } = own;
    let t = context.t();
    let organization = context.organization.id;
    let all = tokens::list(context.database(), session.account, organization).await?;
    let may_make = scope(&context.principal, Action::ManageTokens)
        .own
        .is_some();
    let may_manage = scope(&context.principal, Action::ManagePeople)
        .own
        .is_some();
    let shown: Vec<&TokenListing> = all
        .iter()
        .filter(|token| is_shown(token, context.now))
        .collect();
    let body = html! {
        (tabs(own, Part::Tokens).await?)
        (components::card(t.t("account-tokens-list"), html! {
            @if shown.is_empty() {
                (components::empty_state(t.t("account-tokens-none"), html! { (t.t("account-tokens-none-do")) }))
            } @else {
                (table(context, &shown))
            }
            @if may_manage {
                p { a href="/account/organization-tokens" { (t.t("account-tokens-of-all")) } }
            }
        }))
        @if may_make {
            @if session.is_fresh(context.now) {
                (components::card(t.t("account-token-new"), make_form(own, state)))
            } @else {
                (confirm_note(own, HERE))
            }
        }
    };
    let mut frame = context.frame(t.t("account-tokens-title"));
    frame.breadcrumbs = crumbs(context, &[]);
    frame.lede = Some(html! {
        (t.t_args("account-tokens-lede", args![("organization", context.organization.name.as_str())]))
        " " a href="/api/docs" { (t.t("account-tokens-docs")) }
    });
    context.respond(frame, body).await
}

/// Whether a token is still of interest: it works, or it ended not long ago.
pub(super) fn is_shown(token: &TokenListing, now: Instant) -> bool {
    let ended = token.revoked_at.unwrap_or(token.expires_at);
    ended.plus_days(SHOWN_AFTER_END_DAYS) > now
}

/// How a token stands, in a word.
pub(super) fn state_tag(t: &Translator, token: &TokenListing, now: Instant) -> Markup {
    if token.is_alive(now) {
        components::tag(Tone::Success, t.t("account-token-alive"))
    } else if token.revoked_at.is_some() {
        components::tag(Tone::Neutral, t.t("account-token-revoked"))
    } else {
        components::tag(Tone::Neutral, t.t("account-token-expired"))
    }
}

/// What a token may be used for, as a list that opens.
pub(super) fn scopes(t: &Translator, token: &TokenListing) -> Markup {
    let count = t
        .t_args(
            "account-token-scopes-count",
            args![("count", token.scopes.len())],
        )
        .into_owned();
    components::details(
        &count,
        html! { ul { @for action in &token.scopes { li { (scope_words(t, *action)) } } } },
    )
}

/// The last day on which a token works: the one before the midnight at which it ends.
pub(super) fn last_day(token: &TokenListing) -> Date {
    token.expires_at.plus_seconds(-1).jst_date()
}

fn table(context: &Context, shown: &[&TokenListing]) -> Markup {
    let t = context.t();
    let rows = shown
        .iter()
        .map(|token| {
            let action = format!("/account/tokens/{}/revoke", token.id);
            TableRow::new(vec![
                html! { (token.name) br; code { (token.prefix) "…" } },
                state_tag(t, token, context.now),
                scopes(t, token),
                html! {
                    @match token.last_used_at {
                        Some(used) => (components::relative_time(t, used, context.now)),
                        None => (t.t("account-never-used")),
                    }
                },
                components::date(t, last_day(token)),
                html! {
                    @if token.is_alive(context.now) {
                        form method="post" action=(action) data-confirm=(t.t("account-token-revoke-confirm")) {
                            (forms::button(&Button::quiet(t.t("account-token-revoke"))))
                        }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("account-token-name")),
        Column::text(t.t("account-token-state")),
        Column::text(t.t("account-token-scopes")),
        Column::text(t.t("account-token-used")),
        Column::text(t.t("account-token-last-day")),
        Column::action(t.t("account-token-revoke")),
    ];
    components::data_table(&Table::new(t.t("account-tokens-list"), columns, rows))
}

fn make_form(own: &Own, state: &FormState) -> Markup {
    let t = own.context.t();
    let labels: Vec<(&str, String)> = possible_scopes(&own.session)
        .into_iter()
        .map(|action| (action.code(), scope_words(t, action)))
        .collect();
    let choices: Vec<Choice<'_>> = labels
        .iter()
        .map(|(code, label)| Choice::new(code, label))
        .collect();
    html! {
        (forms::error_summary(t, state))
        (forms::form(t, &Form::post(HERE).keep_draft("token"), html! {
            (forms::text_field(t, state, &Field::new("name", t.t("account-token-name"))
                .required().longest(LONGEST_NAME).hint(t.t("account-token-name-hint"))))
            (forms::checkbox_group(t, state, &Field::new("scope", t.t("account-token-scopes"))
                .required().hint(t.t("account-token-scopes-hint")), &choices))
            (forms::date_field(t, state, &Field::new("last_day", t.t("account-token-last-day"))
                .required().hint(t.t("account-token-last-day-hint"))))
            (forms::button_row(&Button::primary(t.t("account-token-make")), &[]))
        }))
    }
}

/// The moment at which a token of this last day ends: the midnight after it, in Japan.
fn end_of(last_day: Date) -> Option<Instant> {
    Some(Instant::from_jst(last_day.next_day()?, 0, 0))
}

/// Makes a token and shows its text, once.
pub(super) async fn create(
    own: Own,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let Own { context, session } = &own;
    let proof = context.authorize_own::<actions::ManageTokens>().await?;
    let t = context.t();
    let name = form.read_required(t, "name", t.t("account-token-name"), LONGEST_NAME);
    let wanted: Vec<Action> = form
        .values("scope")
        .iter()
        .filter_map(|code| Action::from_code(code))
        .collect();
    if wanted.is_empty() {
        form.add_error("scope", t.t("account-token-no-scope"));
    }
    let last_day = form.read_required_date(t, "last_day", t.t("account-token-last-day"));
    if last_day.is_some_and(|day| day < context.today) {
        form.add_error("last_day", t.t("account-token-past"));
    }
    let expires_at = last_day.and_then(end_of);
    let (Some(name), Some(expires_at), false) = (name, expires_at, form.has_errors()) else {
        return show(&own, &form).await;
    };
    let new = NewToken {
        name: &name,
        scopes: &wanted,
        expires_at,
    };
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(session);
    match tokens::create(&mut tx, act, &proof, session, new).await {
        Ok((_, text)) => {
            tx.commit().await?;
            made(&own, &name, expires_at, &text).await
        }
        Err(IdentityError::ReauthenticationNeeded) => Ok(confirm_first(HERE)),
        Err(error) => {
            match error {
                IdentityError::LifetimeTooLong { days } => form.add_error(
                    "last_day",
                    t.t_args("account-token-too-long", args![("days", days)]),
                ),
                IdentityError::NoScope => {
                    form.add_error("scope", t.t("account-token-no-scope"));
                }
                IdentityError::Form(problems) if problems.contains(&FormProblem::Name) => {
                    form.add_error("name", t.t("account-token-name-wrong"));
                }
                error => return Err(error.into()),
            }
            show(&own, &form).await
        }
    }
}

async fn made(
    own: &Own,
    name: &str,
    expires_at: Instant,
    text: &TokenText,
) -> Result<Response, WebError> {
    let context = &own.context;
    let t = context.t();
    let mut frame = context.frame(t.t("account-token-made-title"));
    frame.breadcrumbs = crumbs(context, &[(t.t("account-tokens-title"), HERE)]);
    frame.flash.push(Flash::success(
        t.t_args("account-token-made", args![("name", name)]),
    ));
    let until = components::date(t, expires_at.plus_seconds(-1).jst_date());
    let body = html! {
        section.card {
            (components::note(t, Tone::Caution, html! { p { (t.t("account-token-once")) } }))
            p { code.secret-once #token { (text.reveal()) } }
            p { (forms::copy_button(t, text.reveal())) }
            (components::description_list(&[
                (t.t("account-token-last-day"), until),
                (t.t("account-token-how"), html! { code { "Authorization: Bearer " (tokens::PREFIX) "…" } }),
            ]))
            (forms::link_button(HERE, t.t("account-token-kept"), true))
        }
    };
    context.respond(frame, body).await
}

/// Takes a token back.
pub(super) async fn revoke(
    Own { context, session }: Own,
    PathOf(token): PathOf<TokenId>,
) -> Result<Response, WebError> {
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    tokens::revoke(&mut tx, act, session.account, token).await?;
    tx.commit().await?;
    Ok(context.redirect(HERE, FlashMessage::done("account-token-revoked-done")))
}
