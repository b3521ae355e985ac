//! 「どこが持っているか」: which members have a vulnerability or a product, as far as they share it.

use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use vulnmatch::model::VulnerabilityId;
use yagura_kernel::policy::actions;
use yagura_web::api::QueryOf;
use yagura_web::i18n::args;
use yagura_web::ui::components::{
    Column, Span, StatTile, Table, TableRow, Tone, card, data_table, empty_state, filter_bar, note,
    row, stat_tile,
};
use yagura_web::ui::forms::{Field, FormState, text_field};
use yagura_web::{Context, Translator, WebError};

use super::{PAGE, REGION, crumbs};
use crate::store::feeds::id_of;
use crate::store::findings;
use crate::store::region::{self, Numbers, Question, SMALLEST_GROUP, Touched};
use crate::words;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct RegionQuery {
    q: String,
    after: String,
}

/// What is asked: a number of a vulnerability, or `maker:product` as CPE names have it.
pub(crate) fn question_of(text: &str) -> Option<Question> {
    let text = text.trim();
    if let Ok(id) = text.parse::<VulnerabilityId>() {
        return Some(Question::Vulnerability(id));
    }
    let product = text
        .strip_prefix("cpe:2.3:")
        .and_then(|rest| rest.split_once(':'))
        .map_or(text, |(_, rest)| rest);
    let mut parts = product.split(':');
    let (maker, name) = (parts.next()?, parts.next()?);
    let fits = |text: &str| !text.is_empty() && text != "*" && text.len() <= 100;
    (fits(maker) && fits(name))
        .then(|| Question::Product(format!("{}:{}", maker.to_lowercase(), name.to_lowercase())))
}

pub(super) async fn page(
    context: Context,
    QueryOf(query): QueryOf<RegionQuery>,
) -> Result<Response, WebError> {
    let proof = context.authorize_own::<actions::ReadMembers>().await?;
    let t = context.t();
    let database = context.database();
    let question = question_of(&query.q);
    let mut frame = context.frame(t.t("vulnerabilities-region-title"));
    frame.breadcrumbs = crumbs(&context, false);
    frame.lede = Some(html! { (t.t("vulnerabilities-region-lede")) });
    let filled = FormState::empty().with("q", query.q.as_str());
    let field = Field::new("q", t.t("vulnerabilities-region-question"))
        .hint(t.t("vulnerabilities-region-hint"))
        .longest(200);
    let bar = filter_bar(t, REGION, text_field(t, &filled, &field), None);
    let answer = match &question {
        None => {
            let present = region::present(database, &proof, context.today, 20).await?;
            html! {
                @if !query.q.trim().is_empty() {
                    (note(t, Tone::Caution, html! { (t.t("vulnerabilities-region-unreadable")) }))
                }
                (card(t.t("vulnerabilities-region-present"), html! {
                    @if present.is_empty() { p { (t.t("vulnerabilities-region-present-none")) } }
                    @else { ul { @for one in &present { li {
                        @let name = id_of(one.id).to_string();
                        a href=(yagura_web::address(REGION, [("q", name.as_str())])) { (name) } " "
                        (one.title_ja.as_deref().or(one.title_en.as_deref()).unwrap_or_default()) " "
                        (t.t_args("vulnerabilities-region-members", args![("count", one.members)]))
                    } } } }
                }))
            }
        }
        Some(question) => {
            let after = query
                .after
                .split_once('_')
                .and_then(|(devices, id)| Some((devices.parse().ok()?, id.parse().ok()?)));
            let numbers = region::numbers(database, &proof, question, context.today).await?;
            let mut found =
                region::touched(database, &proof, question, context.today, after, PAGE + 1).await?;
            let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
            let has_more = found.len() > most;
            found.truncate(most);
            let next = found.last().filter(|_| has_more).map(|last| {
                let after = format!("{}_{}", last.devices, last.organization_id);
                yagura_web::address(REGION, [("q", query.q.as_str()), ("after", &after)])
            });
            let detail = json!({ "question": query.q.trim(), "members": found.len() });
            context
                .audit_read(
                    &proof,
                    "vulnerability_finding",
                    context.organization.id,
                    detail,
                )
                .await?;
            let title = match question {
                Question::Vulnerability(id) => {
                    match findings::vulnerability(database, &proof, *id).await {
                        Ok(known) => Some(words::title(t, &known)),
                        Err(crate::VulnerabilityError::NotFound) => None,
                        Err(error) => return Err(error.into()),
                    }
                }
                Question::Product(product) => Some(product.clone()),
            };
            html! {
                @match title {
                    Some(title) => p { b { (title) } },
                    None => (note(t, Tone::Caution, html! { (t.t("vulnerabilities-region-not-known")) })),
                }
                (tiles(t, &numbers))
                (members(t, question, &found, next.as_deref()))
            }
        }
    };
    context.respond(frame, html! { (bar) (answer) }).await
}

fn tiles(t: &Translator, numbers: &Numbers) -> Markup {
    let named = numbers.named.to_string();
    let unnamed = numbers.unnamed.map_or_else(
        || {
            t.t_args(
                "vulnerabilities-region-few",
                args![("count", SMALLEST_GROUP)],
            )
            .into_owned()
        },
        |number| number.to_string(),
    );
    let of = |key, number: i64| t.t_args(key, args![("count", number)]).into_owned();
    let sharing = of("vulnerabilities-region-of", numbers.sharing);
    let others = of(
        "vulnerabilities-region-of",
        numbers.overseen - numbers.sharing,
    );
    row(&[
        (
            Span::Four,
            stat_tile(&StatTile {
                label: t.t("vulnerabilities-region-named"),
                value: &named,
                unit: t.t("vulnerabilities-region-unit"),
                detail: &sharing,
                tone: Tone::Neutral,
                link: None,
            }),
        ),
        (
            Span::Four,
            stat_tile(&StatTile {
                label: t.t("vulnerabilities-region-unnamed"),
                value: &unnamed,
                unit: if numbers.unnamed.is_some() {
                    t.t("vulnerabilities-region-unit")
                } else {
                    ""
                },
                detail: &others,
                tone: Tone::Neutral,
                link: None,
            }),
        ),
    ])
}

fn members(t: &Translator, question: &Question, found: &[Touched], next: Option<&str>) -> Markup {
    let by_finding = matches!(question, Question::Vulnerability(_));
    let mut columns = vec![
        Column::text(t.t("vulnerabilities-region-member")),
        Column::number(t.t("vulnerabilities-field-devices")),
    ];
    if by_finding {
        columns.push(Column::number(t.t("vulnerabilities-tile-open")));
        columns.push(Column::number(t.t("vulnerabilities-region-outside")));
    }
    columns.push(Column::number(t.t("vulnerabilities-region-unsupported")));
    let rows = found
        .iter()
        .map(|member| {
            let mut cells = vec![html! { (member.name) }, html! { (member.devices) }];
            if by_finding {
                cells.push(html! { (member.open) });
                cells.push(html! { (member.outside) });
            }
            cells.push(html! { (member.unsupported) });
            TableRow::new(cells).highlighted(member.outside > 0)
        })
        .collect();
    let title = t.t("vulnerabilities-region-members-title");
    card(
        title,
        html! {
            @if found.is_empty() {
                (empty_state(t.t("vulnerabilities-region-none"), html! { (t.t("vulnerabilities-region-none-why")) }))
            } @else {
                (data_table(&Table::new(title, columns, rows)))
                @if let Some(next) = next { p { a href=(next) rel="next" { (t.t("vulnerabilities-next")) } } }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_a_number_or_a_product() {
        let product = |text: &str| Some(Question::Product(text.to_owned()));
        assert!(matches!(
            question_of(" cve-2024-21762 "),
            Some(Question::Vulnerability(_))
        ));
        assert_eq!(question_of("Fortinet:FortiOS"), product("fortinet:fortios"));
        assert_eq!(
            question_of("cpe:2.3:o:fortinet:fortios:7.0.5:*:*:*:*:*:*:*"),
            product("fortinet:fortios")
        );
        for text in ["", "fortios", ":", "*:fortios", "fortinet:"] {
            assert_eq!(question_of(text), None, "{text}");
        }
    }
}
