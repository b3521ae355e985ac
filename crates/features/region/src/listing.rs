//! Filters of lists of members, as they stand in addresses and in the API.

use serde::Deserialize;
use yagura_checklists::overview::{Cursor, MemberFilter, Progress};
use yagura_kernel::id::OrganizationId;
use yagura_kernel::organization::{OrganizationKind, SizeGroup};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::{Date, FiscalYear};
use yagura_web::WebError;

/// How many members a page of a list shows.
pub(crate) const PAGE: i64 = 50;
/// Up to how many members are counted under a filter.
pub(crate) const COUNTED: i64 = 300_000;

/// The filter of a list of members. Everything is optional; empty values are none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MemberQuery {
    /// hospital, clinic, dental_clinic or pharmacy.
    pub(crate) kind: Option<String>,
    /// Group of kind and size: hospital_large, hospital_medium, hospital_small, clinic_with_beds,
    /// clinic_without_beds, dental or pharmacy.
    pub(crate) size: Option<String>,
    /// Region code.
    pub(crate) region: Option<String>,
    /// Part of the name; width, kana and case do not matter.
    pub(crate) q: Option<String>,
    /// not_opened, incomplete, done, contradictions or overdue.
    pub(crate) state: Option<String>,
    /// Index of an item from 0; filters together with `cell`.
    pub(crate) item: Option<String>,
    /// The state of that item: verified, documented, declared, no, contradiction, unanswered or
    /// not_applicable.
    pub(crate) cell: Option<String>,
    /// The fiscal year by the western year in which it begins; this year where it is not given.
    pub(crate) year: Option<String>,
    /// Cursor of pages.
    #[param(ignore)]
    pub(crate) after: Option<String>,
    /// Another view of the same list.
    #[param(ignore)]
    pub(crate) view: Option<String>,
}

/// The value of an optional parameter; a form sends empty ones.
pub(crate) fn given(value: Option<&String>) -> Option<&str> {
    value
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

fn wrong() -> WebError {
    WebError::invalid("region-error-filter")
}

fn read<T>(
    value: Option<&String>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, WebError> {
    given(value)
        .map(|value| parse(value).ok_or_else(wrong))
        .transpose()
}

impl MemberQuery {
    /// Reads the query part of an address, for exports that are made later.
    pub(crate) fn from_text(query: &str) -> Self {
        serde_json::from_str(query).unwrap_or_default()
    }

    /// The filter as text that [`Self::from_text`] reads.
    pub(crate) fn to_text(&self) -> String {
        let fields: serde_json::Map<String, serde_json::Value> = self
            .pairs()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        serde_json::Value::Object(fields).to_string()
    }

    /// The filter for the database.
    pub(crate) fn filter(&self, today: Date) -> Result<MemberFilter, WebError> {
        let item = read(self.item.as_ref(), |text| {
            text.parse::<usize>().ok().filter(|item| *item < 200)
        })?;
        let cell = read(self.cell.as_ref(), |code| {
            CellState::ALL
                .into_iter()
                .find(|state| state.code() == code)
        })?;
        Ok(MemberFilter {
            kind: read(self.kind.as_ref(), |code| {
                OrganizationKind::from_code(code).filter(|kind| kind.is_institution())
            })?,
            size_group: read(self.size.as_ref(), SizeGroup::from_code)?,
            region_code: read(self.region.as_ref(), |code| {
                (code.len() <= 200).then(|| code.to_owned())
            })?,
            search: read(self.q.as_ref(), |text| {
                (text.len() <= 800).then(|| text.to_owned())
            })?,
            progress: read(self.state.as_ref(), Progress::from_code)?,
            item: item.zip(cell),
            ..MemberFilter::all(today)
        })
    }

    /// The fiscal year that is asked for.
    pub(crate) fn year(&self, current: FiscalYear) -> Result<FiscalYear, WebError> {
        let year = read(self.year.as_ref(), |text| {
            text.parse()
                .ok()
                .and_then(|year| FiscalYear::new(year).ok())
        })?;
        Ok(year.unwrap_or(current))
    }

    /// Where the page begins.
    pub(crate) fn after(&self) -> Result<Option<Cursor>, WebError> {
        read(self.after.as_ref(), cursor_from_text)
    }

    /// Whether anything is filtered.
    pub(crate) fn is_filtered(&self) -> bool {
        [
            &self.kind,
            &self.size,
            &self.region,
            &self.q,
            &self.state,
            &self.item,
        ]
        .into_iter()
        .any(|value| given(value.as_ref()).is_some())
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        [
            ("kind", &self.kind),
            ("size", &self.size),
            ("region", &self.region),
            ("q", &self.q),
            ("state", &self.state),
            ("item", &self.item),
            ("cell", &self.cell),
            ("year", &self.year),
            ("view", &self.view),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, given(value.as_ref())?.to_owned())))
        .collect()
    }

    /// An address with this filter and further parameters; one that is given here again takes the
    /// place of the filter's own, an empty one removes it.
    pub(crate) fn link(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut pairs = self.pairs();
        pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let own = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        let given = more.iter().copied().filter(|(_, value)| !value.is_empty());
        yagura_web::address(path, own.chain(given))
    }
}

/// A cursor for an address.
pub(crate) fn cursor_text(cursor: &Cursor) -> String {
    format!("{}.{}", cursor.urgency, cursor.member)
}

/// The cursor of an address.
pub(crate) fn cursor_from_text(text: &str) -> Option<Cursor> {
    let (urgency, member) = text.split_once('.')?;
    Some(Cursor {
        urgency: urgency.parse().ok()?,
        member: member.parse::<OrganizationId>().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    fn today() -> Date {
        parse_date("2026-11-21").unwrap()
    }

    #[test]
    fn a_filter_survives_its_address_and_its_storage() {
        let query = MemberQuery {
            kind: Some("hospital".into()),
            q: Some("みなと & <b>".into()),
            state: Some(" ".into()),
            year: Some("2025".into()),
            ..MemberQuery::default()
        };
        let link = query.link("/members", &[("after", "5.x"), ("kind", "")]);
        assert_eq!(
            link,
            "/members?q=%E3%81%BF%E3%81%AA%E3%81%A8%20%26%20%3Cb%3E&year=2025&after=5.x"
        );
        let again = MemberQuery::from_text(&query.to_text());
        assert_eq!(
            again.filter(today()).unwrap().search.as_deref(),
            Some("みなと & <b>")
        );
        assert_eq!(again.year(FiscalYear::of(today())).unwrap().year(), 2025);
        assert!(query.is_filtered() && !MemberQuery::default().is_filtered());
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for query in [
            MemberQuery {
                kind: Some("vendor".into()),
                ..MemberQuery::default()
            },
            MemberQuery {
                size: Some("huge".into()),
                ..MemberQuery::default()
            },
            MemberQuery {
                state: Some("x".into()),
                ..MemberQuery::default()
            },
            MemberQuery {
                item: Some("x".into()),
                ..MemberQuery::default()
            },
            MemberQuery {
                cell: Some("maybe".into()),
                ..MemberQuery::default()
            },
            MemberQuery {
                item: Some("-1".into()),
                cell: Some("no".into()),
                ..MemberQuery::default()
            },
        ] {
            assert!(query.filter(today()).is_err(), "{query:?}");
        }
        for after in ["1", "x.y", "1.2", "1.019aa3f0-0000-7000-8000-00000000000g"] {
            let query = MemberQuery {
                after: Some(after.into()),
                ..MemberQuery::default()
            };
            assert!(query.after().is_err(), "{after}");
        }
        let year = MemberQuery {
            year: Some("0".into()),
            ..MemberQuery::default()
        };
        assert!(year.year(FiscalYear::of(today())).is_err());
    }

    #[test]
    fn a_cursor_round_trips() {
        let text = "-5.019aa3f0-0000-7000-8000-000000000001";
        assert_eq!(cursor_text(&cursor_from_text(text).unwrap()), text);
    }
}
