//! The institution's own account for signing in: its identity providers.

use axum::response::Response;
use maud::{Markup, html};
use yagura_identity::oidc::{self, OidcProblem, Provider, ProviderId, Trial};
use yagura_kernel::policy::actions;
use yagura_web::api::PathOf;
use yagura_web::ui::components::{self, Column, Table, TableRow, Tone};
use yagura_web::ui::forms::{self, Button, Field, Form, FormState, InputKind};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use crate::model::{ProviderFields, split_domains};
use crate::operations::{self, NotSaved};

const HERE: &str = "/identity-providers";

fn crumbs(context: &Context) -> Vec<Crumb> {
    vec![Crumb::new(
        context.t().t("organization-providers-title"),
        HERE,
    )]
}

fn state_tag(context: &Context, provider: &Provider) -> Markup {
    let t = context.t();
    if provider.enabled {
        components::tag(Tone::Success, t.t("organization-provider-on"))
    } else {
        components::tag(Tone::Neutral, t.t("organization-provider-off"))
    }
}

/// The list.
pub(crate) async fn list(context: Context) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let providers = oidc::of_organization(context.database(), proof.organization()).await?;
    let t = context.t();
    let mut frame = context.frame(t.t("organization-providers-title"));
    frame.lede = Some(html! { (t.t("organization-providers-lede")) });
    frame.actions = Some(forms::link_button(
        "/identity-providers/new",
        t.t("organization-provider-new"),
        true,
    ));
    let rows = providers
        .iter()
        .map(|provider| {
            let href = format!("{HERE}/{}", provider.id);
            TableRow::new(vec![
                html! { a href=(href) { (provider.name) } },
                html! { code { (provider.issuer) } },
                html! { @for domain in &provider.allowed_domains { code { (domain) } " " } },
                state_tag(&context, provider),
            ])
        })
        .collect();
    let columns = vec![
        Column::text(t.t("organization-provider-name")),
        Column::text(t.t("organization-provider-issuer")),
        Column::text(t.t("organization-provider-domains")),
        Column::text(t.t("organization-provider-state")),
    ];
    let body = html! {
        section.card {
            @if providers.is_empty() {
                (components::empty_state(t.t("organization-providers-empty"), html! {
                    (t.t("organization-providers-empty-why"))
                }))
            } @else {
                (components::data_table(&Table::new(t.t("organization-providers-title"), columns, rows)))
            }
        }
    };
    context.respond(frame, body).await
}

fn callback_card(context: &Context) -> Markup {
    let t = context.t();
    let url = context.app.identity().provider_callback_url();
    components::card(
        t.t("organization-provider-callback"),
        html! {
            p { (t.t("organization-provider-callback-why")) }
            p { code.link-to-copy { (url) } " " (forms::copy_button(t, &url)) }
        },
    )
}

fn form_card(context: &Context, state: &FormState, action: &str, has_secret: bool) -> Markup {
    let t = context.t();
    let secret_hint = if has_secret {
        "organization-provider-secret-kept"
    } else {
        "organization-provider-secret-hint"
    };
    html! {
        section.card {
            (forms::error_summary(t, state))
            (forms::form(t, &Form::post(action), html! {
                (forms::text_field(t, state, &Field::new("name", t.t("organization-provider-name"))
                    .required().longest(100).hint(t.t("organization-provider-name-hint"))))
                (forms::text_field(t, state, &Field::new("issuer", t.t("organization-provider-issuer"))
                    .kind(InputKind::Address).required().longest(500).hint(t.t("organization-provider-issuer-hint"))))
                (forms::text_field(t, state, &Field::new("client_id", t.t("organization-provider-client-id"))
                    .required().longest(255).autocomplete("off")))
                (forms::text_field(t, state, &Field::new("client_secret", t.t("organization-provider-secret"))
                    .kind(InputKind::Password).autocomplete("off").hint(t.t(secret_hint))))
                (forms::textarea(t, state, &Field::new("allowed_domains", t.t("organization-provider-domains"))
                    .required().rows(3).hint(t.t("organization-provider-domains-hint"))))
                (forms::checkbox(t, state, &Field::new("trusts_second_factor", t.t("organization-provider-trusts"))
                    .hint(t.t("organization-provider-trusts-hint"))))
                (forms::checkbox(t, state, &Field::new("enabled", t.t("organization-provider-enabled"))
                    .hint(t.t("organization-provider-enabled-hint"))))
                (forms::button_row(&Button::primary(t.t("organization-provider-save")), &[]))
            }))
        }
    }
}

fn read(form: &FormState) -> ProviderFields {
    let secret = form.value("client_secret");
    ProviderFields {
        name: form.value("name").trim().to_owned(),
        issuer: form.value("issuer").trim().to_owned(),
        client_id: form.value("client_id").trim().to_owned(),
        client_secret: (!secret.is_empty()).then(|| secret.to_owned()),
        domains: split_domains(form.value("allowed_domains")),
        trusts_second_factor: form.is_chosen("trusts_second_factor", "yes"),
        enabled: form.is_chosen("enabled", "yes"),
    }
}

fn filled(provider: &Provider) -> FormState {
    let mut state = FormState::empty()
        .with("name", provider.name.clone())
        .with("issuer", provider.issuer.clone())
        .with("client_id", provider.client_id.clone())
        .with("allowed_domains", provider.allowed_domains.join("\n"));
    if provider.trusts_second_factor {
        state.set("trusts_second_factor", "yes");
    }
    if provider.enabled {
        state.set("enabled", "yes");
    }
    state
}

/// The form for a new one.
pub(crate) async fn new_form(context: Context) -> Result<Response, WebError> {
    context.authorize_own::<actions::ManagePeople>().await?;
    show_new(&context, &FormState::empty()).await
}

async fn show_new(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let mut frame = context.frame(context.t().t("organization-provider-new"));
    frame.breadcrumbs = crumbs(context);
    let body = html! {
        (callback_card(context))
        (form_card(context, state, "/identity-providers/new", false))
    };
    context.respond(frame, body).await
}

/// Adds one.
pub(crate) async fn create(
    context: Context,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    match operations::save_provider(&context, &proof, None, read(&form)).await {
        Ok(id) => Ok(context.redirect(
            &format!("{HERE}/{id}"),
            FlashMessage::done("organization-provider-added"),
        )),
        Err(NotSaved::Fields(wrong)) => {
            for (field, key) in wrong {
                form.add_error(field, context.t().t(key));
            }
            show_new(&context, &form).await
        }
        Err(NotSaved::Web(error)) => Err(error),
    }
}

/// One, to be changed, tried and removed.
pub(crate) async fn show(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let provider = operations::provider(&context, &proof, id).await?;
    show_one(&context, &provider, &filled(&provider), None).await
}

async fn show_one(
    context: &Context,
    provider: &Provider,
    state: &FormState,
    tried: Option<&Result<Trial, OidcProblem>>,
) -> Result<Response, WebError> {
    let t = context.t();
    let action = format!("{HERE}/{}", provider.id);
    let mut frame = context.frame(provider.name.clone());
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (state_tag(context, provider)) });
    let body = html! {
        @if let Some(outcome) = tried { (trial(context, outcome)) }
        (components::card(t.t("organization-provider-try"), html! {
            p { (t.t("organization-provider-try-why")) }
            form method="post" action={ (action) "/try" } {
                (forms::button(&Button::secondary(t.t("organization-provider-try-now"))))
            }
        }))
        (form_card(context, state, &action, provider.has_secret))
        (callback_card(context))
        (components::card(t.t("organization-provider-remove"), html! {
            p { (t.t("organization-provider-remove-why")) }
            form method="post" action={ (action) "/remove" } {
                (forms::button(&Button::danger(t.t("organization-provider-remove-now"))
                    .confirm(t.t("organization-provider-remove-confirm"))))
            }
        }))
    };
    context.respond(frame, body).await
}

fn trial(context: &Context, outcome: &Result<Trial, OidcProblem>) -> Markup {
    let t = context.t();
    match outcome {
        Ok(trial) => components::note(
            t,
            Tone::Success,
            html! {
                p { (t.t("organization-provider-works")) }
                p { (t.t("organization-provider-sign-in-page")) " " code { (trial.sign_in_page) } }
            },
        ),
        Err(problem) => {
            components::note(
                t,
                Tone::Danger,
                html! {
                    p { (operations::trial_words(t, problem)) }
                    // What the answer lacks helps to mend it. Why a machine cannot be reached is for
                    // the log: it would tell about the network of this server.
                    @if let OidcProblem::Answer(reason) = problem {
                        p.small { (t.t("organization-provider-reason")) " " code { (reason) } }
                    }
                },
            )
        }
    }
}

/// Changes one.
pub(crate) async fn save(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
    SubmittedForm(mut form): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let provider = operations::provider(&context, &proof, id).await?;
    match operations::save_provider(&context, &proof, Some(id), read(&form)).await {
        Ok(_) => Ok(context.redirect(
            &format!("{HERE}/{id}"),
            FlashMessage::done("organization-provider-saved"),
        )),
        Err(NotSaved::Fields(wrong)) => {
            for (field, key) in wrong {
                form.add_error(field, context.t().t(key));
            }
            show_one(&context, &provider, &form, None).await
        }
        Err(NotSaved::Web(error)) => Err(error),
    }
}

/// Tries one.
pub(crate) async fn try_it(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let provider = operations::provider(&context, &proof, id).await?;
    let outcome = operations::try_provider(&context, &proof, id).await?;
    show_one(&context, &provider, &filled(&provider), Some(&outcome)).await
}

/// Removes one.
pub(crate) async fn remove(
    context: Context,
    PathOf(id): PathOf<ProviderId>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    operations::remove_provider(&context, &proof, id).await?;
    Ok(context.redirect(HERE, FlashMessage::done("organization-provider-removed")))
}
