//! The self-check of the nine principles, by role.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use yagura_kernel::policy::{Action, actions};
use yagura_kernel::time::{FiscalYear, format_iso};
use yagura_packs::{Audience, SelfCheck, Wording};
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Tab, Table, TableRow, Tone, card, data_table, date, empty_state, tabs, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button_row, date_field, error_summary, form, hidden,
};
use yagura_web::{Context, FlashMessage, NavigationFor, SubmittedForm, WebError, percent_encoded};

use super::{with_status, words};
use crate::model::{SelfCheckInput, audience_for};
use crate::store::{SelfCheckEntry, own_self_checks, self_check_progress, store_self_check};

const SHOWN: i64 = 12;

/// Which audience is shown.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(super) struct AsWhom {
    audience: Option<String>,
}

/// The self-check, for the audience of one's own role unless another is asked for.
pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<AsWhom>,
) -> Result<Response, WebError> {
    let state = FormState::empty().with("on", format_iso(context.today));
    show(&context, query.audience.as_deref(), &state).await
}

async fn show(
    context: &Context,
    audience: Option<&str>,
    state: &FormState,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::AnswerSelfCheck>().await?;
    let t = context.t();
    let code = t.lang().code();
    let packs = context.app.packs();
    let title = t.t("self-check-title");
    let Some((pack, check)) = packs
        .self_checks_on(context.today)
        .into_iter()
        .find_map(|pack| Some((pack, pack.self_check()?)))
    else {
        let body = empty_state(
            t.t("self-check-none"),
            html! { (t.t("self-check-none-why")) },
        );
        return context.page(title, body).await;
    };
    let own =
        audience_for(&context.principal.roles, check).and_then(|place| check.audiences.get(place));
    let shown = audience
        .and_then(|key| check.audiences.iter().find(|audience| audience.key == key))
        .or(own);
    let Some(shown) = shown else {
        return Err(WebError::NotFound);
    };
    let earlier = match context.person() {
        Some(person) => own_self_checks(context.database(), &proof, person, SHOWN).await?,
        None => Vec::new(),
    };
    let whom = NavigationFor {
        principal: &context.principal,
    };
    let progress = if whom.may_at_home(Action::ReadSheet) {
        let read = context.authorize_own::<actions::ReadSheet>().await?;
        let year = FiscalYear::of(context.today);
        self_check_progress(context.database(), &read, &pack.id, year).await?
    } else {
        Vec::new()
    };
    let audience_title = |key: &str| {
        check
            .audiences
            .iter()
            .find(|audience| audience.key == key)
            .map_or_else(
                || key.to_owned(),
                |audience| audience.title.in_language(code).to_owned(),
            )
    };
    let hrefs: Vec<String> = check
        .audiences
        .iter()
        .map(|audience| format!("/self-check?audience={}", percent_encoded(&audience.key)))
        .collect();
    let links: Vec<Tab<'_>> = check
        .audiences
        .iter()
        .zip(&hrefs)
        .map(|(audience, href)| Tab {
            label: audience.title.in_language(code),
            href,
            count: None,
            current: audience.key == shown.key,
        })
        .collect();
    let mut frame = context.frame(title);
    frame.lede = Some(html! { (t.t("self-check-lede")) });
    let body = html! {
        (error_summary(t, state))
        (tabs(t.t("self-check-audiences"), &links))
        (form(t, &Form::post("/self-check"), html! {
            (hidden("audience", &shown.key))
            (principles(context, state, shown))
            (date_field(t, state, &Field::new("on", t.t("self-check-on")).required()))
            (button_row(&Button::primary(t.t("self-check-save")), &[]))
        }))
        @if !earlier.is_empty() {
            (card(t.t("self-check-earlier"), data_table(&Table::new(
                t.t("self-check-earlier"),
                vec![
                    Column::text(t.t("self-check-on")),
                    Column::text(t.t("self-check-as")),
                    Column::number(t.t("self-check-ticked")),
                ],
                earlier.iter().map(|entry| TableRow::new(vec![
                    date(t, entry.on),
                    html! { (audience_title(&entry.audience)) },
                    html! { (t.t_args("self-check-of", args![("ticked", entry.ticked.len()), ("boxes", entry.boxes)])) },
                ])).collect(),
            ))))
        }
        @if !progress.is_empty() {
            (card(t.t("self-check-progress"), data_table(&Table::new(
                t.t("self-check-progress"),
                vec![
                    Column::text(t.t("self-check-as")),
                    Column::number(t.t("self-check-people")),
                    Column::number(t.t("self-check-ticked")),
                    Column::text(t.t("self-check-newest")),
                ],
                progress.iter().map(|audience| TableRow::new(vec![
                    html! { (audience_title(&audience.audience)) },
                    html! { (audience.people) },
                    html! { (t.t_args("self-check-of", args![("ticked", audience.ticked), ("boxes", audience.boxes)])) },
                    html! { @if let Some(day) = audience.newest { (date(t, day)) } },
                ])).collect(),
            ))))
        }
        p.small { (pack.source.publisher.in_language(code)) " " (pack.source.title.in_language(code)) }
    };
    context.respond(frame, body).await
}

fn principles(context: &Context, state: &FormState, audience: &Audience) -> Markup {
    let t = context.t();
    let code = t.lang().code();
    html! {
        @for principle in &audience.principles {
            (card(&format!("{}. {}", principle.number, principle.heading.in_language(code)), html! {
                p { (principle.explanation.in_language(code)) }
                fieldset.choices aria-label=(principle.heading.in_language(code)) {
                    @for check in &principle.checks {
                        div.choice {
                            input id={ "check-" (check.key) } type="checkbox" name="ticked" value=(check.key)
                                checked[state.is_chosen("ticked", &check.key)];
                            label for={ "check-" (check.key) } { (check.text.in_language(code)) }
                            @if check.wording == Wording::Unverified { " " (tag(Tone::Neutral, t.t("checklist-unverified"))) }
                        }
                    }
                }
            }))
        }
    }
}

/// Keeps a self-check.
pub(super) async fn save(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::AnswerSelfCheck>().await?;
    let t = context.t();
    let packs = context.app.packs();
    let (pack, check): (_, &SelfCheck) = packs
        .self_checks_on(context.today)
        .into_iter()
        .find_map(|pack| Some((pack, pack.self_check()?)))
        .ok_or(WebError::NotFound)?;
    let on = state.read_required_date(t, "on", t.t("self-check-on"));
    let audience = state.value("audience").to_owned();
    if let Some(on) = on {
        let input = SelfCheckInput {
            audience: audience.clone(),
            on,
            ticked: state.values("ticked").to_vec(),
        };
        let mut tx = context.database().begin().await?;
        let kept = store_self_check(
            &mut tx,
            context.app.ids(),
            &proof,
            pack,
            check,
            &input,
            context.now,
        )
        .await;
        match kept {
            Ok(()) => {
                let detail = serde_json::json!({ "audience": &audience, "on": format_iso(on) });
                context
                    .audit(&mut tx, &proof, "self_check", &pack.id, detail)
                    .await?;
                tx.commit().await?;
                return Ok(context.redirect("/self-check", FlashMessage::done("self-check-saved")));
            }
            Err(SelfCheckEntry::Refused(problem)) => {
                state.add_error(problem.field(), words::self_check_problem(t, &problem));
            }
            Err(SelfCheckEntry::NoPerson) => return Err(WebError::NotFound),
            Err(SelfCheckEntry::Store(error)) => return Err(error.into()),
        }
    }
    let page = show(&context, Some(&audience), &state).await?;
    Ok(with_status(page, StatusCode::UNPROCESSABLE_ENTITY))
}
