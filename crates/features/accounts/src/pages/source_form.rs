//! The form of a source: what it is, how it is judged, how its directory is asked.

use axum::response::Response;
use maud::html;
use uuid::Uuid;
use yagura_inventory::model::{Record, System};
use yagura_kernel::policy::actions;
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::card;
use yagura_web::ui::forms::{
    Button, Choice, Field, Form, FormState, InputKind, RadioStyle, button_row, checkbox,
    error_summary, fieldset, form, hidden, radio_group, select, text_field, textarea,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::sources::{HERE, edit_source};
use super::{crumbs, edit_proof, unprocessable};
use crate::model::{DirectorySettings, SourceKind, SourceSettings};
use crate::store::{NewSource, SourceRow};
use crate::{operations, words};

/// Systems offered for choice.
const MOST_SYSTEMS: i64 = 2_000;

pub(super) async fn new_form(context: Context) -> Result<Response, WebError> {
    edit_proof(&context).await?;
    let state = FormState::empty().with("kind", SourceKind::Any.code());
    source_form(&context, None, state).await
}

pub(super) async fn edit_form(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let (_, source) = edit_source(&context, id).await?;
    let settings = &source.settings;
    let mut state = FormState::empty()
        .with("name", source.name.as_str())
        .with("kind", source.kind.code())
        .with(
            "administrator_groups",
            settings.administrator_groups.join("\n"),
        )
        .with(
            "staff_number_attribute",
            settings
                .staff_number_attribute
                .as_deref()
                .unwrap_or_default(),
        )
        .with(
            "compare_groups",
            if settings.compare_groups { "yes" } else { "" },
        )
        .with(
            "functions",
            settings
                .functions
                .iter()
                .map(|(group, function)| format!("{group} = {function}"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    if let Some(system) = source.system {
        state.set("system", system.to_string());
    }
    if let Some(directory) = &settings.directory {
        state.set("host", directory.host.as_str());
        state.set("port", directory.port.to_string());
        state.set("start_tls", if directory.start_tls { "yes" } else { "" });
        state.set("authorities", directory.authorities.as_str());
        state.set("bind_name", directory.bind_name.as_str());
        state.set("base", directory.base.as_str());
        state.set("filter", directory.filter.as_deref().unwrap_or_default());
    }
    source_form(&context, Some(&source), state).await
}

async fn source_form(
    context: &Context,
    source: Option<&SourceRow>,
    state: FormState,
) -> Result<Response, WebError> {
    let inventory = context.authorize_own::<actions::ReadInventory>().await?;
    let filter = yagura_inventory::Filter::default();
    let systems: Vec<Record<System>> =
        yagura_inventory::list(context.database(), &inventory, &filter, None, MOST_SYSTEMS).await?;
    let t = context.t();
    let ids: Vec<String> = systems.iter().map(|system| system.id.to_string()).collect();
    let mut of = vec![Choice::new("", t.t("accounts-source-no-system"))];
    of.extend(
        ids.iter()
            .zip(&systems)
            .map(|(id, system)| Choice::new(id, system.content.name.as_str())),
    );
    let kinds: Vec<Choice<'_>> = SourceKind::ALL
        .iter()
        .map(|kind| {
            Choice::new(kind.code(), words::source_kind(t, kind.code()))
                .hint(words::source_how(t, kind.code()))
        })
        .collect();
    let title = t.t(if source.is_some() {
        "accounts-source-edit"
    } else {
        "accounts-source-add"
    });
    let action = source.map_or_else(
        || HERE.to_owned(),
        |source| format!("{HERE}/{}/edit", source.id),
    );
    let mut frame = context.frame(title);
    frame.breadcrumbs = crumbs(context, Some((t.t("accounts-part-sources"), HERE)));
    let faulty = state.has_errors();
    let body = html! {
        (error_summary(t, &state))
        (card(title, html! {
            (form(t, &Form::post(&action).keep_draft("source-of-accounts"), html! {
                @if let Some(source) = source { (hidden("revision", &source.revision.to_string())) }
                (text_field(t, &state, &Field::new("name", t.t("accounts-source-name"))
                    .hint(t.t("accounts-source-name-hint")).required().longest(200)))
                (select(t, &state, &Field::new("system", t.t("accounts-source-system"))
                    .hint(t.t("accounts-source-system-hint")), &of))
                (radio_group(t, &state, &Field::new("kind", t.t("accounts-source-kind")).required(),
                    &kinds, RadioStyle::List))
                (textarea(t, &state, &Field::new("administrator_groups", t.t("accounts-source-groups"))
                    .hint(t.t("accounts-source-groups-hint"))))
                (checkbox(t, &state, &Field::new("compare_groups", t.t("accounts-source-compare"))
                    .hint(t.t("accounts-source-compare-hint"))))
                (textarea(t, &state, &Field::new("functions", t.t("accounts-source-functions"))
                    .hint(t.t("accounts-source-functions-hint"))))
                (text_field(t, &state, &Field::new("staff_number_attribute", t.t("accounts-source-attribute"))
                    .hint(t.t("accounts-source-attribute-hint")).longest(100)))
                (fieldset(t.t("accounts-directory"), html! {
                    p { (t.t("accounts-directory-fields")) }
                    (text_field(t, &state, &Field::new("host", t.t("accounts-directory-host")).longest(200)))
                    (text_field(t, &state, &Field::new("port", t.t("accounts-directory-port")).longest(5)))
                    (checkbox(t, &state, &Field::new("start_tls", t.t("accounts-directory-start-tls"))))
                    (text_field(t, &state, &Field::new("base", t.t("accounts-directory-base")).longest(400)))
                    (text_field(t, &state, &Field::new("bind_name", t.t("accounts-directory-bind"))
                        .hint(t.t("accounts-directory-bind-hint")).longest(400)))
                    (text_field(t, &state, &Field::new("password", t.t("accounts-directory-password"))
                        .hint(t.t("accounts-directory-password-hint")).kind(InputKind::NewPassword)))
                    (textarea(t, &state, &Field::new("authorities", t.t("accounts-directory-authorities"))
                        .hint(t.t("accounts-directory-authorities-hint"))))
                    (text_field(t, &state, &Field::new("filter", t.t("accounts-directory-filter")).longest(1_000)))
                }))
                (button_row(&Button::primary(t.t("accounts-source-save")), &[]))
            }))
        }))
    };
    let response = context.respond(frame, body).await?;
    Ok(if faulty {
        unprocessable(response)
    } else {
        response
    })
}

/// What was typed; errors stand beside the fields.
fn read_form(context: &Context, state: &mut FormState) -> Option<(NewSource, Option<String>)> {
    let t = context.t();
    let name = state.read_required(t, "name", t.t("accounts-source-name"), 200);
    let kind = state.read_choice(
        t,
        "kind",
        t.t("accounts-source-kind"),
        SourceKind::from_code,
    );
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim().chars().take(200).collect::<String>())
            .filter(|line| !line.is_empty())
            .take(500)
            .collect()
    };
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let system = super::parse_id(state.value("system"));
    let administrator_groups = lines(state.value("administrator_groups"));
    let mut functions = std::collections::BTreeMap::new();
    let mut wrong = None;
    for line in lines(state.value("functions")) {
        match line.split_once(['=', '\u{FF1D}']) {
            Some((group, function)) if !group.trim().is_empty() && !function.trim().is_empty() => {
                functions.insert(group.trim().to_owned(), function.trim().to_owned());
            }
            _ => wrong = Some(line),
        }
    }
    if let Some(line) = wrong {
        let words = t.t_args(
            "accounts-source-functions-wrong",
            args![("line", line.as_str())],
        );
        state.add_error("functions", words);
    }
    let mut directory = None;
    if kind == Some(SourceKind::Directory) {
        let host = state.read_required(t, "host", t.t("accounts-directory-host"), 200);
        let port = state.read_number(t, "port", t.t("accounts-directory-port"), 1..=65_535);
        let base = state.read_required(t, "base", t.t("accounts-directory-base"), 400);
        let bind = state.read_required(t, "bind_name", t.t("accounts-directory-bind"), 400);
        let authorities = state.value("authorities").trim().to_owned();
        if !authorities.contains("-----BEGIN CERTIFICATE-----") || authorities.len() > 200_000 {
            state.add_error("authorities", t.t("accounts-directory-authorities-wrong"));
        }
        let start_tls = state.is_chosen("start_tls", "yes");
        if let (Some(host), Some(base), Some(bind_name)) = (host, base, bind) {
            // What stands in an address must not become another address.
            if host.contains(['/', '@', '?', '#', ' ', ':']) {
                state.add_error("host", t.t("accounts-directory-host-wrong"));
            }
            directory = Some(DirectorySettings {
                host,
                port: port
                    .and_then(|port| u16::try_from(port).ok())
                    .unwrap_or(if start_tls { 389 } else { 636 }),
                start_tls,
                authorities,
                bind_name,
                base,
                filter: given(state.value("filter")),
            });
        }
    }
    let password = given(state.value("password")).filter(|_| kind == Some(SourceKind::Directory));
    if state.has_errors() {
        return None;
    }
    let new = NewSource {
        name: name?,
        kind: kind?,
        system,
        settings: SourceSettings {
            administrator_groups,
            staff_number_attribute: given(state.value("staff_number_attribute")),
            compare_groups: state.is_chosen("compare_groups", "yes"),
            functions,
            mapping: None,
            directory,
        },
        password: None,
    };
    Some((new, password))
}

pub(super) async fn create(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = edit_proof(&context).await?;
    let Some((new, password)) = read_form(&context, &mut state) else {
        return source_form(&context, None, state).await;
    };
    let id = operations::write_source(&context, &proof, None, new, password.as_deref()).await?;
    Ok(context.redirect(
        &format!("{HERE}/{id}"),
        FlashMessage::done("accounts-source-saved"),
    ))
}

pub(super) async fn save(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let (proof, source) = edit_source(&context, id).await?;
    let Some((mut new, password)) = read_form(&context, &mut state) else {
        return source_form(&context, Some(&source), state).await;
    };
    new.settings.mapping.clone_from(&source.settings.mapping);
    // A password goes only where it was given for: another server needs it again.
    let moved = match (&source.settings.directory, &new.settings.directory) {
        (Some(was), Some(now)) => {
            let place = |one: &DirectorySettings| (one.host.clone(), one.port, one.start_tls);
            place(was) != place(now)
                || was.bind_name != now.bind_name
                || was.authorities != now.authorities
        }
        _ => false,
    };
    if moved && password.is_none() && source.has_password {
        state.add_error(
            "password",
            context.t().t("accounts-directory-password-again"),
        );
        return source_form(&context, Some(&source), state).await;
    }
    let revision = state
        .value("revision")
        .parse()
        .map_err(|_| WebError::invalid("error-not-a-form"))?;
    let existing = Some((id, revision));
    operations::write_source(&context, &proof, existing, new, password.as_deref()).await?;
    Ok(context.redirect(
        &format!("{HERE}/{id}"),
        FlashMessage::done("accounts-source-saved"),
    ))
}
