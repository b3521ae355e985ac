//! Reads records and makes of each what it says of a vulnerability.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;
use vulnmatch::feeds::json::{Records, records};
use vulnmatch::feeds::{FeedError, Limits, Report, csaf, cve5, epss, jvn, kev, nvd, overrides};
use vulnmatch::model::{Source, Statement};
use yagura_kernel::time::{Instant, parse_date};

use super::PART;
use super::kind::FileKind;
use crate::store::feeds::{Exploited, Patch, Score, key};

/// The longest title and description that are kept, in characters.
const LONGEST_TITLE: usize = 300;
const LONGEST_DESCRIPTION: usize = 4_000;
/// How many bytes of records are read together.
const BYTES: usize = 4 << 20;

/// A part of a feed.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) patches: Vec<Patch>,
    /// Maker, product, CPE name.
    pub(crate) products: Vec<(String, String, String)>,
}

/// What was read.
pub(crate) struct HasRead {
    pub(crate) report: Report,
    pub(crate) error: Option<String>,
    pub(crate) as_of: Option<Instant>,
}

/// Reads a stream on a thread of its own.
pub(crate) struct Reader<F> {
    kind: FileKind,
    limits: Limits,
    hand: F,
    part: Collected,
    seen: u64,
    as_of: Option<Instant>,
    /// Nobody waits for more.
    stopped: bool,
}

/// An instant as feeds write it: RFC 3339, or without a zone (NVD, in UTC), or a day.
pub(crate) fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(instant) = Instant::parse_rfc3339(text) {
        return Some(instant);
    }
    if let Ok(instant) = Instant::parse_rfc3339(&format!("{text}Z")) {
        return Some(instant);
    }
    // JVN leaves out the seconds; EPSS of old writes `+0000`.
    let (day, rest) = text.split_once('T').unwrap_or((text, ""));
    if let Some((clock, zone)) = rest.split_at_checked(5) {
        let zone = match zone {
            "" => "Z",
            zone => zone,
        };
        if let Ok(instant) = Instant::parse_rfc3339(&format!("{day}T{clock}:00{zone}")) {
            return Some(instant);
        }
    }
    if let Some(begin) = text.strip_suffix("+0000") {
        return instant(begin);
    }
    parse_date(&day.replace('/', "-"))
        .ok()
        .map(Instant::start_of_jst_day)
}

fn cut(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    Some(text.chars().take(longest).collect())
}

fn title(text: &str) -> Option<String> {
    cut(text, LONGEST_TITLE)
}

fn description(text: &str) -> Option<String> {
    cut(text, LONGEST_DESCRIPTION)
}

/// What a record of NVD has besides what the engine reads of it.
#[derive(Deserialize, Default)]
struct More {
    cve: MoreCve,
}

#[derive(Deserialize, Default)]
struct MoreCve {
    #[serde(default)]
    id: String,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    url: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// The number of a record and its addresses, the most useful first: those of the maker, then
/// patches.
fn links(bytes: &[u8]) -> Option<(i64, Vec<String>)> {
    let more: More = serde_json::from_slice(bytes).unwrap_or_default();
    let id = key(more.cve.id.parse().ok()?);
    let mut found: Vec<(u8, String)> = more
        .cve
        .references
        .into_iter()
        .filter(|reference| reference.url.starts_with("http") && reference.url.len() <= 500)
        .map(|reference| {
            let has = |tag: &str| reference.tags.iter().any(|one| one == tag);
            let rank = match () {
                () if has("Vendor Advisory") => 0,
                () if has("Patch") => 1,
                () if has("Mitigation") || has("Third Party Advisory") => 2,
                () => 3,
            };
            (rank, reference.url)
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(8);
    Some((id, found.into_iter().map(|(_, url)| url).collect()))
}

/// The score that is shown: CVSS 3 as Japan's sources give it, of NVD itself before others, then
/// 4.0, then 2.
fn score(scores: &[nvd::Score]) -> Option<Score> {
    let rank = |score: &nvd::Score| {
        let version = match score.version.as_str() {
            "3.1" => 0,
            "3.0" => 1,
            "4.0" => 2,
            _ => 3,
        };
        (version, !score.primary)
    };
    let best = scores.iter().min_by_key(|score| rank(score))?;
    if !(0.0..=10.0).contains(&best.base) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between 0 and 100 by the line above"
    )]
    let tenths = (best.base * 10.0).round() as i64;
    Some(Score {
        tenths,
        version: cut(&best.version, 10).unwrap_or_default(),
        vector: cut(&best.vector, 300).unwrap_or_default(),
    })
}

impl<F: FnMut(Collected) -> bool> Reader<F> {
    /// A reader; `hand` takes a part and says whether more is wanted.
    pub(crate) fn new(kind: FileKind, limits: Limits, hand: F) -> Self {
        Self {
            kind,
            limits,
            hand,
            part: Collected::default(),
            seen: 0,
            as_of: None,
            stopped: false,
        }
    }

    fn flush(&mut self) {
        if self.part.patches.is_empty() && self.part.products.is_empty() {
            return;
        }
        let part = std::mem::take(&mut self.part);
        if !self.stopped && !(self.hand)(part) {
            self.stopped = true;
        }
    }

    fn put(&mut self, patch: Patch) {
        if self.stopped {
            return;
        }
        self.seen += 1;
        self.as_of = self.as_of.max(patch.modified_at);
        self.part.patches.push(patch);
        if self.part.patches.len() >= PART {
            self.flush();
        }
    }

    /// What was read in the end.
    pub(crate) fn finish(mut self, outcome: Result<Report, FeedError>) -> HasRead {
        self.flush();
        match outcome {
            Ok(report) => HasRead {
                report,
                error: None,
                as_of: self.as_of,
            },
            Err(error) => HasRead {
                report: Report {
                    records: self.seen,
                    ..Report::default()
                },
                error: Some(error.to_string()),
                as_of: None,
            },
        }
    }

    /// Reads a stream to its end.
    pub(crate) fn read(&mut self, stream: &mut dyn Read) -> Result<Report, FeedError> {
        let limits = self.limits;
        match self.kind {
            FileKind::Nvd => self.nvd(stream),
            FileKind::Overrides => overrides::read(stream, &limits, &mut |statement| {
                let mut patch = Patch {
                    id: key(statement.id),
                    ..Patch::default()
                };
                put_statement(&mut patch, statement, "");
                self.put(patch);
            }),
            FileKind::Cve => cve5::read(stream, &limits, &mut |record| self.cve(record)),
            FileKind::Csaf => csaf::read(stream, &limits, &mut |advisory| self.csaf(advisory)),
            FileKind::JvnDetails => {
                jvn::details(stream, &limits, &mut |detail| self.jvn_detail(&detail))
            }
            FileKind::JvnOverviews => jvn::overviews(stream, &limits, &mut |overview| {
                self.jvn_overview(&overview)
            }),
            FileKind::JvnProducts => jvn::products(stream, &limits, &mut |listed| {
                self.seen += 1;
                let fields = (title(&listed.vendor), title(&listed.product));
                if let (Some(vendor), Some(product)) = fields {
                    let cpe = listed.cpe.to_string();
                    self.part.products.push((vendor, product, cpe));
                }
                if self.part.products.len() >= PART {
                    self.flush();
                }
            }),
            FileKind::Kev => kev::read(stream, &limits, &mut |entry| self.kev(&entry)),
            FileKind::Epss => {
                let (model, report) = epss::read(stream, &limits, &mut |likelihood| {
                    self.put(Patch {
                        id: key(likelihood.id),
                        epss: Some((likelihood.probability, likelihood.percentile)),
                        ..Patch::default()
                    });
                })?;
                self.as_of = instant(&model.date);
                Ok(report)
            }
        }
    }

    /// NVD is read in bundles of records: the engine reads what it knows, and this reads addresses.
    fn nvd(&mut self, stream: &mut dyn Read) -> Result<Report, FeedError> {
        let limits = self.limits;
        let mut whole = Report::default();
        let mut bytes: Vec<u8> = Vec::new();
        let mut places = Vec::new();
        let mut addresses = HashMap::new();
        let outcome = records(
            stream,
            Records::ArrayNamed("vulnerabilities"),
            &limits,
            &mut |record, place| {
                bytes.push(if bytes.is_empty() { b'[' } else { b',' });
                bytes.extend_from_slice(record);
                places.push(place);
                addresses.extend(links(record));
                if places.len() >= PART || bytes.len() > BYTES {
                    self.nvd_part(&mut whole, &mut bytes, &mut places, &mut addresses)?;
                }
                Ok(())
            },
        );
        self.nvd_part(&mut whole, &mut bytes, &mut places, &mut addresses)?;
        whole.records = outcome?;
        Ok(whole)
    }

    fn nvd_part(
        &mut self,
        whole: &mut Report,
        bytes: &mut Vec<u8>,
        places: &mut Vec<vulnmatch::feeds::Place>,
        addresses: &mut HashMap<i64, Vec<String>>,
    ) -> Result<(), FeedError> {
        if places.is_empty() {
            return Ok(());
        }
        bytes.push(b']');
        let mut read = Vec::new();
        // Within one record only the length of all counts.
        let limits = Limits {
            longest_record: self.limits.longest_record.max(bytes.len()),
            ..self.limits
        };
        let report = nvd::read(bytes.as_slice(), &limits, &mut |record| read.push(record))?;
        let mut by_id = std::mem::take(addresses);
        whole.set_aside += report.set_aside;
        for mut aside in report.examples {
            let number = usize::try_from(aside.record).unwrap_or_default();
            if let Some(place) = number.checked_sub(1).and_then(|number| places.get(number)) {
                (aside.record, aside.offset) = (place.record, place.offset);
            }
            if whole.examples.len() < self.limits.most_set_aside {
                whole.examples.push(aside);
            }
        }
        for record in read {
            let id = key(record.id);
            let mut patch = Patch {
                id,
                description_en: description(&record.description),
                score: score(&record.scores),
                published_at: instant(&record.published),
                modified_at: instant(&record.modified),
                rejected: Some(record.statement.is_none()),
                links: by_id.remove(&id).unwrap_or_default(),
                ..Patch::default()
            };
            let statement = record.statement.unwrap_or(Statement {
                id: record.id,
                source: Source::Nvd,
                configurations: Vec::new(),
            });
            put_statement(&mut patch, statement, "");
            self.put(patch);
        }
        bytes.clear();
        places.clear();
        Ok(())
    }

    fn cve(&mut self, record: cve5::Record) {
        let mut patch = Patch {
            id: key(record.id),
            title_en: record.title.as_deref().and_then(title),
            modified_at: record.modified.as_deref().and_then(instant),
            rejected: record.rejected.then_some(true),
            ..Patch::default()
        };
        // What it says no more must not stand.
        for source in [Source::CveRecord, Source::CveRecordPublisher] {
            let said = record.statements.iter().find(|one| one.source == source);
            let configurations = said
                .map(|one| one.configurations.clone())
                .unwrap_or_default();
            patch
                .statements
                .push((source, String::new(), configurations));
        }
        self.put(patch);
    }

    fn csaf(&mut self, advisory: csaf::Advisory) {
        let document = cut(&advisory.id, 200).unwrap_or_default();
        self.seen += 1;
        for statement in advisory.statements {
            let mut patch = Patch {
                id: key(statement.id),
                ..Patch::default()
            };
            put_statement(&mut patch, statement, &document);
            self.put(patch);
            self.seen = self.seen.saturating_sub(1);
        }
    }

    fn jvn_detail(&mut self, detail: &jvn::Detail) {
        let modified = instant(&detail.modified);
        let statements = detail.statements();
        let own = detail.id.parse().ok();
        let ids = if detail.cves.is_empty() {
            own.into_iter().collect()
        } else {
            detail.cves.clone()
        };
        for id in ids {
            let mut patch = Patch {
                id: key(id),
                modified_at: modified,
                jvn: Some(detail.id.clone()),
                links: vec![jvn_address(&detail.id)],
                ..Patch::default()
            };
            if !detail.withdrawn {
                patch.title_ja = title(&detail.title);
                patch.description_ja = description(&detail.overview);
                patch.published_at = instant(&detail.published);
            } else if Some(id) == own {
                patch.rejected = Some(true);
            }
            let configurations = statements
                .iter()
                .find(|one| one.id == id)
                .map(|one| one.configurations.clone())
                .unwrap_or_default();
            patch
                .statements
                .push((Source::Jvn, detail.id.clone(), configurations));
            self.put(patch);
        }
    }

    /// An overview names products without versions; what a detail says is better, and an overview
    /// alone makes no finding.
    fn jvn_overview(&mut self, overview: &jvn::Overview) {
        if overview.withdrawn {
            return;
        }
        let ids = if overview.cves.is_empty() {
            overview.id.parse().into_iter().collect()
        } else {
            overview.cves.clone()
        };
        for id in ids {
            self.put(Patch {
                id: key(id),
                title_ja: title(&overview.title),
                description_ja: description(&overview.description),
                modified_at: instant(&overview.modified),
                jvn: Some(overview.id.clone()),
                links: vec![jvn_address(&overview.id)],
                ..Patch::default()
            });
        }
    }

    fn kev(&mut self, entry: &kev::Entry) {
        let added = parse_date(&entry.date_added).ok();
        // The newest entry is at least as old as the catalogue; the catalogue's own date is not
        // handed out by the engine.
        self.as_of = self.as_of.max(added.map(Instant::start_of_jst_day));
        self.put(Patch {
            id: key(entry.id),
            name: title(&entry.vulnerability_name),
            kev: Some(Exploited::Known {
                added: added.or_else(|| parse_date(&entry.due_date).ok()),
                due: parse_date(&entry.due_date).ok(),
                ransomware: entry.is_used_for_ransomware(),
                action: cut(&entry.required_action, 1_000).unwrap_or_default(),
            }),
            ..Patch::default()
        });
    }
}

fn put_statement(patch: &mut Patch, statement: Statement, document: &str) {
    patch.statements.push((
        statement.source,
        document.to_owned(),
        statement.configurations,
    ));
}

/// The page of JVN iPedia.
fn jvn_address(id: &str) -> String {
    let year = id.split('-').nth(1).unwrap_or_default();
    format!("https://jvndb.jvn.jp/ja/contents/{year}/{id}.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_as_feeds_write_them() {
        let told = |text| instant(text).map(Instant::to_rfc3339);
        for (text, expected) in [
            ("2024-05-01T10:15:00.000", Some("2024-05-01T10:15:00Z")),
            ("2024-05-01T10:15:00Z", Some("2024-05-01T10:15:00Z")),
            ("2023-06-01T11:12+09:00", Some("2023-06-01T02:12:00Z")),
            ("2026-01-30T12:55:00+0000", Some("2026-01-30T12:55:00Z")),
            ("2026-01-30", Some("2026-01-29T15:00:00Z")),
            ("2023/11/02", Some("2023-11-01T15:00:00Z")),
            ("", None),
            ("いつか", None),
        ] {
            assert_eq!(told(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_score_of_cvss_3_1_by_nvd_is_shown() {
        let one = |version: &str, base, primary| nvd::Score {
            version: version.to_owned(),
            base,
            vector: String::new(),
            primary,
        };
        let scores = [
            one("4.0", 9.9, true),
            one("3.1", 7.5, false),
            one("3.1", 9.8, true),
        ];
        assert_eq!(score(&scores).unwrap().tenths, 98);
        assert_eq!(score(&[one("2.0", 5.0, true)]).unwrap().tenths, 50);
        assert_eq!(score(&[one("3.1", 98.0, true)]), None);
        assert_eq!(score(&[]), None);
    }
}
