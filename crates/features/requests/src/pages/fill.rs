//! Filling in: the form, and what was typed read into answers.

use std::collections::BTreeSet;

use axum::extract::Request as HttpRequest;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use uuid::Uuid;
use yagura_inventory::Named;
use yagura_kernel::id::PersonId;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{format_iso, parse_date};
use yagura_packs::{Condition, FieldKind, FormField, LONGEST_ANSWER, RequestForm};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{Tone, note};
use yagura_web::ui::forms::{
    Button, Choice, Field, FileRules, Form, FormState, RadioStyle, Width, button, button_row,
    checkbox_group, date_error, date_field, error_summary, file_field, form, hidden, radio_group,
    select, text_field, textarea,
};
use yagura_web::{Context, Translator, WebError, see_other};

use super::{DESK, crumbs, with_status};
use crate::model::answers::{AnswerFault, LONGEST_LINE, is_required};
use crate::model::{Answers, asked, check_answers};
use crate::operations::me;
use crate::store::{self, File, FormVersion, KeptFile, MOST_FILES};
use crate::upload::{Received, receive};
use crate::words;

/// What can be chosen from in fields that the institution fills.
pub(crate) struct Offered {
    pub(crate) systems: Vec<Named>,
    pub(crate) departments: Vec<String>,
}

pub(crate) async fn offered(context: &Context, proof: &File) -> Result<Offered, WebError> {
    let database = context.database();
    let organization = proof.organization();
    Ok(Offered {
        systems: yagura_inventory::systems_at_the_desk(database, proof).await?,
        departments: store::snapshot(database, organization, context.today)
            .await?
            .departments,
    })
}

/// A form to be filled in and where it is sent.
struct Filling<'a> {
    form: &'a FormVersion,
    action: String,
    draft: Option<(Uuid, i64)>,
    files: &'a [KeptFile],
}

/// An empty form.
pub(super) async fn new(
    context: Context,
    PathOf(key): PathOf<String>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let form = current(&context, &proof, &key).await?;
    let mut state = FormState::empty();
    // Most people ask for themselves.
    if let Some(own) = form.stored.form.field("person")
        && own.kind == FieldKind::Person
    {
        state.set(own.id.clone(), context.person_name.clone());
    }
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/new/{key}"),
        draft: None,
        files: &[],
    };
    show(&context, &proof, &filling, &state).await
}

async fn current(context: &Context, proof: &File, key: &str) -> Result<FormVersion, WebError> {
    let library = context.app.packs();
    let organization = proof.organization();
    let form = store::in_force(
        context.database(),
        &library,
        organization,
        key,
        context.today,
    );
    Ok(form.await?)
}

/// Keeps what was filled in, and shows it for confirmation.
pub(super) async fn create(
    context: Context,
    PathOf(key): PathOf<String>,
    request: HttpRequest,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let form = current(&context, &proof, &key).await?;
    let received = receive(&context, request).await?;
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/new/{key}"),
        draft: None,
        files: &[],
    };
    keep(&context, &proof, filling, received).await
}

/// The form of a draft, in the version with which it was begun.
pub(super) async fn edit(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let (draft, form, files) = of_draft(&context, &proof, id).await?;
    let state = state_of(&form.stored.form, &draft.answers);
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/drafts/{id}/edit"),
        draft: Some((id, draft.revision)),
        files: &files,
    };
    show(&context, &proof, &filling, &state).await
}

/// Keeps the changes of a draft.
pub(super) async fn save(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    request: HttpRequest,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::FileRequests>().await?;
    let (draft, form, files) = of_draft(&context, &proof, id).await?;
    let received = receive(&context, request).await?;
    let seen = received.state.value("revision").parse();
    let filling = Filling {
        form: &form,
        action: format!("{DESK}/drafts/{id}/edit"),
        draft: Some((id, seen.unwrap_or(draft.revision))),
        files: &files,
    };
    keep(&context, &proof, filling, received).await
}

pub(super) async fn of_draft(
    context: &Context,
    proof: &File,
    id: Uuid,
) -> Result<(store::Draft, FormVersion, Vec<KeptFile>), WebError> {
    let me = me(context)?;
    let draft = store::draft(context.database(), proof, me, id).await?;
    let form = FormVersion {
        key: draft.form_key.clone(),
        number: draft.form_number,
        from: context.today,
        stored: store::form_of(context.database(), &draft.fingerprint).await?,
        fingerprint: draft.fingerprint.clone(),
    };
    let files = store::files_of_draft(context.database(), proof, id).await?;
    Ok((draft, form, files))
}

/// Saves a draft with its files; goes on to the confirmation where it can be filed.
async fn keep(
    context: &Context,
    proof: &File,
    filling: Filling<'_>,
    received: Received,
) -> Result<Response, WebError> {
    let me = me(context)?;
    let t = context.t();
    let Received {
        mut state,
        files,
        refused,
    } = received;
    let form = &filling.form.stored.form;
    let choices = offered(context, proof).await?;
    let mut answers = read_answers(t, form, &mut state, &choices.systems);
    for (field, key) in &refused {
        let name = field.strip_prefix("file-").unwrap_or(field);
        state.add_error(name.to_owned(), t.find(key).unwrap_or_default());
    }
    let dropped: BTreeSet<Uuid> = state
        .values("drop-file")
        .iter()
        .filter_map(|id| yagura_kernel::id::parse_uuid(id).ok())
        .collect();
    let kept_files: Vec<&KeptFile> = filling
        .files
        .iter()
        .filter(|file| !dropped.contains(&file.id))
        .collect();
    if kept_files.len() + files.len() > MOST_FILES {
        state.add_form_error(t.t("requests-fault-too-many"));
    }
    for field in form.fields.iter().filter(|f| f.kind == FieldKind::File) {
        let sent = format!("file-{}", field.id);
        let old = kept_files
            .iter()
            .filter(|f| f.field == field.id)
            .map(|f| f.id);
        let new = files.iter().filter(|f| f.field == sent).map(|f| f.id);
        answers.set(&field.id, old.chain(new).map(|id| id.to_string()));
    }
    for (field, fault) in check_answers(form, &answers, context.today) {
        if state.error(&field).is_none()
            && let Some(spec) = form.field(&field)
        {
            let message = fault_words(t, spec, fault);
            state.add_error(field, message);
        }
    }
    // A draft may have gaps; what is wrong in itself may not stay.
    let only_saved = state.value("then") == "draft";
    if state.has_errors() && !only_saved {
        let response = show(context, proof, &filling, &state).await?;
        return Ok(with_status(response, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let id = save_all(context, proof, me, &filling, &answers, &dropped, files).await?;
    if only_saved {
        let done = yagura_web::FlashMessage::done("requests-draft-saved");
        return Ok(context.redirect(DESK, done));
    }
    Ok(see_other(&format!("{DESK}/drafts/{id}")))
}

async fn save_all(
    context: &Context,
    proof: &File,
    me: PersonId,
    filling: &Filling<'_>,
    answers: &Answers,
    dropped: &BTreeSet<Uuid>,
    files: Vec<crate::upload::Arrived>,
) -> Result<Uuid, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let id = store::save_draft(
        &mut tx,
        proof,
        ids,
        me,
        filling.draft,
        filling.form,
        answers,
        context.now,
    )
    .await?;
    for file in dropped {
        store::forget_file(&mut tx, proof, id, *file).await?;
    }
    for file in files {
        let field = file.field.strip_prefix("file-").unwrap_or_default();
        let of = (file.id, field, file.name.as_str(), file.media_type);
        store::keep_file(&mut tx, proof, me, id, of, &file.blob, context.now).await?;
    }
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(id)
}

pub(crate) fn fault_words(t: &Translator, field: &FormField, fault: AnswerFault) -> String {
    let label = words::text(t, &field.label);
    let longest = match fault {
        AnswerFault::TooLong { longest } => longest,
        _ => 0,
    };
    let key = fault.message_key();
    t.t_args(key, args![("label", label), ("longest", longest)])
        .into_owned()
}

/// What was typed as answers: days in ISO, systems with their id.
pub(crate) fn read_answers(
    t: &Translator,
    form: &RequestForm,
    state: &mut FormState,
    systems: &[Named],
) -> Answers {
    let mut answers = Answers::default();
    for field in &form.fields {
        let typed: Vec<String> = state
            .values(&field.id)
            .iter()
            .map(|value| value.trim().replace("\r\n", "\n"))
            .filter(|value| !value.is_empty())
            .collect();
        match field.kind {
            FieldKind::Date => match typed.first().map(|day| parse_date(day)) {
                Some(Ok(day)) => answers.set(&field.id, [format_iso(day)]),
                Some(Err(error)) => {
                    let message = date_error(t, words::text(t, &field.label), &error);
                    state.add_error(field.id.clone(), message);
                }
                None => {}
            },
            FieldKind::System => {
                let Some(first) = typed.first() else { continue };
                let known = systems
                    .iter()
                    .find(|system| system.id.to_string() == *first);
                let other = state
                    .value(&format!("{}-other", field.id))
                    .trim()
                    .to_owned();
                match known {
                    Some(system) => {
                        answers.set(&field.id, [system.name.clone(), system.id.to_string()]);
                    }
                    None if first == "other" => answers.set(&field.id, [other]),
                    None => answers.set(&field.id, [first.clone()]),
                }
            }
            FieldKind::Department => {
                let Some(first) = typed.first() else { continue };
                let other = state
                    .value(&format!("{}-other", field.id))
                    .trim()
                    .to_owned();
                let name = if first == "other" {
                    other
                } else {
                    first.clone()
                };
                answers.set(&field.id, [name]);
            }
            FieldKind::File => {}
            _ => answers.set(&field.id, typed),
        }
    }
    answers
}

/// Stored answers as the fields show them.
pub(crate) fn state_of(form: &RequestForm, answers: &Answers) -> FormState {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for field in &form.fields {
        match field.kind {
            FieldKind::System => match answers.of(&field.id) {
                [_, id] => pairs.push((field.id.clone(), id.clone())),
                [name, ..] => {
                    pairs.push((field.id.clone(), "other".to_owned()));
                    pairs.push((format!("{}-other", field.id), name.clone()));
                }
                [] => {}
            },
            FieldKind::Department => {
                let name = answers.first(&field.id).to_owned();
                pairs.push((format!("{}-other", field.id), name.clone()));
                pairs.push((field.id.clone(), name));
            }
            FieldKind::File => {}
            _ => pairs.extend(
                answers
                    .of(&field.id)
                    .iter()
                    .map(|value| (field.id.clone(), value.clone())),
            ),
        }
    }
    FormState::from_pairs(pairs)
}

async fn show(
    context: &Context,
    proof: &File,
    filling: &Filling<'_>,
    state: &FormState,
) -> Result<Response, WebError> {
    let t = context.t();
    let choices = offered(context, proof).await?;
    let stored = &filling.form.stored;
    let mut frame = context.frame(words::text(t, &stored.title));
    frame.breadcrumbs = crumbs(context);
    frame.lede = Some(html! { (words::text(t, &stored.form.summary)) });
    let body = html! {
        (error_summary(t, state))
        p.small { (t.t("requests-screen-fill")) }
        (form(t, &Form::post(&filling.action).upload(), html! {
            @if let Some((_, revision)) = filling.draft {
                (hidden("revision", &revision.to_string()))
            }
            (fields(context, &stored.form, state, &choices, filling.files))
            (button_row(&Button::primary(t.t("requests-go-on")), &[
                button(&Button::secondary(t.t("requests-save-draft")).sending("then", "draft")),
                html! { a href=(DESK) { (t.t("requests-cancel")) } },
            ]))
        }))
    };
    context.respond(frame, body).await
}

/// When a field is asked, in words: 「個人情報が含まれますか」が「はい」のとき.
pub(crate) fn condition_words(
    t: &Translator,
    form: &RequestForm,
    conditions: &[Condition],
) -> String {
    let parts: Vec<String> = conditions
        .iter()
        .map(|condition| {
            let field = form.field(&condition.field);
            let label = field.map_or(condition.field.as_str(), |f| words::text(t, &f.label));
            if condition.is.is_empty() {
                return t
                    .t_args("requests-when-answered", args![("label", label)])
                    .into_owned();
            }
            let answers: Vec<String> = condition
                .is
                .iter()
                .map(|value| match field {
                    Some(field) if field.kind == FieldKind::YesNo => {
                        let yes = value == "yes";
                        t.t(if yes { "requests-yes" } else { "requests-no" })
                            .to_owned()
                    }
                    Some(field) => crate::model::entry::text_of(
                        field,
                        std::slice::from_ref(value),
                        t.lang().code(),
                    ),
                    None => value.clone(),
                })
                .collect();
            let words = args![("label", label), ("answers", answers.join(" / "))];
            t.t_args("requests-when-is", words).into_owned()
        })
        .collect();
    parts.join(t.t("requests-and"))
}

/// The fields of a form.
pub(crate) fn fields(
    context: &Context,
    form: &RequestForm,
    state: &FormState,
    choices: &Offered,
    files: &[KeptFile],
) -> Markup {
    html! {
        @for field in &form.fields { (one(context, form, field, state, choices, files)) }
    }
}

fn one(
    context: &Context,
    form: &RequestForm,
    field: &FormField,
    state: &FormState,
    choices: &Offered,
    files: &[KeptFile],
) -> Markup {
    let t = context.t();
    let label = words::text(t, &field.label);
    let hint = html! {
        @if !field.shown_when.is_empty() {
            (t.t_args("requests-only-when", args![("when", condition_words(t, form, &field.shown_when))])) " "
        } @else if !field.required && !field.required_when.is_empty() {
            (t.t_args("requests-required-when", args![("when", condition_words(t, form, &field.required_when))])) " "
        }
        (words::text(t, &field.help))
    };
    let mut shown = Field::new(&field.id, label);
    if !hint.0.trim().is_empty() {
        shown = shown.hint_markup(hint);
    }
    if field.required && field.shown_when.is_empty() {
        shown = shown.required();
    }
    match field.kind {
        FieldKind::Text => text_field(t, state, &shown.longest(LONGEST_LINE)),
        FieldKind::Person => {
            text_field(t, state, &shown.longest(LONGEST_LINE).width(Width::Medium))
        }
        FieldKind::LongText => textarea(t, state, &shown.longest(LONGEST_ANSWER).rows(3)),
        FieldKind::Date => date_field(t, state, &shown),
        FieldKind::YesNo => {
            let both = [
                Choice::new("yes", t.t("requests-yes")),
                Choice::new("no", t.t("requests-no")),
            ];
            radio_group(t, state, &shown, &both, RadioStyle::Big)
        }
        FieldKind::Choice | FieldKind::MultiChoice => {
            let offered: Vec<Choice<'_>> = field
                .choices
                .iter()
                .map(|choice| Choice::new(&choice.value, words::text(t, &choice.label)))
                .collect();
            if field.kind == FieldKind::MultiChoice {
                checkbox_group(t, state, &shown, &offered)
            } else if offered.len() > 6 {
                select(t, state, &shown, &with_blank(t, offered))
            } else {
                radio_group(t, state, &shown, &offered, RadioStyle::List)
            }
        }
        FieldKind::System => {
            let ids: Vec<(String, &str)> = choices
                .systems
                .iter()
                .map(|system| (system.id.to_string(), system.name.as_str()))
                .collect();
            let offered = ids.iter().map(|(id, name)| Choice::new(id, name)).collect();
            list_or_other(t, state, &field.id, &shown, offered)
        }
        FieldKind::Department => {
            let known = choices.departments.iter();
            let offered = known.map(|name| Choice::new(name, name)).collect();
            list_or_other(t, state, &field.id, &shown, offered)
        }
        FieldKind::File => {
            let name = format!("file-{}", field.id);
            let mut own = Field::new(&name, label);
            if let Some(error) = state.error(&field.id) {
                own = own.hint_markup(html! { b { (error) } });
            }
            let rules = FileRules {
                accept: ".pdf,.docx,.xlsx,.pptx,.txt,.csv,image/*",
                accepted_words: t.t("requests-file-kinds"),
                largest: context.app.config().upload_limit,
                multiple: false,
            };
            html! {
                @for file in files.iter().filter(|file| file.field == field.id) {
                    p {
                        (file.file_name) " "
                        label.row-box {
                            input type="checkbox" name="drop-file" value=(file.id);
                            " " (t.t("requests-drop-file"))
                        }
                    }
                }
                (file_field(t, state, &own, &rules))
            }
        }
    }
}

fn with_blank<'a>(t: &'a Translator, mut offered: Vec<Choice<'a>>) -> Vec<Choice<'a>> {
    offered.insert(0, Choice::new("", t.t("requests-please-choose")));
    offered
}

/// A list of what is on record, with room for what is not; only the room where nothing is on record.
fn list_or_other(
    t: &Translator,
    state: &FormState,
    id: &str,
    field: &Field<'_>,
    offered: Vec<Choice<'_>>,
) -> Markup {
    if offered.is_empty() {
        return text_field(t, state, &field.clone().longest(LONGEST_LINE));
    }
    let mut offered = with_blank(t, offered);
    offered.push(Choice::new("other", t.t("requests-other")));
    let other = format!("{id}-other");
    html! {
        (select(t, state, field, &offered))
        (text_field(t, state, &Field::new(&other, t.t("requests-other-name")).longest(LONGEST_LINE)))
    }
}

/// What is missing or wrong in a draft, for its page.
pub(super) fn gaps(context: &Context, form: &RequestForm, answers: &Answers) -> Markup {
    let t = context.t();
    let faults = check_answers(form, answers, context.today);
    html! {
        @if !faults.is_empty() {
            (note(t, Tone::Caution, html! {
                (t.t("requests-draft-gaps"))
                ul {
                    @for (id, fault) in &faults {
                        @if let Some(field) = form.field(id) { li { (fault_words(t, field, *fault)) } }
                    }
                }
            }))
        }
    }
}

/// The fields that are asked with their answers, for reading.
pub(super) fn answered<'f>(
    form: &'f RequestForm,
    answers: &Answers,
) -> impl Iterator<Item = &'f FormField> {
    let asked: BTreeSet<String> = asked(form, answers)
        .into_iter()
        .map(str::to_owned)
        .collect();
    let kept = answers.kept(form);
    form.fields.iter().filter(move |field| {
        asked.contains(&field.id) && (!kept.of(&field.id).is_empty() || is_required(field, &kept))
    })
}
