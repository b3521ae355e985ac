//! Paper and workbooks: one request with its decisions, and the ledger of all.

use yagura_documents::Language;
use yagura_documents::forms::{
    Document, Imprint, ReportColumn, ReportDocument, ReportFact, ReportTable,
};
use yagura_documents::spreadsheet::{Cell, Column, Sheet, SpreadsheetError, Workbook};
use yagura_kernel::time::Date;
use yagura_packs::Seat;
use yagura_web::i18n::args;
use yagura_web::{Context, Lang, Translator};

use crate::model::{Decision, StepProgress, Verdict, asked};
use crate::operations::Opened;
use crate::store::{EventRow, KeptFile, Listed, Snapshot, StoredForm};
use crate::words;

fn imprint(context: &Context) -> Imprint {
    Imprint {
        language: language(context.t()),
        product: format!("Yagura {}", env!("CARGO_PKG_VERSION")),
        pack: None,
        printed_on: context.today,
        printed_by: Some(context.person_name.clone()),
        state_code: None,
        demo: context.app.config().demo,
    }
}

fn language(t: &Translator) -> Language {
    match t.lang() {
        Lang::Ja => Language::Japanese,
        Lang::En => Language::English,
    }
}

fn columns(heads: &[(&str, u16)]) -> Vec<ReportColumn> {
    heads
        .iter()
        .map(|(heading, weight)| ReportColumn {
            heading: (*heading).to_owned(),
            weight: *weight,
        })
        .collect()
}

/// What happened, in words.
pub(crate) fn event_words(t: &Translator, stored: &StoredForm, event: &EventRow) -> String {
    let step = event
        .step
        .as_deref()
        .and_then(|id| stored.form.step(id))
        .map(|step| words::text(t, &step.title).to_owned())
        .unwrap_or_default();
    let seat = |code: Option<&str>| {
        code.and_then(Seat::from_code)
            .map(|seat| words::seat(t, seat).to_owned())
            .unwrap_or_default()
    };
    let verdict = match event.text_of("verdict") {
        Some("rejected") => words::verdict(t, Verdict::Rejected),
        Some("done") => words::verdict(t, Verdict::Done),
        Some("recorded") => words::verdict(t, Verdict::Recorded),
        _ => words::verdict(t, Verdict::Granted),
    };
    let key = match event.event.as_str() {
        "filed" => "requests-event-filed",
        "decided"
            if event
                .detail
                .get("together_with")
                .is_some_and(serde_json::Value::is_array) =>
        {
            "requests-event-together"
        }
        "decided" => "requests-event-decided",
        "asked" => "requests-event-asked",
        "answered" => "requests-event-answered",
        "withdrawn" => "requests-event-withdrawn",
        "recalled" => "requests-event-recalled",
        "escalated" => "requests-event-escalated",
        "granted" => "requests-event-granted",
        "recorded" => "requests-event-recorded",
        "unanswered" => "requests-event-unanswered",
        "handed-over" if event.texts_of("now").is_empty() => "requests-event-left-to-nobody",
        "handed-over" => "requests-event-handed-over",
        "finished" => "requests-event-finished",
        _ => return event.event.clone(),
    };
    let to = seat(event.text_of("to"));
    let arguments = args![
        ("step", step),
        ("seat", seat(event.seat.as_deref())),
        ("verdict", verdict),
        ("to", to),
        ("gone", event.texts_of("gone").join("、")),
        ("now", event.texts_of("now").join("、"))
    ];
    t.t_args(key, arguments).into_owned()
}

/// The paper of a request: what was asked for, who decided, what happened.
pub(crate) fn paper(
    context: &Context,
    opened: &Opened,
    files: &[KeptFile],
    events: &[EventRow],
) -> Document {
    let t = context.t();
    let request = &opened.request;
    let spec = &opened.stored.form;
    let asked = asked(spec, &request.answers);
    let fact = |label: &str, text: String| ReportFact {
        label: label.to_owned(),
        text,
    };
    let mut facts = vec![
        fact(
            t.t("requests-standing"),
            words::standing_of(t, &request.course).to_owned(),
        ),
        fact(
            t.t("requests-filer"),
            words::name(t, &opened.snapshot, request.filer),
        ),
        fact(t.t("requests-filed-on"), t.date_time(request.filed_at)),
    ];
    for field in spec.fields.iter().filter(|f| asked.contains(f.id.as_str())) {
        let text = words::answer_text(t, field, request.answers.of(&field.id), files);
        facts.push(fact(words::text(t, &field.label), text));
    }
    ReportDocument {
        imprint: imprint(context),
        title: format!(
            "{} {}",
            words::text(t, &opened.stored.title),
            request.label()
        ),
        subtitle: context.organization.name.clone(),
        landscape: false,
        facts,
        tables: vec![
            ReportTable {
                heading: t.t("requests-way").to_owned(),
                columns: columns(&[
                    (t.t("requests-step"), 4),
                    (t.t("requests-who"), 5),
                    (t.t("requests-verdict"), 2),
                    (t.t("requests-when-and-note"), 6),
                ]),
                rows: decisions(t, opened),
                none: t.t("requests-no-decision").to_owned(),
            },
            ReportTable {
                heading: t.t("requests-timeline").to_owned(),
                columns: columns(&[
                    (t.t("requests-when"), 4),
                    (t.t("requests-who"), 4),
                    (t.t("requests-event"), 9),
                ]),
                rows: events.iter().map(|e| event_row(t, opened, e)).collect(),
                none: String::new(),
            },
        ],
    }
    .into()
}

fn event_row(t: &Translator, opened: &Opened, event: &EventRow) -> Vec<String> {
    let mut text = event_words(t, &opened.stored, event);
    let said = event.text_of("text").or_else(|| event.text_of("note"));
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        text.push('\n');
        text.push_str(said);
    }
    let who = event_by(t, event).to_owned();
    vec![t.date_time(event.at), who, text]
}

/// Who did something: what is only recorded was decided by nobody.
pub(crate) fn event_by<'a>(t: &'a Translator, event: &'a EventRow) -> &'a str {
    let recorded = event.event == "recorded" || event.text_of("verdict") == Some("recorded");
    match &event.by_name {
        Some(name) if !recorded => name,
        _ => t.t("requests-program"),
    }
}

fn decisions(t: &Translator, opened: &Opened) -> Vec<Vec<String>> {
    let course = &opened.request.course;
    let mut rows = Vec::new();
    for (step, spec) in course.steps.iter().zip(&opened.stored.form.route) {
        let title = words::text(t, &spec.title).to_owned();
        if step.progress == StepProgress::Skipped {
            let skipped = t.t("requests-skipped").to_owned();
            rows.push(vec![title, String::new(), skipped, String::new()]);
            continue;
        }
        for seat in &step.seats {
            let at = words::seat(t, seat.seat);
            match &seat.decision {
                Some(decision) => rows.push(decision_row(t, opened, &title, at, decision)),
                None => rows.push(vec![
                    title.clone(),
                    at.to_owned(),
                    t.t("requests-undecided").to_owned(),
                    String::new(),
                ]),
            }
        }
    }
    rows
}

fn decision_row(
    t: &Translator,
    opened: &Opened,
    title: &str,
    seat: &str,
    decision: &Decision,
) -> Vec<String> {
    let mut who = if decision.verdict == Verdict::Recorded {
        format!("― ({seat})")
    } else {
        format!("{} ({seat})", words::name(t, &opened.snapshot, decision.by))
    };
    if let Some(what) = words::capacity(t, &opened.snapshot, decision.capacity) {
        who.push('\n');
        who.push_str(&what);
    }
    let mut when = t.date_time(decision.at);
    if let Some((_, first)) = &decision.together_with {
        when.push('\n');
        let words = args![("seat", words::seat(t, *first))];
        when.push_str(&t.t_args("requests-together", words));
    }
    if !decision.note.is_empty() {
        when.push('\n');
        when.push_str(&decision.note);
    }
    let verdict = words::verdict(t, decision.verdict).to_owned();
    vec![title.to_owned(), who, verdict, when]
}

/// By whom and when a file is made.
pub(crate) struct Made {
    translator: Translator,
    today: Date,
    institution: String,
    demo: bool,
}

impl Made {
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            translator: context.t().clone(),
            today: context.today,
            institution: context.organization.name.clone(),
            demo: context.app.config().demo,
        }
    }
}

/// The ledger of all requests as a workbook.
pub(crate) fn workbook(
    made: &Made,
    snapshot: &Snapshot,
    rows: &[Listed],
    left: i64,
) -> Result<Vec<u8>, SpreadsheetError> {
    let t = &made.translator;
    let heads = [
        ("requests-number", 12.0),
        ("requests-what", 28.0),
        ("requests-subject", 40.0),
        ("requests-filer", 16.0),
        ("requests-department", 16.0),
        ("requests-filed-on", 14.0),
        ("requests-standing", 14.0),
        ("requests-where", 30.0),
        ("requests-due", 14.0),
        ("requests-closed-on", 14.0),
    ];
    let columns: Vec<Column> = heads
        .iter()
        .map(|(key, width)| Column::new(t.find(key).unwrap_or_default(), *width))
        .collect();
    let mut sheet = Sheet::new(t.t("requests-all"), columns).landscape();
    sheet.header();
    for one in rows {
        let waiting = if one.standing.is_closed() {
            String::new()
        } else {
            words::waiting(t, snapshot, &one.course)
        };
        sheet.row(vec![
            Cell::text(one.label.clone()),
            Cell::text(words::text(t, &one.form)),
            Cell::text(one.subject.clone()),
            Cell::text(one.filer_name.clone()),
            Cell::text(one.department.clone()),
            Cell::Date(one.filed_at.jst_date()),
            Cell::text(words::standing_of(t, &one.course)),
            Cell::text(waiting),
            Cell::date(one.due),
            Cell::date(one.closed_at.map(|at| at.jst_date())),
        ]);
    }
    if left > 0 {
        sheet.row(vec![Cell::text(left_out(t, left))]);
    }
    let mut workbook = Workbook::new(t.t("requests-all"), language(t))
        .created(made.today)
        .demo(made.demo)
        .footer(made.institution.clone());
    workbook.push(sheet);
    workbook.to_bytes()
}

/// That a file does not hold every request.
fn left_out(t: &Translator, left: i64) -> String {
    t.t_args("requests-left-out", args![("count", left)])
        .into_owned()
}

/// The ledger of all requests on paper.
pub(crate) fn ledger(
    context: &Context,
    snapshot: &Snapshot,
    rows: &[Listed],
    left: i64,
) -> Document {
    let t = context.t();
    let rows = rows
        .iter()
        .map(|one| {
            let now = match one.closed_at {
                Some(closed) => t.date(closed.jst_date()),
                None => words::waiting(t, snapshot, &one.course),
            };
            vec![
                one.label.clone(),
                format!("{}\n{}", words::text(t, &one.form), one.subject),
                format!("{}\n{}", one.filer_name, one.department),
                t.date(one.filed_at.jst_date()),
                words::standing_of(t, &one.course).to_owned(),
                now,
            ]
        })
        .collect();
    ReportDocument {
        imprint: imprint(context),
        title: t.t("requests-all").to_owned(),
        subtitle: context.organization.name.clone(),
        landscape: true,
        facts: match left {
            0 => Vec::new(),
            left => vec![ReportFact {
                label: t.t("requests-left-out-label").to_owned(),
                text: left_out(t, left),
            }],
        },
        tables: vec![ReportTable {
            heading: String::new(),
            columns: columns(&[
                (t.t("requests-number"), 3),
                (t.t("requests-what"), 9),
                (t.t("requests-filer"), 5),
                (t.t("requests-filed-on"), 5),
                (t.t("requests-standing"), 4),
                (t.t("requests-where"), 8),
            ]),
            rows,
            none: t.t("requests-all-none").to_owned(),
        }],
    }
    .into()
}
