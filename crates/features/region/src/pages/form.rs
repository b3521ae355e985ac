//! Adding and changing a member, ending a membership.

use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::actions;
use yagura_kernel::time::format_iso;
use yagura_store::StoreError;
use yagura_web::api::PathOf;
use yagura_web::i18n::Translator;
use yagura_web::ui::components::{
    Tone, card, compare_two, description_list, note, organization_kind,
};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, InputKind, RadioStyle, Width, button_row,
    date_field, error_summary, fieldset, form, hidden, link_button, radio_group, text_field,
    textarea,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError, args};

use super::{id_from, paths, roll_crumb};
use crate::import::{RollMember, field_label, problem_text};
use crate::model::comparison::KINDS;
use crate::model::member::{self, BedHint, Field, MemberDraft, Problem};
use crate::operations::{self, AddFault};
use crate::store::members;

/// The day since which a change holds.
const VALID_FROM: &str = "valid_from";
/// The version that was edited.
const VERSION: &str = "version";
/// The last day of a membership.
const LAST_DAY: &str = "last_day";

/// Reads the fields of a member; what is wrong is noted with its field.
pub(crate) fn read_draft(
    t: &Translator,
    state: &mut FormState,
    today: yagura_kernel::time::Date,
) -> Option<MemberDraft> {
    fn take<T>(
        t: &Translator,
        state: &mut FormState,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        match read(state.value(field.code())) {
            Ok(value) => Some(value),
            Err(problem) => {
                state.add_error(field.code(), problem_text(t, field, &problem));
                None
            }
        }
    }
    let value = |(value, _): (Option<String>, _)| value;
    let name = take(t, state, Field::Name, member::read_name);
    let kind = take(
        t,
        state,
        Field::Kind,
        |text| match OrganizationKind::from_code(text) {
            Some(kind) if kind.is_institution() => Ok((kind, BedHint::Silent)),
            _ => member::read_kind(text),
        },
    );
    let code = take(t, state, Field::Code, |text| {
        member::read_code(text, false).map(value)
    });
    let beds = take(t, state, Field::Beds, member::read_beds);
    let postal_code = take(t, state, Field::PostalCode, |text| {
        member::read_postal_code(text, false).map(value)
    });
    let phone = take(t, state, Field::Phone, |text| {
        member::read_phone(text, false).map(value)
    });
    let email = take(t, state, Field::Email, member::read_email);
    let line = |field| move |text: &str| member::read_line(field, text);
    let address = take(t, state, Field::Address, line(Field::Address));
    let representative = take(t, state, Field::Representative, line(Field::Representative));
    let region_code = take(t, state, Field::RegionCode, line(Field::RegionCode));
    let member_number = take(t, state, Field::MemberNumber, line(Field::MemberNumber));
    let remark = take(t, state, Field::Remark, line(Field::Remark));
    let joined_on = take(t, state, Field::JoinedOn, |text| {
        member::read_joined_on(text, today)
    });
    if let (Some((kind, hint)), Some(beds)) = (kind, beds)
        && let Err(problem) = member::check_beds(kind, hint, beds)
    {
        state.add_error(Field::Beds.code(), problem_text(t, Field::Beds, &problem));
    }
    if state.has_errors() {
        return None;
    }
    Some(MemberDraft {
        name: name?,
        kind: kind?.0,
        code: code?,
        beds: beds?,
        postal_code: postal_code?,
        address: address?,
        phone: phone?,
        email: email?,
        representative: representative?,
        region_code: region_code?,
        member_number: member_number?,
        joined_on: joined_on?,
        remark: remark?,
    })
}

fn state_of(draft: &MemberDraft) -> FormState {
    FormState::from_pairs(
        Field::ALL
            .into_iter()
            .filter_map(|field| Some((field.code(), draft.text(field)?))),
    )
}

fn fields(t: &Translator, state: &FormState, is_new: bool) -> Markup {
    let kinds = KINDS.map(|kind| Choice::new(kind.code(), organization_kind(t, kind)));
    let text =
        |field: Field| FormField::new(field.code(), field_label(t, field)).longest(field.longest());
    html! {
        (fieldset(t.t("region-form-identity"), html! {
            (text_field(t, state, &text(Field::Name).required()))
            (radio_group(t, state, &FormField::new("kind", field_label(t, Field::Kind)).required(),
                &kinds, RadioStyle::List))
            (text_field(t, state, &text(Field::Beds).kind(InputKind::Number).width(Width::Short)
                .suffix(t.t("region-beds-unit")).hint(t.t("region-form-beds-hint"))))
            (text_field(t, state, &text(Field::Code).width(Width::Medium)
                .hint(t.t("region-form-code-hint"))))
            (text_field(t, state, &text(Field::RegionCode).width(Width::Medium)))
        }))
        (fieldset(t.t("region-form-contact"), html! {
            (text_field(t, state, &text(Field::PostalCode).width(Width::Medium)))
            (text_field(t, state, &text(Field::Address)))
            (text_field(t, state, &text(Field::Phone).kind(InputKind::Telephone)
                .width(Width::Medium)))
            (text_field(t, state, &text(Field::Email).kind(InputKind::Email)
                .hint(t.t("region-form-email-hint"))))
            (text_field(t, state, &text(Field::Representative).width(Width::Medium)))
        }))
        (fieldset(t.t("region-form-own"), html! {
            (text_field(t, state, &text(Field::MemberNumber).width(Width::Medium)))
            @if is_new {
                (date_field(t, state, &text(Field::JoinedOn).width(Width::Medium)
                    .hint(t.t("region-form-joined-hint"))))
            }
            (textarea(t, state, &text(Field::Remark).hint(t.t("region-form-remark-hint"))))
        }))
    }
}

pub(super) async fn new(context: Context) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::ManageMembers>().await?;
    let state = FormState::empty().with(Field::JoinedOn.code(), format_iso(context.today));
    new_page(&context, &state).await
}

async fn new_page(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let t = context.t();
    let body = html! {
        (error_summary(t, state))
        (note(t, Tone::Info, html! { (t.t("region-form-sharing-note")) }))
        (form(t, &Form::post("/members/new").keep_draft("member-new"), html! {
            (fields(t, state, true))
            (button_row(&Button::primary(t.t("region-form-add")), &[
                link_button(paths::ROLL, t.t("region-cancel"), false),
            ]))
        }))
    };
    let mut frame = context.frame(t.t("region-form-new-title"));
    frame.breadcrumbs = vec![roll_crumb(context)];
    context.respond(frame, body).await
}

pub(super) async fn add(
    context: Context,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t();
    let Some(draft) = read_draft(t, &mut state, context.today) else {
        return unprocessable(new_page(&context, &state).await);
    };
    match operations::add_member(&context, &proof, draft).await {
        Ok((id, is_known)) => {
            let message = if is_known {
                "region-flash-joined"
            } else {
                "region-flash-added"
            };
            Ok(context.redirect(
                &format!("{}/{id}", paths::ROLL),
                FlashMessage::done(message),
            ))
        }
        Err(AddFault::IsMember) => {
            state.add_error(Field::Code.code(), t.t("region-problem-is-member"));
            unprocessable(new_page(&context, &state).await)
        }
        Err(AddFault::CodeTaken) => {
            let text = problem_text(t, Field::Code, &Problem::CodeTaken);
            state.add_error(Field::Code.code(), text);
            unprocessable(new_page(&context, &state).await)
        }
        Err(AddFault::Web(error)) => Err(error),
    }
}

/// A page with a form that has errors.
fn unprocessable(page: Result<Response, WebError>) -> Result<Response, WebError> {
    page.map(|page| (axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn record(context: &Context, member: &str) -> Result<RollMember, WebError> {
    let read = context.authorize_own::<actions::ReadMembers>().await?;
    let id: OrganizationId = id_from(member)?;
    Ok(members::one(context.database(), &read, id, context.today).await?)
}

pub(super) async fn edit(
    context: Context,
    PathOf(member): PathOf<String>,
) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::ManageMembers>().await?;
    let record = record(&context, &member).await?;
    let state = state_of(&record.draft)
        .with(VALID_FROM, format_iso(context.today))
        .with(VERSION, record.version.to_string());
    edit_page(&context, &record, &state, None).await
}

async fn edit_page(
    context: &Context,
    record: &RollMember,
    state: &FormState,
    conflict: Option<&MemberDraft>,
) -> Result<Response, WebError> {
    let t = context.t();
    let address = format!("{}/{}", paths::ROLL, record.id);
    let action = format!("{address}/edit");
    let draft = format!("member-{}", record.id);
    let body = html! {
        (error_summary(t, state))
        @if let Some(mine) = conflict {
            (note(t, Tone::Caution, html! { (t.t("region-form-conflict")) }))
            (compare_two(
                (t.t("region-form-conflict-saved"), differing(t, &record.draft, mine)),
                (t.t("region-form-conflict-mine"), differing(t, mine, &record.draft)),
            ))
        }
        (form(t, &Form::post(&action).keep_draft(&draft), html! {
            (hidden(VERSION, state.value(VERSION)))
            (fields(t, state, false))
            (fieldset(t.t("region-form-date"), html! {
                (date_field(t, state, &FormField::new(VALID_FROM, t.t("region-form-valid-from"))
                    .required().width(Width::Medium).hint(t.t("region-form-valid-from-hint"))))
            }))
            (button_row(&Button::primary(t.t("region-form-save")), &[
                link_button(&address, t.t("region-cancel"), false),
            ]))
        }))
    };
    let mut frame = context.frame(t.t("region-form-edit-title"));
    frame.breadcrumbs = vec![
        roll_crumb(context),
        Crumb::new(record.draft.name.clone(), address),
    ];
    context.respond(frame, body).await
}

/// The fields of one draft that differ from another.
fn differing(t: &Translator, one: &MemberDraft, other: &MemberDraft) -> Markup {
    let entries: Vec<(&str, Markup)> = Field::ALL
        .into_iter()
        .filter(|field| *field != Field::JoinedOn && one.text(*field) != other.text(*field))
        .map(|field| {
            let value = match (field, one.text(field)) {
                (Field::Kind, _) => organization_kind(t, one.kind).to_owned(),
                (_, Some(text)) => text,
                (_, None) => t.t("region-none").to_owned(),
            };
            (field_label(t, field), html! { (value) })
        })
        .collect();
    description_list(&entries)
}

pub(super) async fn save(
    context: Context,
    PathOf(member): PathOf<String>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t();
    let current = record(&context, &member).await?;
    state.set(Field::JoinedOn.code(), format_iso(current.joined_on));
    let valid_from = state.read_required_date(t, VALID_FROM, t.t("region-form-valid-from"));
    if valid_from.is_some_and(|day| day > context.today) {
        let given = valid_from.map(format_iso).unwrap_or_default();
        let problem = Problem::DateInFuture { given };
        state.add_error(VALID_FROM, problem_text(t, Field::JoinedOn, &problem));
    }
    let draft = read_draft(t, &mut state, context.today);
    let (Some(next), Some(valid_from)) = (draft, valid_from) else {
        return unprocessable(edit_page(&context, &current, &state, None).await);
    };
    let id = current.id;
    if state.value(VERSION) != current.version.to_string() {
        return conflict(&context, &current, state, &next).await;
    }
    match operations::change_member(&context, &proof, current, next.clone(), valid_from).await {
        Ok(()) => {
            let message = FlashMessage::done("region-flash-saved");
            Ok(context.redirect(&format!("{}/{id}", paths::ROLL), message))
        }
        Err(StoreError::Conflict) => {
            let current = record(&context, &member).await?;
            conflict(&context, &current, state, &next).await
        }
        Err(StoreError::Duplicate(_)) => {
            let current = record(&context, &member).await?;
            let text = problem_text(t, Field::Code, &Problem::CodeTaken);
            state.add_error(Field::Code.code(), text);
            unprocessable(edit_page(&context, &current, &state, None).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows what somebody else saved beside what was typed. Saving again takes the typed values.
async fn conflict(
    context: &Context,
    current: &RollMember,
    mut state: FormState,
    mine: &MemberDraft,
) -> Result<Response, WebError> {
    state.set(VERSION, current.version.to_string());
    let page = edit_page(context, current, &state, Some(mine)).await?;
    Ok((axum::http::StatusCode::CONFLICT, page).into_response())
}

pub(super) async fn end_question(
    context: Context,
    PathOf(member): PathOf<String>,
) -> Result<Response, WebError> {
    let _proof = context.authorize_own::<actions::ManageMembers>().await?;
    let record = record(&context, &member).await?;
    let state = FormState::empty().with(LAST_DAY, format_iso(context.today));
    end_page(&context, &record, &state).await
}

async fn end_page(
    context: &Context,
    record: &RollMember,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let address = format!("{}/{}", paths::ROLL, record.id);
    let name = record.draft.name.as_str();
    let body = html! {
        (error_summary(t, state))
        (card(t.t("region-end-what"), html! {
            p { (t.t_args("region-end-explained", args![("name", name)])) }
            ul {
                li { (t.t("region-end-lists")) }
                li { (t.t("region-end-records")) }
                li { (t.t("region-end-back")) }
            }
            (form(t, &Form::post(&format!("{address}/end")), html! {
                (date_field(t, state, &FormField::new(LAST_DAY, t.t("region-end-last-day"))
                    .required().width(Width::Medium)))
                (button_row(&Button::danger(t.t("region-end-button")), &[
                    link_button(&address, t.t("region-cancel"), false),
                ]))
            }))
        }))
    };
    let mut frame = context.frame(t.t("region-member-end"));
    frame.breadcrumbs = vec![roll_crumb(context), Crumb::new(name, address)];
    context.respond(frame, body).await
}

pub(super) async fn end(
    context: Context,
    PathOf(member): PathOf<String>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageMembers>().await?;
    let t = context.t();
    let current = record(&context, &member).await?;
    let last_day = state.read_required_date(t, LAST_DAY, t.t("region-end-last-day"));
    if last_day.is_some_and(|day| day > context.today) {
        state.add_error(LAST_DAY, t.t("region-end-not-future"));
    }
    if last_day.is_some_and(|day| day < current.joined_on) {
        let joined = t.date(current.joined_on);
        let text = t.t_args("region-end-before-joined", args![("joined", joined)]);
        state.add_error(LAST_DAY, text);
    }
    let Some(last_day) = last_day.filter(|_| !state.has_errors()) else {
        return unprocessable(end_page(&context, &current, &state).await);
    };
    operations::end_membership(&context, &proof, current.id, last_day).await?;
    let message = FlashMessage::done("region-flash-ended").with("name", &current.draft.name);
    Ok(context.redirect(paths::ROLL, message))
}
