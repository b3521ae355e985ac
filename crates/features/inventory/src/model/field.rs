//! What a field of the register takes, and reading it from a form, the API or a table.

use serde_json::{Map, Value as Json};
use uuid::Uuid;
use yagura_kernel::id::parse_uuid;
use yagura_kernel::text::{clean_multi_line, clean_single_line};
use yagura_kernel::time::{DateError, format_iso, parse_date};

use super::codes::Choices;

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// One line of text.
    Line {
        /// The longest, in characters.
        longest: usize,
    },
    /// Several lines of text.
    Text {
        /// The longest, in characters.
        longest: usize,
    },
    /// Several short values, one a line.
    Lines {
        /// The longest of them, in characters.
        longest: usize,
        /// How many there may be.
        most: usize,
        /// What each must be.
        each: Each,
    },
    /// One of some codes.
    Choice(Choices),
    /// A day.
    Date,
    /// A box to tick.
    Tick,
    /// A system of the same institution.
    System,
    /// Several systems of the same institution.
    Systems {
        /// How many there may be.
        most: usize,
    },
    /// A device of the same institution.
    Asset,
    /// A vendor on record of the same institution.
    Vendor,
}

impl Input {
    /// Whether it names other records or organisations by their ids.
    #[must_use]
    pub const fn is_reference(self) -> bool {
        matches!(
            self,
            Self::System | Self::Systems { .. } | Self::Asset | Self::Vendor
        )
    }
}

/// What each of several values must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// An IPv4 or IPv6 address, also with a prefix length.
    IpAddress,
    /// A MAC address in any of the usual writings; kept as `00:11:22:aa:bb:cc`.
    MacAddress,
}

/// A field of a record.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Its key in forms, in the API, in storage and as the tail of message keys.
    pub key: &'static str,
    /// What it takes.
    pub input: Input,
    /// Whether it must be filled in.
    pub required: bool,
}

impl FieldSpec {
    const fn new(key: &'static str, input: Input) -> Self {
        Self {
            key,
            input,
            required: false,
        }
    }

    pub(super) const fn line(key: &'static str) -> Self {
        Self::new(key, Input::Line { longest: 100 })
    }

    pub(super) const fn text(key: &'static str) -> Self {
        Self::new(key, Input::Text { longest: 2_000 })
    }

    pub(super) const fn lines(key: &'static str, each: Each) -> Self {
        let input = Input::Lines {
            longest: 60,
            most: 20,
            each,
        };
        Self::new(key, input)
    }

    pub(super) const fn choice(key: &'static str, choices: Choices) -> Self {
        Self::new(key, Input::Choice(choices))
    }

    pub(super) const fn date(key: &'static str) -> Self {
        Self::new(key, Input::Date)
    }

    pub(super) const fn tick(key: &'static str) -> Self {
        Self::new(key, Input::Tick)
    }

    pub(super) const fn system() -> Self {
        Self::new("system", Input::System)
    }

    pub(super) const fn systems(key: &'static str) -> Self {
        Self::new(key, Input::Systems { most: 50 })
    }

    pub(super) const fn asset(key: &'static str) -> Self {
        Self::new(key, Input::Asset)
    }

    pub(super) const fn vendor() -> Self {
        Self::new("vendor", Input::Vendor)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Why a field cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It must be filled in.
    Required,
    /// It has more characters than it may.
    TooLong {
        /// The most.
        limit: usize,
    },
    /// It is none of the choices.
    NotAChoice {
        /// What was given.
        given: String,
    },
    /// It is no day.
    Date(DateError),
    /// One of the values is no address.
    NotAnAddress {
        /// Which.
        given: String,
    },
    /// There are more values than there may be.
    TooMany {
        /// The most.
        limit: usize,
    },
    /// It is no id.
    NotAnId,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// The API sent something of another shape.
    Unreadable(String),
}

/// A field with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// The key of the field.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

impl FieldProblem {
    pub(crate) const fn new(field: &'static str, problem: Problem) -> Self {
        Self { field, problem }
    }
}

/// Reads fields as somebody typed them. `value` gives the text of a field, several values one a
/// line; what is not there is empty.
///
/// # Errors
/// Every problem at once.
pub fn read(
    fields: &[FieldSpec],
    value: impl Fn(&str) -> String,
) -> Result<Map<String, Json>, Vec<FieldProblem>> {
    let mut found = Map::new();
    let mut problems = Vec::new();
    for field in fields {
        match read_one(field, &value(field.key)) {
            Ok(json) => {
                found.insert(field.key.to_owned(), json);
            }
            Err(problem) => problems.push(FieldProblem::new(field.key, problem)),
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

/// The text of a value as a form shows it: what [`read`] would read again.
#[must_use]
pub fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Bool(true) => "yes".to_owned(),
        Json::Array(parts) => {
            let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
            parts.join("\n")
        }
        _ => String::new(),
    }
}

fn read_one(field: &FieldSpec, typed: &str) -> Result<Json, Problem> {
    let is_empty = typed.trim().is_empty();
    if is_empty && field.required {
        return Err(Problem::Required);
    }
    match field.input {
        Input::Line { longest } => clean_single_line(typed, longest)
            .map(Json::from)
            .map_err(|_| Problem::TooLong { limit: longest }),
        Input::Text { longest } => clean_multi_line(typed, longest)
            .map(Json::from)
            .map_err(|_| Problem::TooLong { limit: longest }),
        Input::Lines {
            longest,
            most,
            each,
        } => read_lines(typed, longest, most, each),
        Input::Choice(choices) => {
            let codes = choices.codes();
            let chosen = typed.trim();
            if chosen.is_empty() {
                return Ok(codes.first().map_or(Json::Null, |code| Json::from(*code)));
            }
            codes
                .contains(&chosen)
                .then(|| Json::from(chosen))
                .ok_or_else(|| Problem::NotAChoice {
                    given: chosen.to_owned(),
                })
        }
        Input::Date if is_empty => Ok(Json::Null),
        Input::Date => parse_date(typed.trim())
            .map(|date| Json::from(format_iso(date)))
            .map_err(Problem::Date),
        Input::Tick => Ok(Json::from(!is_empty)),
        Input::Systems { most } => read_ids(typed, most),
        Input::System | Input::Asset | Input::Vendor if is_empty => Ok(Json::Null),
        Input::System | Input::Asset | Input::Vendor => parse_uuid(typed.trim())
            .map(|id: Uuid| Json::from(id.to_string()))
            .map_err(|_| Problem::NotAnId),
    }
}

fn read_ids(typed: &str, most: usize) -> Result<Json, Problem> {
    let mut ids: Vec<String> = Vec::new();
    for part in typed.split_whitespace() {
        let id: Uuid = parse_uuid(part).map_err(|_| Problem::NotAnId)?;
        let id = id.to_string();
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > most {
            return Err(Problem::TooMany { limit: most });
        }
    }
    Ok(Json::from(ids))
}

fn read_lines(typed: &str, longest: usize, most: usize, each: Each) -> Result<Json, Problem> {
    let mut values: Vec<String> = Vec::new();
    for part in typed.split(['\n', '\r', ',', ';', '、', '，']) {
        let Ok(line) = clean_single_line(part, longest) else {
            return Err(Problem::TooLong { limit: longest });
        };
        if line.is_empty() {
            continue;
        }
        let value = match each {
            Each::IpAddress => ip_address(&line),
            Each::MacAddress => mac_address(&line),
        };
        let value = value.ok_or(Problem::NotAnAddress { given: line })?;
        if !values.contains(&value) {
            values.push(value);
        }
        if values.len() > most {
            return Err(Problem::TooMany { limit: most });
        }
    }
    Ok(Json::from(values))
}

/// An address as it is usually written, with its prefix length where it has one.
fn ip_address(text: &str) -> Option<String> {
    let half_width: String = text.chars().map(half_width).collect();
    let (address, prefix) = match half_width.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.trim().parse::<u8>().ok()?)),
        None => (half_width.as_str(), None),
    };
    let address: std::net::IpAddr = address.trim().parse().ok()?;
    match prefix {
        None => Some(address.to_string()),
        Some(length) if length <= if address.is_ipv4() { 32 } else { 128 } => {
            Some(format!("{address}/{length}"))
        }
        Some(_) => None,
    }
}

/// A MAC address as `00:11:22:aa:bb:cc`.
fn mac_address(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .map(half_width)
        .filter(|c| !matches!(c, ':' | '-' | '.' | ' '))
        .collect();
    let is_mac = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_mac.then(|| {
        let digits = digits.to_ascii_lowercase();
        let pairs: Vec<&str> = (0..6)
            .filter_map(|pair| digits.get(2 * pair..2 * pair + 2))
            .collect();
        pairs.join(":")
    })
}

fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[FieldSpec] = &[
        FieldSpec::line("name").required(),
        FieldSpec::lines("ip", Each::IpAddress),
        FieldSpec::lines("mac", Each::MacAddress),
        FieldSpec::choice("state", Choices::Known),
        FieldSpec::date("until"),
        FieldSpec::tick("server"),
        FieldSpec::system(),
        FieldSpec::systems("depends_on"),
    ];

    fn read_pairs(pairs: &[(&str, &str)]) -> Result<Map<String, Json>, Vec<FieldProblem>> {
        read(FIELDS, |key| {
            let pair = pairs.iter().find(|(name, _)| *name == key);
            pair.map(|(_, value)| (*value).to_owned())
                .unwrap_or_default()
        })
    }

    #[test]
    fn what_people_type_is_brought_into_one_form() {
        let fields = read_pairs(&[
            ("name", " 受付\t端末１ "),
            ("ip", "１９２.0.2.1、2001:DB8::1\n192.0.2.1;192.0.2.0/24"),
            ("mac", "00-1A-2B-3C-4D-5E\n001a.2b3c.4d5f"),
            ("until", "令和9年3月31日"),
            ("server", "yes"),
        ])
        .unwrap();
        assert_eq!(fields["name"], "受付 端末１");
        assert_eq!(
            fields["ip"],
            serde_json::json!(["192.0.2.1", "2001:db8::1", "192.0.2.0/24"])
        );
        assert_eq!(
            fields["mac"],
            serde_json::json!(["00:1a:2b:3c:4d:5e", "00:1a:2b:3c:4d:5f"])
        );
        assert_eq!(fields["until"], "2027-03-31");
        assert_eq!(fields["server"], true);
        assert_eq!(
            fields["state"], "unknown",
            "the first choice is the usual one"
        );
        assert_eq!(fields["system"], Json::Null);
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_field() {
        let problems = read_pairs(&[
            ("name", "　"),
            ("ip", "300.1.1.1"),
            ("mac", "00:11:22"),
            ("state", "perhaps"),
            ("until", "いつか"),
            ("system", "no id"),
        ])
        .unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "ip", "mac", "state", "until", "system"]);
        assert_eq!(problems[0].problem, Problem::Required);
        assert_eq!(
            problems[1].problem,
            Problem::NotAnAddress {
                given: "300.1.1.1".to_owned()
            }
        );
    }

    #[test]
    fn several_ids_are_read_once_each_and_no_more_than_there_may_be() {
        let id = |n: u32| format!("00000000-0000-7000-8000-{n:012}");
        let typed = format!("{}\r\n{}\n {} ", id(1), id(2), id(1));
        let fields = read_pairs(&[("name", "x"), ("depends_on", &typed)]).unwrap();
        assert_eq!(fields["depends_on"], serde_json::json!([id(1), id(2)]));
        assert_eq!(
            text_of(&fields["depends_on"]),
            format!("{}\n{}", id(1), id(2))
        );
        let many: Vec<String> = (0..51).map(id).collect();
        for (typed, problem) in [
            (many.join("\n"), Problem::TooMany { limit: 50 }),
            ("電子カルテ".to_owned(), Problem::NotAnId),
        ] {
            let problems = read_pairs(&[("name", "x"), ("depends_on", &typed)]).unwrap_err();
            assert_eq!(problems[0].problem, problem);
        }
    }

    #[test]
    fn the_worst_that_can_be_typed_is_refused() {
        let long = "あ".repeat(10_000);
        let problems = read_pairs(&[("name", &long), ("ip", &long)]).unwrap_err();
        assert_eq!(problems[0].problem, Problem::TooLong { limit: 100 });
        assert_eq!(problems[1].problem, Problem::TooLong { limit: 60 });
        let many: Vec<String> = (0..30).map(|n| format!("192.0.2.{n}")).collect();
        let problems = read_pairs(&[("name", "x"), ("ip", &many.join("\n"))]).unwrap_err();
        assert_eq!(problems[0].problem, Problem::TooMany { limit: 20 });
        for hostile in ["192.0.2.1/33", "::/129", "1/2/3", "-", "?", "*"] {
            assert!(
                read_pairs(&[("name", "x"), ("ip", hostile)]).is_err(),
                "{hostile}"
            );
        }
    }
}
