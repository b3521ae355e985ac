//! What the keys do not decide: a person says which row a device is.

use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::components::{Column, Table, TableRow, Tone, data_table, details, tag};
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, RadioStyle, button_row, form, hidden,
    radio_group, select,
};

use super::super::super::Part;
use super::View;
use crate::import::{self, Answer, Question};
use crate::model::Asset;

/// How many questions a page shows: each is a form of its own size.
pub(in crate::pages) const QUESTIONS: usize = 20;
/// Beyond so many choices a list that opens is easier to use.
const MOST_RADIOS: usize = 8;

/// An answer as the form sends it.
fn sent(answer: &Answer) -> String {
    match answer {
        Answer::Same(id) => id.to_string(),
        Answer::New => "new".to_owned(),
        Answer::LeaveOut => "leave_out".to_owned(),
    }
}

impl View<'_> {
    pub(super) fn questions(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.questions.is_empty() && self.plan.notices.is_empty() {
            return self.nothing();
        }
        let all = self.plan.questions.len();
        let shown = self.plan.questions.iter();
        let shown: Vec<&Question> = shown.skip((page - 1) * QUESTIONS).take(QUESTIONS).collect();
        html! {
            @if !shown.is_empty() {
                p { (t.t("inventory-import-questions-why")) }
                (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                    (hidden("scope", "questions"))
                    (hidden("show", "questions"))
                    (hidden("page", &page.to_string()))
                    @for (at, question) in shown.into_iter().enumerate() {
                        (self.question(at, question))
                    }
                    (button_row(&Button::secondary(t.t("inventory-import-answers-save")), &[]))
                }))
                (self.pager_of("questions", page, all, QUESTIONS))
            }
            @if !self.plan.notices.is_empty() { (self.notices()) }
        }
    }

    fn question(&self, at: usize, question: &Question) -> Markup {
        let t = self.t;
        let name = format!("answer-{at}");
        let answer = question.answer.as_ref().map(sent).unwrap_or_default();
        let state = FormState::empty().with(&name, answer);
        let rows: Vec<(String, String)> = question
            .assets
            .iter()
            .map(|(id, name)| {
                let label = t.t_args(
                    "inventory-import-answer-same",
                    args![("name", name.as_str())],
                );
                (id.to_string(), label.into_owned())
            })
            .collect();
        let choices: Vec<Choice<'_>> =
            std::iter::once(Choice::new("", t.t("inventory-import-answer-none")))
                .chain(rows.iter().map(|(id, label)| Choice::new(id, label)))
                .chain([
                    Choice::new("new", t.t("inventory-import-answer-new")),
                    Choice::new("leave_out", t.t("inventory-import-answer-leave-out")),
                ])
                .collect();
        let label = t.t_args(
            "inventory-import-question",
            args![("device", question.device.as_str())],
        );
        let field = FormField::new(&name, &label);
        let facts = [
            question.what.as_str(),
            &question.addresses.join("、"),
            &question.sources.join("、"),
        ]
        .into_iter()
        .filter(|fact| !fact.is_empty())
        .collect::<Vec<_>>()
        .join(" ・ ");
        html! {
            section.card {
                (hidden(&format!("question-{at}"), &question.key))
                p {
                    strong { (question.device) }
                    @if question.answer.is_some() {
                        " " (tag(Tone::Success, t.t("inventory-import-answered")))
                    }
                    @if !facts.is_empty() { br; span.small { (facts) } }
                }
                ul.small {
                    @for reason in &question.reasons { li { (import::doubt(t, *reason)) } }
                    @if !question.keys.is_empty() {
                        li { (t.t_args("inventory-import-question-keys", args![
                            ("keys", question.keys.join("、"))
                        ])) }
                    }
                }
                @if !question.assets.is_empty() {
                    p.small {
                        (t.t("inventory-import-rows")) ": "
                        @for (at, (id, name)) in question.assets.iter().enumerate() {
                            @if at > 0 { "、" }
                            a href={ (Asset::PATH) "/" (id) } { (name) }
                        }
                    }
                }
                @if choices.len() > MOST_RADIOS { (select(t, &state, &field, &choices)) }
                @else { (radio_group(t, &state, &field, &choices, RadioStyle::List)) }
            }
        }
    }

    fn notices(&self) -> Markup {
        let t = self.t;
        let rows = self
            .plan
            .notices
            .iter()
            .take(super::ROWS)
            .map(|notice| {
                TableRow::new(vec![
                    html! { (notice.devices.join("、")) },
                    html! { (notice.keys.join("、")) },
                    html! { (import::doubt(t, notice.reason)) },
                ])
            })
            .collect();
        details(
            t.t("inventory-import-notices"),
            data_table(
                &Table::new(
                    t.t("inventory-import-notices"),
                    vec![
                        Column::text(t.t("inventory-import-device")),
                        Column::text(t.t("inventory-import-keys")),
                        Column::text(t.t("inventory-import-doubt")),
                    ],
                    rows,
                )
                .without_row_headers(),
            ),
        )
    }
}
