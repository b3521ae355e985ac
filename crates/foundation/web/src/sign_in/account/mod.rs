//! One's own account: password, devices, second factors, API tokens. Only a browser that is signed
//! in completely gets here; an API token does not.

mod api;
mod confirm;
mod factors;
mod organization_tokens;
mod organizations;
mod passkeys;
mod tokens;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::sessions::SignedIn;
use yagura_identity::{IdentityError, PasswordCheck, sessions};
use yagura_kernel::id::SessionId;
use yagura_kernel::policy::{Action, scope};

pub(super) use api::document;
pub(super) use passkeys::{keep_cookies, registration};

use super::{AnySession, words};
use crate::api::PathOf;
use crate::app::App;
use crate::authentication::Means;
use crate::context::{Context, see_other};
use crate::error::WebError;
use crate::flash::FlashMessage;
use crate::i18n::args;
use crate::routes::{Access, Routes};
use crate::submitted::SubmittedForm;
use crate::ui::components::{self, Column, Tab, Table, TableRow, Tone};
use crate::ui::forms::{self, Button, Field, Form, FormState, InputKind};
use crate::ui::layout::Crumb;

/// The addresses.
pub(super) fn routes() -> Routes {
    const MANAGE_TOKENS: Access = Access::Action(Action::ManageTokens);
    const MANAGE_PEOPLE: Access = Access::Action(Action::ManagePeople);
    const OWN: Access = Access::SignedIn;
    Routes::new()
        .get("/account", OWN, page)
        .post("/account/password", OWN, change_password)
        .post("/account/sessions/end-others", OWN, end_other_sessions)
        .post("/account/sessions/{session}/end", OWN, end_session)
        .get("/account/organizations", OWN, organizations::page)
        .post("/account/organizations", OWN, organizations::choose)
        .get("/account/confirm", OWN, confirm::page)
        .post("/account/confirm", OWN, confirm::by_password)
        .get("/account/factors", OWN, factors::page)
        .post("/account/factors/app/remove", OWN, factors::remove_app)
        .post("/account/factors/codes", OWN, factors::renew_codes)
        // Also for sessions that must set up a factor before anything else.
        .post(
            "/account/passkeys/options",
            Access::Public,
            passkeys::options,
        )
        .post("/account/passkeys", Access::Public, passkeys::register)
        .post("/account/passkeys/{passkey}/remove", OWN, passkeys::remove)
        .get("/account/tokens", OWN, tokens::page)
        .post("/account/tokens", OWN, tokens::create)
        .post("/account/tokens/{token}/revoke", OWN, tokens::revoke)
        .get(
            "/account/organization-tokens",
            MANAGE_PEOPLE,
            organization_tokens::page,
        )
        .post(
            "/account/organization-tokens/{token}/revoke",
            MANAGE_PEOPLE,
            organization_tokens::revoke,
        )
        .get("/api/v1/tokens", MANAGE_TOKENS, api::tokens)
        .delete("/api/v1/tokens/{token}", MANAGE_TOKENS, api::revoke)
        .get(
            "/api/v1/organization-tokens",
            MANAGE_PEOPLE,
            api::tokens_of_organization,
        )
        .delete(
            "/api/v1/organization-tokens/{token}",
            MANAGE_PEOPLE,
            api::revoke_of_organization,
        )
}

/// A browser that is signed in completely, with its session.
pub(crate) struct Own {
    context: Context,
    session: SignedIn,
}

impl FromRequestParts<App> for Own {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let context = Context::from_request_parts(parts, app).await?;
        let AnySession(session) = AnySession::from_request_parts(parts, app).await?;
        // A request with a token acts by the token, whatever cookie comes with it.
        if context.means != Means::Session(session.session.uuid()) {
            return Err(WebError::NotSignedIn);
        }
        Ok(Self { context, session })
    }
}

/// Where a session must show once more who it is, and come back to.
fn confirm_first(back: &str) -> Response {
    see_other(&format!(
        "/account/confirm?back={}",
        crate::address::encoded_path(back)
    ))
}

/// The three pages of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    SignIn,
    Factors,
    Tokens,
}

async fn tabs(own: &Own, current: Part) -> Result<Markup, WebError> {
    let Own { context, session } = own;
    let t = context.t();
    let mut parts = vec![
        (Part::SignIn, t.t("account-tab-sign-in"), "/account"),
        (
            Part::Factors,
            t.t("account-tab-factors"),
            "/account/factors",
        ),
    ];
    // Whoever lost the right to make tokens still takes back those they made.
    let offers_tokens = scope(&context.principal, Action::ManageTokens)
        .own
        .is_some()
        || !yagura_identity::tokens::list(
            context.database(),
            session.account,
            context.organization.id,
        )
        .await?
        .is_empty();
    if offers_tokens {
        parts.push((Part::Tokens, t.t("account-tab-tokens"), "/account/tokens"));
    }
    let tabs: Vec<Tab<'_>> = parts
        .into_iter()
        .map(|(part, label, href)| Tab {
            label,
            href,
            count: None,
            current: part == current,
        })
        .collect();
    Ok(components::tabs(t.t("account-title"), &tabs))
}

/// The way to a page below the account.
fn crumbs(context: &Context, below: &[(&str, &str)]) -> Vec<Crumb> {
    let mut crumbs = vec![Crumb::new(context.t().t("account-title"), "/account")];
    crumbs.extend(below.iter().map(|(label, href)| Crumb::new(*label, *href)));
    crumbs
}

/// What must be confirmed first, where signing in was too long ago.
fn confirm_note(own: &Own, back: &str) -> Markup {
    let t = own.context.t();
    html! {
        @if !own.session.is_fresh(own.context.now) {
            (components::note(t, Tone::Info, html! {
                p { (t.t("account-confirm-why")) }
                p { (forms::link_button(
                    &format!("/account/confirm?back={}", crate::address::encoded_path(back)),
                    t.t("account-confirm-begin"), true)) }
            }))
        }
    }
}

/// One's own sign-in: password and devices.
async fn page(own: Own) -> Result<Response, WebError> {
    show(&own, &FormState::empty()).await
}

async fn show(own: &Own, state: &FormState) -> Result<Response, WebError> {
    let Own { context, session } = own;
    let t = context.t();
    let open = sessions::list(context.database(), session.account, context.now).await?;
    let body = html! {
        (tabs(own, Part::SignIn).await?)
        @if !session.has_second_factor {
            (components::note(t, Tone::Info, html! {
                p { (t.t("account-factor-none")) }
                p { a href="/account/factors" { (t.t("account-factor-set-up")) } }
            }))
        }
        (devices(own, &open))
        @if session.has_password {
            (components::card(t.t("account-password-title"), html! {
                (forms::error_summary(t, state))
                (forms::form(t, &Form::post("/account/password"), html! {
                    (login_for_keepers(session))
                    (forms::text_field(t, state, &Field::new("old", t.t("account-password-old"))
                        .kind(InputKind::Password).required().autocomplete("current-password")))
                    (forms::text_field(t, state, &Field::new("password", t.t("account-password-new"))
                        .kind(InputKind::NewPassword).required().autocomplete("new-password")
                        .hint(t.t("sign-in-password-hint"))))
                    (forms::button_row(&Button::primary(t.t("account-password-change")), &[]))
                }))
            }))
        }
    };
    let mut frame = context.frame(t.t("account-title"));
    frame.lede = Some(html! {
        (t.t_args("account-lede", args![("login", session.login.as_str())]))
    });
    context.respond(frame, body).await
}

/// Tells password managers whose password it is.
fn login_for_keepers(session: &SignedIn) -> Markup {
    html! {
        input type="text" name="username" autocomplete="username" value=(session.login)
            readonly hidden;
    }
}

fn devices(own: &Own, open: &[sessions::SessionListing]) -> Markup {
    let Own { context, session } = own;
    let t = context.t();
    let rows = open
        .iter()
        .map(|one| {
            let here = one.id == session.session;
            let action = format!("/account/sessions/{}/end", one.id);
            TableRow::new(vec![
                html! {
                    (device(&one.user_agent))
                    @if here { " " (components::tag(Tone::Info, t.t("account-this-session"))) }
                },
                html! { (t.t(&one.method.message_key())) },
                components::date_time(t, one.created_at),
                components::relative_time(t, one.last_seen_at, context.now),
                html! {
                    @if !here {
                        form method="post" action=(action) {
                            (forms::button(&Button::quiet(t.t("account-end-session"))))
                        }
                    }
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("account-session-browser")),
        Column::text(t.t("account-session-method")),
        Column::text(t.t("account-session-since")),
        Column::text(t.t("account-session-seen")),
        Column::action(t.t("account-end-session")),
    ];
    components::card(
        t.t("account-sessions-title"),
        html! {
            (components::data_table(&Table::new(t.t("account-sessions-title"), columns, rows)))
            @if open.len() > 1 {
                form method="post" action="/account/sessions/end-others" {
                    (forms::button(&Button::secondary(t.t("account-end-others"))))
                }
            }
        },
    )
}

/// Browser and system in place of what the browser calls itself, where they are known.
fn device(user_agent: &str) -> Markup {
    match browser_and_system(user_agent) {
        Some((browser, system)) => html! {
            span title=(user_agent) { (browser) " (" (system) ")" }
        },
        None => html! { (user_agent) },
    }
}

/// The order matters: most browsers also call themselves by the names further down.
fn browser_and_system(user_agent: &str) -> Option<(&'static str, &'static str)> {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(part, _)| user_agent.contains(part))
            .map(|(_, name)| *name)
    };
    Some((named(&BROWSERS)?, named(&SYSTEMS)?))
}

/// Changes the password and ends the other sessions.
async fn change_password(
    own: Own,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let Own { context, session } = &own;
    let t = context.t();
    let changed = context
        .app
        .identity()
        .change_password(session, form.value("old"), form.value("password"))
        .await;
    match changed {
        Ok(PasswordCheck::Done) => {
            return Ok(context.redirect("/account", FlashMessage::done("account-password-changed")));
        }
        Ok(PasswordCheck::Refused { retry_after }) => {
            let words = words::refused(t, retry_after, "account-password-wrong");
            form.add_error("old", words);
        }
        Err(IdentityError::Form(problems)) => words::explain(t, &mut form, &problems),
        Err(error) => return Err(error.into()),
    }
    show(&own, &form).await
}

/// Ends another session of one's own.
async fn end_session(
    Own { context, session }: Own,
    PathOf(other): PathOf<SessionId>,
) -> Result<Response, WebError> {
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    let found = sessions::revoke(&mut tx, act, session.account, other).await?;
    tx.commit().await?;
    if !found {
        return Err(WebError::NotFound);
    }
    Ok(context.redirect("/account", FlashMessage::done("account-session-ended")))
}

/// Ends every session of one's own but this one.
async fn end_other_sessions(Own { context, session }: Own) -> Result<Response, WebError> {
    let mut tx = context.database().begin().await?;
    let act = context.app.identity().act(&session);
    let kept = Some(session.session);
    let ended = sessions::revoke_all(&mut tx, act, session.account, kept).await?;
    tx.commit().await?;
    Ok(context.redirect(
        "/account",
        FlashMessage::done("account-sessions-ended").with("count", ended),
    ))
}

#[cfg(test)]
mod tests {
    use super::browser_and_system;

    #[test]
    fn devices_are_called_by_names_that_people_know() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0",
                Some(("Edge", "Windows")),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                Some(("Safari", "iPhone")),
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/150.0.0.0 Mobile Safari/537.36",
                Some(("Chrome", "Android")),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                Some(("Firefox", "Linux")),
            ),
            ("Example Browser 1.0", None),
            ("", None),
        ] {
            assert_eq!(browser_and_system(agent), expected, "{agent}");
        }
    }
}
