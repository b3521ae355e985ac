//! How somebody signs in, and helping them when they cannot.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use yagura_identity::accounts::{AccountListing, AccountStatus};
use yagura_kernel::id::AssignmentId;
use yagura_kernel::policy::actions;
use yagura_web::api::{PathOf, QueryOf};
use yagura_web::i18n::args;
use yagura_web::ui::components::{self, Tone};
use yagura_web::ui::forms::{self, Button, Field, Form, FormState};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use crate::accounts::{self, AccountAct, Helped};
use crate::operations::Invited;

/// Where those who run the installation look for an account.
const OF_INSTALLATION: &str = "/installation/accounts";
const LINKS_OF_INSTALLATION: &str = "/installation/accounts/password-link";
/// The longest login, as long as an e-mail address may be.
const LONGEST_LOGIN: usize = 254;

/// The address of the page of somebody of one's organisation.
pub(crate) fn path(assignment: AssignmentId) -> String {
    format!("/people/assignments/{assignment}")
}

fn crumb_of_people(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(
        context.t().t("organization-people-title"),
        "/people",
    )]
}

fn crumb_of_installation(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(
        context.t().t("organization-installation-title"),
        "/installation",
    )]
}

/// Somebody of one's organisation.
pub(crate) async fn show(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<Response, WebError> {
    let colleague = accounts::colleague(&context, assignment).await?;
    let t = context.t();
    let mut frame = context.frame(&colleague.holder.name);
    frame.breadcrumbs = crumb_of_people(&context);
    frame.lede = Some(html! { (components::role(t, colleague.holder.assignment.role)) });
    let here = path(assignment);
    let body = html! {
        @match &colleague.account {
            None => section.card {
                (components::empty_state(t.t("organization-account-none"), html! {
                    (t.t("organization-account-none-why"))
                }))
            },
            Some(account) => {
                (facts(&context, account))
                @if colleague.is_oneself {
                    section.card {
                        p { (t.t("organization-account-own")) }
                        p { a href="/account" { (t.t("organization-account-own-link")) } }
                    }
                } @else if colleague.works_only_here {
                    (help(&context, account, (&format!("{here}/account"), &format!("{here}/password-link")), None))
                } @else {
                    (components::note(t, Tone::Info, html! { (t.t("organization-account-elsewhere")) }))
                }
            },
        }
    };
    context.respond(frame, body).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    login: String,
}

/// Anybody's account, for those who run the installation.
pub(crate) async fn search(
    context: Context,
    QueryOf(sought): QueryOf<Sought>,
) -> Result<Response, WebError> {
    context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let t = context.t();
    let mut state = FormState::empty().with("login", sought.login.clone());
    let mut found = None;
    if !sought.login.trim().is_empty() {
        found = accounts::by_login(&context, &sought.login).await?;
        if found.is_none() {
            state.add_error("login", t.t("organization-accounts-unknown"));
        }
    }
    let mut frame = context.frame(t.t("organization-accounts-title"));
    frame.breadcrumbs = crumb_of_installation(&context);
    frame.lede = Some(html! { (t.t("organization-accounts-lede")) });
    let body = html! {
        section.card {
            (forms::error_summary(t, &state))
            (forms::form(t, &Form::get(OF_INSTALLATION), html! {
                (forms::text_field(t, &state, &Field::new("login", t.t("organization-account-login"))
                    .required().longest(LONGEST_LOGIN)))
                (forms::button_row(&Button::primary(t.t("organization-accounts-find")), &[]))
            }))
        }
        @if let Some(helped) = &found {
            h2 { (helped.name) }
            (facts(&context, &helped.account))
            (help(&context, &helped.account, (OF_INSTALLATION, LINKS_OF_INSTALLATION), Some(&helped.account.login)))
        }
    };
    context.respond(frame, body).await
}

fn facts(context: &Context, account: &AccountListing) -> Markup {
    let t = context.t();
    let status = match account.status {
        AccountStatus::Active => (Tone::Success, "organization-account-active"),
        AccountStatus::Locked => (Tone::Danger, "organization-account-locked"),
        AccountStatus::Disabled => (Tone::Neutral, "organization-account-disabled"),
    };
    let factors = if account.has_totp || account.passkeys > 0 {
        "organization-account-factors-set"
    } else {
        "organization-account-factors-none"
    };
    components::card(
        t.t("organization-account-title"),
        components::description_list(&[
            (t.t("organization-account-login"), html! { (account.login) }),
            (
                t.t("organization-account-status"),
                components::tag(status.0, t.t(status.1)),
            ),
            (
                t.t("organization-account-factors"),
                html! { (t.t(factors)) },
            ),
            (
                t.t("organization-account-last"),
                match account.last_sign_in_at {
                    Some(at) => components::date_time(t, at),
                    None => html! { (t.t("organization-account-never")) },
                },
            ),
        ]),
    )
}

/// What can be done. `acts` and `links` are where the forms go; `login` says whose account it is
/// where the address does not, which is on the page of the installation.
fn help(
    context: &Context,
    account: &AccountListing,
    (acts, links): (&str, &str),
    login: Option<&str>,
) -> Markup {
    let t = context.t();
    let offer = |action: &str, what: Option<AccountAct>, button: Button<'_>| {
        html! {
            form method="post" action=(action) {
                @if let Some(login) = login { (forms::hidden("login", login)) }
                @if let Some(what) = what { (forms::hidden("act", what.code())) }
                (forms::button(&button))
            }
        }
    };
    let act = |what: AccountAct, button: Button<'_>| offer(acts, Some(what), button);
    let is_active = account.status == AccountStatus::Active;
    let mut offers = Vec::new();
    let password = match (account.has_password, login) {
        (true, _) => Some((
            "organization-account-password",
            "organization-account-password-why",
        )),
        (false, Some(_)) => Some((
            "organization-account-first-password",
            "organization-account-first-password-why",
        )),
        (false, None) => None,
    };
    if let Some((key, why)) = password.filter(|_| is_active) {
        offers.push((t.t(why), offer(links, None, Button::secondary(t.t(key)))));
    }
    if account.has_totp || account.passkeys > 0 {
        let button = Button::secondary(t.t("organization-account-remove-factors"))
            .confirm(t.t("organization-account-remove-factors-confirm"));
        let why = t.t("organization-account-remove-factors-why");
        offers.push((why, act(AccountAct::RemoveSecondFactors, button)));
    }
    if is_active {
        let button = Button::secondary(t.t("organization-account-sign-out"))
            .confirm(t.t("organization-account-sign-out-confirm"));
        let why = t.t("organization-account-sign-out-why");
        offers.push((why, act(AccountAct::SignOut, button)));
        let button = Button::secondary(t.t("organization-account-lock"))
            .confirm(t.t("organization-account-lock-confirm"));
        let why = t.t("organization-account-lock-why");
        offers.push((why, act(AccountAct::Lock, button)));
    } else {
        let button = Button::secondary(t.t("organization-account-unlock"))
            .confirm(t.t("organization-account-unlock-confirm"));
        let why = t.t("organization-account-unlock-why");
        offers.push((why, act(AccountAct::Unlock, button)));
    }
    components::card(
        t.t("organization-account-help"),
        components::description_list(&offers),
    )
}

/// The link that was made, this once.
async fn show_link(
    context: &Context,
    crumbs: Vec<Crumb>,
    name: &str,
    link: &Invited,
    back: &str,
) -> Result<Response, WebError> {
    let t = context.t();
    let mut frame = context.frame(t.t("organization-account-password-done"));
    frame.breadcrumbs = crumbs;
    let words = args![("name", name), ("until", t.date_time(link.expires_at))];
    let body = html! {
        section.card {
            p { (t.t_args("organization-account-password-words", words)) }
            p { code.link-to-copy { (link.url) } " " (forms::copy_button(t, &link.url)) }
            p { a href=(back) { (t.t("organization-account-back")) } }
        }
    };
    context.respond(frame, body).await
}

fn said(what: AccountAct) -> FlashMessage {
    FlashMessage::done(match what {
        AccountAct::SignOut => "organization-account-signed-out",
        AccountAct::RemoveSecondFactors => "organization-account-factors-removed",
        AccountAct::Lock => "organization-account-is-locked",
        AccountAct::Unlock => "organization-account-is-unlocked",
    })
}

/// Makes a link by which somebody of one's organisation sets a new password.
pub(crate) async fn password_link(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
) -> Result<Response, WebError> {
    let helped = accounts::colleague(&context, assignment).await?.helped()?;
    let link = accounts::password_link(&context, &helped).await?;
    let crumbs = crumb_of_people(&context);
    show_link(&context, crumbs, &helped.name, &link, &path(assignment)).await
}

/// The act that a form names.
fn named(form: &FormState) -> Result<AccountAct, WebError> {
    AccountAct::from_code(form.value("act")).ok_or(WebError::invalid("organization-account-act"))
}

/// Acts on the account of somebody of one's organisation.
pub(crate) async fn act(
    context: Context,
    PathOf(assignment): PathOf<AssignmentId>,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let helped = accounts::colleague(&context, assignment).await?.helped()?;
    let what = named(&form)?;
    accounts::act(&context, &helped, what).await?;
    let message = said(what).with("name", helped.name);
    Ok(context.redirect(&path(assignment), message))
}

/// Makes a link by which anybody sets a new password.
pub(crate) async fn password_link_of_installation(
    context: Context,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let helped = sought(&context, &form).await?;
    let link = accounts::password_link(&context, &helped).await?;
    let crumbs = crumb_of_installation(&context);
    show_link(&context, crumbs, &helped.name, &link, OF_INSTALLATION).await
}

/// Acts on anybody's account.
pub(crate) async fn act_of_installation(
    context: Context,
    SubmittedForm(form): SubmittedForm,
) -> Result<Response, WebError> {
    let helped = sought(&context, &form).await?;
    let what = named(&form)?;
    accounts::act(&context, &helped, what).await?;
    let message = said(what).with("name", helped.name);
    Ok(context.redirect(OF_INSTALLATION, message))
}

/// The account whose login a form names.
async fn sought(context: &Context, form: &FormState) -> Result<Helped, WebError> {
    accounts::by_login(context, form.value("login"))
        .await?
        .ok_or(WebError::invalid("organization-accounts-unknown"))
}
