//! What was measured, beside what was promised.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// Times of many like requests, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    /// Of unsorted times.
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that `percent` of the requests do not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// p50, p95, p99 and the worst, in milliseconds.
    pub(crate) fn summary(&self) -> String {
        format!(
            "p50 {:.1} / p95 {:.1} / p99 {:.1} / max {:.1} ms (n = {})",
            milliseconds(self.percentile(50)),
            milliseconds(self.percentile(95)),
            milliseconds(self.percentile(99)),
            milliseconds(self.percentile(100)),
            self.count()
        )
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

struct Line {
    what: String,
    data: String,
    measured: String,
    goal: String,
    reached: Option<bool>,
}

/// The lines of a run.
pub(crate) struct Report {
    machine: String,
    lines: Vec<Line>,
}

impl Report {
    /// Nothing measured yet.
    pub(crate) fn new(machine: String) -> Self {
        Self {
            machine,
            lines: Vec::new(),
        }
    }

    /// A figure with a goal: `value` reaches it where it is not above `goal`, both in `unit`.
    pub(crate) fn against(
        &mut self,
        what: impl Into<String>,
        data: impl Into<String>,
        (value, goal, unit): (f64, f64, &str),
        detail: &str,
    ) {
        let detail = if detail.is_empty() {
            String::new()
        } else {
            format!("; {detail}")
        };
        self.push(Line {
            what: what.into(),
            data: data.into(),
            measured: format!("**{value:.1} {unit}**{detail}"),
            goal: format!("{goal} {unit}"),
            reached: Some(value <= goal),
        });
    }

    /// A figure that is told without a goal.
    pub(crate) fn told(
        &mut self,
        what: impl Into<String>,
        data: impl Into<String>,
        measured: impl Into<String>,
    ) {
        self.push(Line {
            what: what.into(),
            data: data.into(),
            measured: measured.into(),
            goal: "–".to_owned(),
            reached: None,
        });
    }

    #[expect(clippy::print_stderr, reason = "progress of a long run")]
    fn push(&mut self, line: Line) {
        eprintln!("{}: {} [{}]", line.what, line.measured, line.data);
        self.lines.push(line);
    }

    /// The lines as a Markdown table under the machine's name.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "\nMachine: {}\n\n| what | data | measured | goal | reached |\n|---|---|---|---|---|\n",
            self.machine
        );
        for line in &self.lines {
            let reached = match line.reached {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "–",
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {reached} |",
                line.what, line.data, line.measured, line.goal
            );
        }
        text
    }

    /// Puts the table at the end of a file.
    pub(crate) fn append_to(&self, file: &Path) -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file)?;
        file.write_all(self.table().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times = Times::of((1..=20).rev().map(Duration::from_millis).collect());
        assert_eq!(times.percentile(50), Duration::from_millis(10));
        assert_eq!(times.percentile(95), Duration::from_millis(19));
        assert_eq!(times.percentile(100), Duration::from_millis(20));
        assert_eq!(Times::default().percentile(95), Duration::ZERO);
    }

    #[test]
    fn a_goal_that_is_missed_says_so() {
        let mut report = Report::new("a machine".to_owned());
        report.against("x", "1 row", (21.0, 20.0, "ms"), "");
        report.against("y", "1 row", (20.0, 20.0, "ms"), "");
        let table = report.table();
        assert!(table.contains("| x | 1 row | **21.0 ms** | 20 ms | **no** |"));
        assert!(table.contains("| y | 1 row | **20.0 ms** | 20 ms | yes |"));
    }
}
