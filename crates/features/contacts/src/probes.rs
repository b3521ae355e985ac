//! `contact-chart-confirmed`: whether the contact chart (連絡体制図) names whom checklist item 3-①
//! asks for and was confirmed in this fiscal year.

use async_trait::async_trait;
use yagura_kernel::probe::{Finding, Measurement, Outcome, Probe, ProbeError, Subject, Weight};
use yagura_kernel::time::{FiscalYear, Instant, format_iso};
use yagura_store::Database;

use crate::model::{Chart, Gap};
use crate::store::chart_of;

/// The id by which packs name it.
pub const CONTACT_CHART_CONFIRMED: &str = "contact-chart-confirmed";

/// Looks at the chart. It decides the item: a chart that is empty, lacks a number or was not
/// confirmed this year contradicts a「はい」. What is there can always be seen, so it never answers
/// 'unknown'.
#[derive(Debug, Clone)]
pub struct ContactChartConfirmed {
    /// The database.
    pub database: Database,
}

#[async_trait]
impl Probe for ContactChartConfirmed {
    fn id(&self) -> &'static str {
        CONTACT_CHART_CONFIRMED
    }

    fn weight(&self) -> Weight {
        Weight::Decides
    }

    async fn measure(&self, subject: Subject) -> Result<Measurement, ProbeError> {
        let chart = chart_of(&self.database, subject.organization)
            .await
            .map_err(|error| ProbeError {
                probe: CONTACT_CHART_CONFIRMED,
                reason: error.to_string(),
            })?;
        Ok(judge(&chart, subject))
    }
}

fn judge(chart: &Chart, subject: Subject) -> Measurement {
    let year = FiscalYear::of(subject.today);
    let gaps = chart.gaps();
    let (outcome, message) = if chart.entries.is_empty() {
        (Outcome::Violated, "contacts-probe-none")
    } else if !gaps.is_empty() {
        (Outcome::Violated, "contacts-probe-gaps")
    } else if chart.confirmed_in(year) {
        (Outcome::Satisfied, "contacts-probe-confirmed")
    } else if chart.confirmation.is_some() {
        (Outcome::Violated, "contacts-probe-old")
    } else {
        (Outcome::Violated, "contacts-probe-never")
    };
    let mut arguments = vec![
        ("entries".to_owned(), chart.entries.len().to_string()),
        ("gaps".to_owned(), gaps.len().to_string()),
    ];
    if let Some(confirmation) = &chart.confirmation {
        arguments.push(("date".to_owned(), format_iso(confirmation.at.jst_date())));
    }
    let needed = i64::try_from(Gap::ALL.len()).unwrap_or(i64::MAX);
    let lacking = i64::try_from(gaps.len()).unwrap_or(i64::MAX);
    Measurement {
        outcome,
        finding: Finding {
            message: message.to_owned(),
            arguments,
        },
        covered: needed - lacking,
        total: needed,
        measured_at: subject.now,
        // The confirmation holds to the end of the fiscal year.
        valid_until: year
            .end()
            .next_day()
            .map_or(subject.now.plus_days(1), Instant::start_of_jst_day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Confirmation, tests_support::entry};
    use yagura_kernel::time::parse_date;

    fn outcome(chart: &Chart, day: &str) -> (Outcome, String) {
        let today = parse_date(day).unwrap();
        let subject = Subject {
            organization: uuid::Uuid::nil().into(),
            today,
            now: Instant::from_jst(today, 9, 0),
        };
        let measurement = judge(chart, subject);
        (measurement.outcome, measurement.finding.message)
    }

    fn full() -> Chart {
        let entries = Gap::ALL
            .into_iter()
            .map(|gap| entry(gap.category(), "03-0000-0000"))
            .collect();
        Chart {
            entries,
            ..Chart::default()
        }
    }

    fn confirmed(mut chart: Chart, day: &str) -> Chart {
        let day = parse_date(day).unwrap();
        chart.confirmation = Some(Confirmation {
            fiscal_year: FiscalYear::of(day),
            at: Instant::from_jst(day, 9, 0),
            by: None,
            by_name: None,
        });
        chart
    }

    #[test]
    fn only_a_full_chart_confirmed_this_year_satisfies() {
        let of = |chart: &Chart, day: &str| outcome(chart, day);
        let violated = |key: &str| (Outcome::Violated, key.to_owned());
        assert_eq!(
            of(&Chart::default(), "2026-11-21"),
            violated("contacts-probe-none")
        );
        assert_eq!(of(&full(), "2026-11-21"), violated("contacts-probe-never"));
        let chart = confirmed(full(), "2026-04-01");
        let satisfied = (Outcome::Satisfied, "contacts-probe-confirmed".to_owned());
        assert_eq!(of(&chart, "2026-11-21"), satisfied);
        assert_eq!(of(&chart, "2027-03-31"), satisfied);
        assert_eq!(of(&chart, "2027-04-01"), violated("contacts-probe-old"));
        let mut lacking = chart;
        lacking.entries.pop();
        assert_eq!(of(&lacking, "2026-11-21"), violated("contacts-probe-gaps"));
    }
}
