//! EPSS: how likely a vulnerability is to be exploited within 30 days, as CSV.

use std::io::{BufRead, BufReader, Read};

use super::{FeedError, Limits, Place, Report};
use crate::model::VulnerabilityId;

/// A line of EPSS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likelihood {
    /// Which vulnerability.
    pub id: VulnerabilityId,
    /// The probability of exploitation within 30 days, from 0 to 1.
    pub probability: f64,
    /// The share of vulnerabilities with at most this probability, from 0 to 1.
    pub percentile: f64,
}

/// What the first line says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Model {
    /// The version of the model.
    pub version: String,
    /// When the scores were made, as the file writes it.
    pub date: String,
}

const LONGEST_LINE: u64 = 1 << 16;

/// Reads the scores.
///
/// # Errors
///
/// [`FeedError`]; what was handed out before stands.
pub fn read(
    reader: impl Read,
    limits: &Limits,
    each: &mut dyn FnMut(Likelihood),
) -> Result<(Model, Report), FeedError> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let (mut model, mut report) = (Model::default(), Report::default());
    let (mut offset, mut header) = (0u64, false);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => FeedError::Truncated {
                    offset,
                    within: "the compressed stream",
                },
                _ => FeedError::Read { offset, error },
            })?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST_LINE && line.last() != Some(&b'\n') {
            return Err(FeedError::TooLong {
                offset,
                limit: LONGEST_LINE,
            });
        }
        let begin = offset;
        offset += read as u64;
        if offset > limits.most_bytes {
            return Err(FeedError::TooMuch {
                limit: limits.most_bytes,
            });
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if let Some(comment) = text.strip_prefix('#') {
            for field in comment.split(',') {
                match field.split_once(':') {
                    Some(("model_version", version)) => model.version = version.to_owned(),
                    Some(("score_date", date)) => model.date = date.to_owned(),
                    _ => {}
                }
            }
        } else if text.starts_with("cve,") {
            header = true;
        } else if !text.is_empty() {
            if !header {
                return Err(FeedError::Missing {
                    what: "line \"cve,epss,percentile\"",
                });
            }
            report.records += 1;
            let place = Place {
                record: report.records,
                offset: begin,
            };
            match likelihood(text) {
                Ok(found) => each(found),
                Err(reason) => {
                    let id = text
                        .split(',')
                        .next()
                        .map(|id| id.chars().take(40).collect());
                    report.aside(limits, place, id, reason);
                }
            }
        }
    }
    if !header {
        return Err(FeedError::Missing {
            what: "line \"cve,epss,percentile\"",
        });
    }
    Ok((model, report))
}

fn likelihood(text: &str) -> Result<Likelihood, String> {
    let mut fields = text.split(',');
    let mut field = |name: &str| {
        fields
            .next()
            .ok_or_else(|| format!("the {name} is missing"))
    };
    let id = field("cve")?
        .parse()
        .map_err(|error: crate::model::NotAnId| error.to_string())?;
    let mut share = |name: &str| {
        let text = field(name)?;
        text.parse::<f64>()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .ok_or_else(|| format!("the {name} {text:?} is no number from 0 to 1"))
    };
    Ok(Likelihood {
        id,
        probability: share("epss")?,
        percentile: share("percentile")?,
    })
}
