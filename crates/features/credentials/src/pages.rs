//! The pages: how to check, keys, verdicts, one verdict.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{DefaultBodyLimit, Multipart};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use credentialcheck::verdict::{ClassCounts, SharedKind};
use credentialcheck::{DeviceClass, Fault, Verdict};
use maud::{Markup, html};
use uuid::Uuid;
use yagura_evidence::EvidenceHost;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::PathOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, description_list, empty_state,
    note, relative_time, steps, tag,
};
use yagura_web::ui::forms::{
    Button, Field, FileRules, Form, FormState, button_row, checkbox, error_summary, file_field,
    form, hidden,
};
use yagura_web::ui::layout::Crumb;
use yagura_web::{Access, Context, FlashMessage, Routes, SubmittedForm, Translator, WebError};

use crate::model::{Counted, LARGEST, VALID_DAYS, reused, strong};
use crate::operations;
use crate::store::{self, Counting, KeyRow, VerdictRow};

const PATH: &str = "/credentials";
/// How many verdicts the page lists.
const SHOWN: i64 = 20;
/// How many findings the page of a verdict lists.
const FINDINGS: usize = 300;
const FILE: &str = "file";
const COMPARED: &str = "compared";

/// The sheets behind whose items verdicts stand, as handlers get them.
#[derive(Clone)]
pub(crate) struct Host(pub(crate) Arc<dyn EvidenceHost>);

/// The addresses of the pages.
pub(crate) fn routes(host: &Arc<dyn EvidenceHost>) -> Routes {
    let host = Extension(Host(Arc::clone(host)));
    let read = Access::Action(Action::ReadEvidence);
    let manage = Access::Action(Action::ManageEvidence);
    let limit = DefaultBodyLimit::max(LARGEST + (64 << 10));
    Routes::new()
        .get(PATH, read, page)
        .post(PATH, manage, upload.layer(host.clone()).layer(limit))
        .get("/credentials/{verdict}", read, one)
        .post("/credentials/keys/{key}/trust", manage, trust.layer(host))
        .post("/credentials/keys/{key}/revoke", manage, revoke)
        .post("/credentials/files/retire", manage, retire)
}

async fn page(context: Context) -> Result<Response, WebError> {
    shown(&context, &FormState::empty()).await
}

async fn shown(context: &Context, state: &FormState) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadEvidence>().await?;
    let database = context.database();
    let keys = store::keys(database, &proof).await?;
    let verdicts = store::verdicts(database, &proof, None, SHOWN).await?;
    let counting = store::counting(database, &proof).await?;
    let may_manage = context
        .authorize_own::<actions::ManageEvidence>()
        .await
        .is_ok();
    let t = context.t();
    let rules = FileRules {
        accept: ".json",
        accepted_words: t.t("credentials-accepted"),
        largest: u64::try_from(LARGEST).unwrap_or(u64::MAX),
        multiple: false,
    };
    let body = html! {
        (error_summary(t, state))
        @for key in keys.iter().filter(|key| key.is_waiting()) {
            (waiting(context, key, may_manage))
        }
        @if !counting.files.is_empty() {
            (card(t.t("credentials-counting"), html! {
                p { (t.t_args("credentials-counting-why", args![("days", VALID_DAYS)])) }
                (counting_table(context, &counting, may_manage))
            }))
        }
        (card(t.t("credentials-verdicts"), html! {
            @if verdicts.is_empty() {
                (empty_state(t.t("credentials-none"), html! { (t.t("credentials-none-why")) }))
            } @else { (verdict_table(context, &verdicts)) }
        }))
        @if may_manage {
            (card(t.t("credentials-upload"), form(t, &Form::post(PATH).upload(), html! {
                (file_field(t, state, &Field::new(FILE, t.t("credentials-file")).required(), &rules))
                (button_row(&Button::primary(t.t("credentials-upload")), &[]))
            })))
        }
        (card(t.t("credentials-how"), html! {
            (steps(&[
                (t.t("credentials-step-1"), html! {
                    p { (t.t("credentials-step-1-why")) }
                    pre { code { "yagura credentials check servers.kdbx network.kdbx --out verdict.json" } }
                }),
                (t.t("credentials-step-2"), html! { (t.t("credentials-step-2-why")) }),
                (t.t("credentials-step-3"), html! { (t.t("credentials-step-3-why")) }),
            ]))
            p.small { (t.t_args("credentials-what-counts", args![("days", VALID_DAYS)])) }
        }))
        @if !keys.is_empty() { (card(t.t("credentials-keys"), key_table(context, &keys, may_manage))) }
    };
    let mut frame = context.frame(t.t("credentials-title"));
    frame.lede = Some(html! { (t.t("credentials-lede")) });
    context.respond(frame, body).await
}

/// A key whose fingerprint nobody has compared yet.
fn waiting(context: &Context, key: &KeyRow, may_manage: bool) -> Markup {
    let t = context.t();
    let action = format!("{PATH}/keys/{}/trust", key.id);
    let state = FormState::empty().with_id_prefix(format!("k{}-", key.id.simple()));
    card(
        t.t("credentials-waiting"),
        html! {
            (note(t, Tone::Caution, html! {
                (t.t_args("credentials-waiting-why", args![("count", key.verdicts)]))
            }))
            p { strong { code { (key.fingerprint) } } }
            @if may_manage {
                (form(t, &Form::post(&action), html! {
                    (checkbox(t, &state, &Field::new(COMPARED, t.t("credentials-compared")).required()))
                    (button_row(&Button::primary(t.t("credentials-trust")), &[]))
                }))
                (form(t, &Form::post(&format!("{PATH}/keys/{}/revoke", key.id)), html! {
                    (button_row(&Button::quiet(t.t("credentials-distrust")), &[]))
                }))
            }
        },
    )
}

fn key_table(context: &Context, keys: &[KeyRow], may_manage: bool) -> Markup {
    let t = context.t();
    let rows = keys
        .iter()
        .map(|key| {
            let state = if key.is_trusted() {
                tag(Tone::Success, t.t("credentials-key-trusted"))
            } else if key.is_waiting() {
                tag(Tone::Caution, t.t("credentials-key-waiting"))
            } else {
                tag(Tone::Neutral, t.t("credentials-key-revoked"))
            };
            let revoke = format!("{PATH}/keys/{}/revoke", key.id);
            TableRow::new(vec![
                html! { code { (key.fingerprint) } },
                state,
                html! {
                    @if let Some(at) = key.trusted_at {
                        (date_time(t, at)) " " (key.trusted_by_name.as_deref().unwrap_or_default())
                    }
                },
                html! { (date_time(t, key.first_seen_at)) },
                html! { (key.verdicts) },
                html! {
                    @if may_manage && key.is_trusted() {
                        (form(t, &Form::post(&revoke).confirm(t.t("credentials-revoke-confirm")), html! {
                            (button_row(&Button::quiet(t.t("credentials-revoke")), &[]))
                        }))
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("credentials-keys"),
        vec![
            Column::text(t.t("credentials-fingerprint")),
            Column::text(t.t("credentials-state")),
            Column::text(t.t("credentials-compared-by")),
            Column::text(t.t("credentials-first-seen")),
            Column::number(t.t("credentials-verdicts")),
            Column::text(t.t("credentials-revoke")),
        ],
        rows,
    ))
}

fn class_word(t: &Translator, class: DeviceClass) -> &str {
    t.find(&format!("credentials-class-{}", class.code()))
        .unwrap_or_default()
}

fn fault_word(t: &Translator, fault: Fault) -> &str {
    t.find(&format!(
        "credentials-fault-{}",
        fault.code().replace('_', "-")
    ))
    .unwrap_or_default()
}

fn outcome(t: &Translator, judgement: crate::model::Judgement) -> Markup {
    use yagura_kernel::probe::Outcome;
    let (tone, word) = match judgement.outcome {
        Outcome::Satisfied => (Tone::Success, "credentials-outcome-satisfied"),
        Outcome::Violated => (Tone::Late, "credentials-outcome-violated"),
        Outcome::Unknown => (Tone::Caution, "credentials-outcome-unknown"),
    };
    tag(tone, t.find(word).unwrap_or_default())
}

/// Entries of a class and how many of them have something wrong.
fn class_sum(t: &Translator, counts: &ClassCounts) -> Markup {
    let faulty = counts.entries.saturating_sub(counts.faultless);
    let words = t.t_args(
        "credentials-class-sum",
        args![
            ("class", class_word(t, counts.class)),
            ("entries", counts.entries),
            ("faulty", faulty)
        ],
    );
    html! { (words) }
}

/// Which verdict counts of which file.
fn counting_table(context: &Context, counting: &Counting, may_manage: bool) -> Markup {
    let t = context.t();
    let rows = counting
        .files
        .iter()
        .filter_map(|file| {
            let row = counting.verdicts.get(file.verdict)?;
            let is_old = row.checked_at.plus_days(VALID_DAYS) < context.now;
            let entries = row.verdict.files.get(file.place)?.entries;
            let faulty = row.verdict.findings_of(file.place).count();
            Some(TableRow::new(vec![
                html! { (file.label) },
                html! {
                    a href={ (PATH) "/" (row.id) } { (date_time(t, row.checked_at)) } " "
                    @if is_old { (tag(Tone::Caution, t.t("credentials-old"))) }
                    @else { (tag(Tone::Success, t.t("credentials-counted"))) }
                },
                html! { (entries) },
                html! { (faulty) },
                html! { @if may_manage {
                    (form(t, &Form::post(&format!("{PATH}/files/retire"))
                        .confirm(t.t("credentials-retire-confirm")), html! {
                        (hidden("label", &file.label))
                        (button_row(&Button::quiet(t.t("credentials-retire")), &[]))
                    }))
                } },
            ]))
        })
        .collect();
    data_table(&Table::new(
        t.t("credentials-counting"),
        vec![
            Column::text(t.t("credentials-files")),
            Column::text(t.t("credentials-checked-at")),
            Column::number(t.t("credentials-entries")),
            Column::number(t.t("credentials-faulty")),
            Column::text(t.t("credentials-retire")),
        ],
        rows,
    ))
}

fn verdict_table(context: &Context, verdicts: &[VerdictRow]) -> Markup {
    let t = context.t();
    let rows = verdicts
        .iter()
        .map(|row| {
            let is_old = row.checked_at.plus_days(VALID_DAYS) < context.now;
            TableRow::new(vec![
                html! {
                    a href={ (PATH) "/" (row.id) } { (date_time(t, row.checked_at)) }
                    br; (relative_time(t, row.checked_at, context.now))
                    @for file in &row.verdict.files { br; span.small { (file.label) } }
                },
                if !row.is_trusted {
                    tag(Tone::Caution, t.t("credentials-not-counted"))
                } else if is_old {
                    tag(Tone::Caution, t.t("credentials-old"))
                } else {
                    tag(Tone::Success, t.t("credentials-counted"))
                },
                outcome(t, strong(&Counted::whole(&row.verdict))),
                outcome(t, reused(&Counted::whole(&row.verdict))),
                html! {
                    @for counts in &row.verdict.classes { (class_sum(t, counts)) br; }
                },
                html! {
                    @if let Some(id) = row.evidence {
                        a href={ "/evidence/" (id) } { (t.t("credentials-evidence")) }
                    }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("credentials-verdicts"),
        vec![
            Column::text(t.t("credentials-checked-at")),
            Column::text(t.t("credentials-state")),
            Column::text(t.t("credentials-item-7")),
            Column::text(t.t("credentials-item-8")),
            Column::text(t.t("credentials-by-class")),
            Column::text(t.t("credentials-evidence")),
        ],
        rows,
    ))
}

async fn one(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let owner = store::verdict_owner(context.database(), id)
        .await?
        .ok_or(WebError::NotFound)?;
    let proof = context.authorize::<actions::ReadEvidence>(owner).await?;
    let row = store::verdict(context.database(), &proof, id)
        .await?
        .ok_or(WebError::NotFound)?;
    let t = context.t();
    let verdict = &row.verdict;
    let facts = [
        (
            t.t("credentials-checked-at"),
            html! { (date_time(t, row.checked_at)) },
        ),
        (
            t.t("credentials-uploaded-at"),
            html! { (date_time(t, row.uploaded_at)) " " (row.uploaded_by.as_deref().unwrap_or_default()) },
        ),
        (t.t("credentials-tool"), html! { (verdict.tool) }),
        (
            t.t("credentials-files"),
            html! { ul { @for file in &verdict.files {
                li { (file.label) " (" (file.entries) ")" br; span.small { "SHA-256 " code { (file.sha256) } } }
            } } },
        ),
        (
            t.t("credentials-fingerprint"),
            html! { code { (row.fingerprint) } },
        ),
        (t.t("credentials-ignored"), html! { (ignored(t, verdict)) }),
        (
            t.t("credentials-item-7"),
            outcome(t, strong(&Counted::whole(verdict))),
        ),
        (
            t.t("credentials-item-8"),
            outcome(t, reused(&Counted::whole(verdict))),
        ),
    ];
    let body = html! {
        @if !row.is_trusted {
            (note(t, Tone::Caution, html! { (t.t("credentials-not-counted-why")) }))
        }
        (card(t.t("credentials-verdict"), description_list(&facts)))
        (card(t.t("credentials-by-class"), counts_table(t, verdict)))
        (card(t.t("credentials-findings"), html! {
            @if verdict.findings.is_empty() {
                (empty_state(t.t("credentials-no-findings"), html! {}))
            } @else {
                @if verdict.findings.len() > FINDINGS {
                    p { (t.t_args("credentials-first", args![
                        ("shown", u32::try_from(FINDINGS).unwrap_or(u32::MAX)),
                        ("count", u32::try_from(verdict.findings.len()).unwrap_or(u32::MAX))
                    ])) }
                }
                (findings_table(t, verdict))
            }
        }))
    };
    let mut frame = context.frame(t.t("credentials-verdict"));
    frame.breadcrumbs = vec![Crumb::new(t.t("credentials-title"), PATH)];
    context.respond(frame, body).await
}

fn ignored(t: &Translator, verdict: &Verdict) -> String {
    let ignored = verdict.ignored();
    t.t_args(
        "credentials-ignored-counts",
        args![
            ("recycled", ignored.recycled),
            ("templates", ignored.templates),
            ("notes", ignored.notes),
            ("references", ignored.references)
        ],
    )
    .into_owned()
}

fn counts_table(t: &Translator, verdict: &Verdict) -> Markup {
    let mut columns = vec![Column::text(t.t("credentials-fault"))];
    for counts in &verdict.classes {
        columns.push(Column::number(class_word(t, counts.class)));
    }
    let line = |label: &str, number: &dyn Fn(&ClassCounts) -> u32| {
        let mut cells = vec![html! { (label) }];
        cells.extend(verdict.classes.iter().map(|one| html! { (number(one)) }));
        TableRow::new(cells)
    };
    let mut rows = vec![
        line(t.t("credentials-entries"), &|one| one.entries),
        line(t.t("credentials-faultless"), &|one| one.faultless),
    ];
    for fault in Fault::ALL {
        if verdict.count(fault) > 0 {
            rows.push(line(fault_word(t, fault), &|one| {
                one.faults.get(&fault).copied().unwrap_or_default()
            }));
        }
    }
    data_table(&Table::new(t.t("credentials-by-class"), columns, rows))
}

/// In which file an entry stands.
fn file_of(verdict: &Verdict, number: u32) -> &str {
    let place = verdict.file_of(number).map(|(place, _)| place);
    let file = place.and_then(|place| verdict.files.get(place));
    file.map(|file| file.label.as_str()).unwrap_or_default()
}

fn findings_table(t: &Translator, verdict: &Verdict) -> Markup {
    let with = |number: u32, kind: SharedKind| {
        let groups = verdict.shared.iter().filter(|one| one.kind == kind);
        let members = groups
            .filter(|one| one.members.contains(&number))
            .flat_map(|one| &one.members)
            .filter(|other| **other != number)
            .take(10)
            .map(ToString::to_string);
        members.collect::<Vec<_>>().join("、")
    };
    let rows = verdict
        .findings
        .iter()
        .take(FINDINGS)
        .map(|finding| {
            let words: Vec<&str> = Fault::ALL
                .into_iter()
                .filter(|fault| finding.faults.contains(fault))
                .map(|fault| fault_word(t, fault))
                .collect();
            let same = with(finding.number, SharedKind::Reused);
            let alike = with(finding.number, SharedKind::Similar);
            TableRow::new(vec![
                html! { (finding.number) },
                html! { (file_of(verdict, finding.number)) },
                html! { (finding.title.as_deref().unwrap_or_default()) },
                html! { (finding.group.as_deref().unwrap_or_default()) },
                html! { (class_word(t, finding.class)) },
                html! {
                    (words.join("、"))
                    @if !same.is_empty() { br; (t.t_args("credentials-same-as", args![("numbers", same)])) }
                    @if !alike.is_empty() { br; (t.t_args("credentials-alike", args![("numbers", alike)])) }
                },
            ])
        })
        .collect();
    data_table(&Table::new(
        t.t("credentials-findings"),
        vec![
            Column::number(t.t("credentials-number")),
            Column::text(t.t("credentials-files")),
            Column::text(t.t("credentials-entry-title")),
            Column::text(t.t("credentials-entry-group")),
            Column::text(t.t("credentials-class")),
            Column::text(t.t("credentials-fault")),
        ],
        rows,
    ))
}

async fn upload(
    context: Context,
    Extension(host): Extension<Host>,
    multipart: Multipart,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    let t = context.t();
    let bytes = receive(multipart).await?;
    let refused = if bytes.is_empty() {
        t.t("credentials-error-no-file")
    } else {
        match operations::upload(&context, host.0.as_ref(), &proof, &bytes).await? {
            Ok(uploaded) => {
                let message = if uploaded.is_trusted {
                    FlashMessage::done("credentials-uploaded")
                } else {
                    FlashMessage::done("credentials-uploaded-waiting")
                };
                return Ok(context.redirect(PATH, message));
            }
            Err(refused) => t.find(refused.key()).unwrap_or_default(),
        }
    };
    let mut state = FormState::empty();
    state.add_error(FILE, refused);
    let page = shown(&context, &state).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The file of the form; nothing where none was chosen.
async fn receive(mut multipart: Multipart) -> Result<Vec<u8>, WebError> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            WebError::TooLarge {
                limit: u64::try_from(LARGEST).unwrap_or(u64::MAX),
            }
        } else {
            WebError::invalid("error-not-a-form")
        }
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() == Some(FILE) {
            return Ok(field.bytes().await.map_err(broken)?.to_vec());
        }
    }
    Ok(Vec::new())
}

async fn manage_key(context: &Context, id: Uuid) -> Result<operations::Manage, WebError> {
    let owner = store::key_owner(context.database(), id)
        .await?
        .ok_or(WebError::NotFound)?;
    context.authorize::<actions::ManageEvidence>(owner).await
}

async fn trust(
    context: Context,
    Extension(host): Extension<Host>,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = manage_key(&context, id).await?;
    if state.value(COMPARED).is_empty() {
        let mut state = FormState::empty();
        state.add_form_error(context.t().t("credentials-error-compare"));
        let page = shown(&context, &state).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    operations::trust(&context, host.0.as_ref(), &proof, id).await?;
    Ok(context.redirect(PATH, FlashMessage::done("credentials-trusted")))
}

async fn revoke(context: Context, PathOf(id): PathOf<Uuid>) -> Result<Response, WebError> {
    let proof = manage_key(&context, id).await?;
    operations::revoke(&context, &proof, id).await?;
    Ok(context.redirect(PATH, FlashMessage::done("credentials-revoked")))
}

async fn retire(
    context: Context,
    SubmittedForm(state): SubmittedForm,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ManageEvidence>().await?;
    operations::retire(&context, &proof, state.value("label")).await?;
    Ok(context.redirect(PATH, FlashMessage::done("credentials-retired")))
}
