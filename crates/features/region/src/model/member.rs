//! What the roll knows of a member, and how each field is read from what people type or from a
//! cell of their spreadsheet.
//!
//! The same functions serve the form and the import, so that both accept and refuse the same.

use serde::{Deserialize, Serialize};
use yagura_kernel::organization::{OrganizationKind, SizeGroup, beds_fit_kind};
use yagura_kernel::text::{clean_multi_line, clean_single_line, normalise_for_search};
use yagura_kernel::time::Date;

/// A field of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 名称.
    Name,
    /// 種別.
    Kind,
    /// 医療機関コード, 薬局コード.
    Code,
    /// 許可病床数.
    Beds,
    /// 郵便番号.
    PostalCode,
    /// 住所.
    Address,
    /// 電話.
    Phone,
    /// メール, to which reminders go.
    Email,
    /// 代表者 (管理者, 院長).
    Representative,
    /// 地域コード (医療圏, 市町村).
    RegionCode,
    /// 会員番号 of the region's own.
    MemberNumber,
    /// 加入日.
    JoinedOn,
    /// 備考.
    Remark,
}

impl Field {
    /// Every field, in the order of the form and of the template.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Kind,
        Self::Code,
        Self::Beds,
        Self::PostalCode,
        Self::Address,
        Self::Phone,
        Self::Email,
        Self::Representative,
        Self::RegionCode,
        Self::MemberNumber,
        Self::JoinedOn,
        Self::Remark,
    ];

    /// Name in forms and in the API, and the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Code => "code",
            Self::Beds => "beds",
            Self::PostalCode => "postal_code",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Representative => "representative",
            Self::RegionCode => "region_code",
            Self::MemberNumber => "member_number",
            Self::JoinedOn => "joined_on",
            Self::Remark => "remark",
        }
    }

    /// The longest text in characters that the field takes.
    #[must_use]
    pub const fn longest(self) -> usize {
        match self {
            Self::Name => 200,
            Self::Address => 300,
            Self::Email => 254,
            Self::Representative => 100,
            Self::Remark => 1_000,
            _ => 40,
        }
    }
}

/// A member as a form or a row of a file gives it. `None` means that nothing was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDraft {
    /// 名称.
    pub name: String,
    /// 種別: hospital, clinic, dental clinic or pharmacy.
    pub kind: OrganizationKind,
    /// 医療機関コード.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// 許可病床数.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beds: Option<i64>,
    /// 郵便番号 as 760-0017.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// 住所.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// 電話.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// メール.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// 代表者.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representative: Option<String>,
    /// 地域コード.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region_code: Option<String>,
    /// 会員番号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_number: Option<String>,
    /// 加入日.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_on: Option<Date>,
    /// 備考.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

impl MemberDraft {
    /// The name folded for comparison.
    #[must_use]
    pub fn folded_name(&self) -> String {
        normalise_for_search(&self.name)
    }

    /// The group in which the member is compared.
    #[must_use]
    pub const fn size_group(&self) -> Option<SizeGroup> {
        SizeGroup::of(self.kind, self.beds)
    }

    /// A field as text, as it is compared and shown.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<String> {
        match field {
            Field::Name => Some(self.name.clone()),
            Field::Kind => Some(self.kind.code().to_owned()),
            Field::Code => self.code.clone(),
            Field::Beds => self.beds.map(|beds| beds.to_string()),
            Field::PostalCode => self.postal_code.clone(),
            Field::Address => self.address.clone(),
            Field::Phone => self.phone.clone(),
            Field::Email => self.email.clone(),
            Field::Representative => self.representative.clone(),
            Field::RegionCode => self.region_code.clone(),
            Field::MemberNumber => self.member_number.clone(),
            Field::JoinedOn => self.joined_on.map(yagura_kernel::time::format_iso),
            Field::Remark => self.remark.clone(),
        }
    }
}

/// Why a value is refused. Shown by the message `region-problem-…` with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum Problem {
    /// Nothing was given.
    #[error("nothing was given")]
    Required,
    /// The text is too long.
    #[error("{length} characters are more than {limit}")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters taken.
        limit: usize,
    },
    /// The word for the kind is unknown.
    #[error("“{given}” is no kind of member")]
    UnknownKind {
        /// The word.
        given: String,
    },
    /// The number of beds is no whole number.
    #[error("“{given}” is no number of beds")]
    BedsUnreadable {
        /// The text.
        given: String,
    },
    /// A hospital without a number of beds or with fewer than 20.
    #[error("a hospital has 20 to 5,000 beds")]
    BedsOfHospital,
    /// A clinic with more than 19 beds.
    #[error("a clinic has up to 19 beds, not {beds}")]
    BedsOfClinic {
        /// The number.
        beds: i64,
    },
    /// A pharmacy with beds.
    #[error("a pharmacy has no beds, not {beds}")]
    BedsOfPharmacy {
        /// The number.
        beds: i64,
    },
    /// The code has other characters than letters, digits and hyphens.
    #[error("“{given}” is no code")]
    CodeUnreadable {
        /// The text.
        given: String,
    },
    /// The postal code has not seven digits.
    #[error("“{given}” is no postal code")]
    PostalCodeUnreadable {
        /// The text.
        given: String,
    },
    /// The telephone number has not nine to fifteen digits.
    #[error("“{given}” is no telephone number")]
    PhoneUnreadable {
        /// The text.
        given: String,
    },
    /// The e-mail address is not of the form name@domain.
    #[error("“{given}” is no e-mail address")]
    EmailUnreadable {
        /// The text.
        given: String,
    },
    /// The date cannot be read.
    #[error("“{given}” is no date")]
    DateUnreadable {
        /// The text.
        given: String,
    },
    /// The day lies in the future.
    #[error("{given} lies in the future")]
    DateInFuture {
        /// The date, ISO.
        given: String,
    },
    /// The cell holds a formula written as text.
    #[error("the cell holds a formula")]
    Formula,
    /// The formula of the cell failed.
    #[error("the cell holds the error {given}")]
    CellError {
        /// What the spreadsheet program shows: #REF!.
        given: String,
    },
    /// The code stands in another row of the file too.
    #[error("the code stands in row {row} of {sheet} too")]
    CodeTwiceInFile {
        /// The sheet of the other row.
        sheet: String,
        /// The other row.
        row: u32,
    },
    /// The very same member stands in another row.
    #[error("the same member stands in row {row} of {sheet}")]
    MemberTwiceInFile {
        /// The sheet of the other row.
        sheet: String,
        /// The other row.
        row: u32,
    },
    /// Several members of the roll fit, and no code tells them apart.
    #[error("{number} members have this name and kind")]
    Ambiguous {
        /// How many.
        number: usize,
    },
    /// The code belongs to an organisation of another name or kind in this installation.
    #[error("the code is that of another organisation")]
    CodeTaken,
}

/// What is accepted but should be looked at. Shown by the message `region-notice-…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
pub enum Notice {
    /// A leading zero that the spreadsheet program had dropped was put back.
    ZeroRestored {
        /// The value with it.
        value: String,
    },
    /// A code in a number cell is shorter than usual: a leading zero may be lost.
    CodeShort {
        /// The code.
        given: String,
    },
    /// 有床診療所 without a number of beds.
    BedsMissing,
    /// Another row of the file has the same name and kind.
    SameNameInFile {
        /// The sheet of the other row.
        sheet: String,
        /// The other row.
        row: u32,
    },
    /// A member of the roll has the same name and kind and another code.
    SameNameOnRoll {
        /// That member's code.
        code: String,
    },
    /// The name or kind of the member with this code changes.
    IdentityChanges {
        /// The name on the roll.
        from: String,
    },
    /// The institution is known in this installation and only joins the roll; its own records
    /// stay as they are.
    Joins,
}

/// A value with what should be looked at.
pub type Read<T> = Result<(T, Option<Notice>), Problem>;

/// One line of text up to the length of its field; `None` where it is blank.
///
/// # Errors
/// [`Problem::TooLong`].
pub fn read_line(field: Field, text: &str) -> Result<Option<String>, Problem> {
    let longest = field.longest();
    let clean = match field {
        Field::Remark => clean_multi_line(text, longest),
        _ => clean_single_line(text, longest),
    };
    let clean = clean.map_err(
        |yagura_kernel::text::TextError::TooLong { length, limit }| Problem::TooLong {
            length,
            limit,
        },
    )?;
    Ok((!clean.is_empty()).then_some(clean))
}

/// The name of a member.
///
/// # Errors
/// [`Problem::Required`], [`Problem::TooLong`].
pub fn read_name(text: &str) -> Result<String, Problem> {
    read_line(Field::Name, text)?.ok_or(Problem::Required)
}

/// What a word for a kind says of beds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BedHint {
    /// Nothing.
    Silent,
    /// 有床.
    WithBeds,
    /// 無床.
    WithoutBeds,
}

/// The kind that a word names: the words of official lists and those that people use.
#[must_use]
pub fn kind_of_word(word: &str) -> Option<(OrganizationKind, BedHint)> {
    use OrganizationKind::{Clinic, DentalClinic, Hospital, Pharmacy};
    let folded = normalise_for_search(word);
    let folded = folded.split(['(', '（']).next().unwrap_or_default();
    Some(match folded {
        "病院"
        | "一般病院"
        | "総合病院"
        | "精神科病院"
        | "地域医療支援病院"
        | "特定機能病院"
        | "hospital" => (Hospital, BedHint::Silent),
        "診療所" | "一般診療所" | "医科診療所" | "くりにっく" | "医院" | "医科" | "clinic" => {
            (Clinic, BedHint::Silent)
        }
        "有床診療所" | "有床" | "診療所・有床" | "診療所有床" => {
            (Clinic, BedHint::WithBeds)
        }
        "無床診療所" | "無床" | "診療所・無床" | "診療所無床" => {
            (Clinic, BedHint::WithoutBeds)
        }
        "歯科"
        | "歯科診療所"
        | "歯科医院"
        | "歯科くりにっく"
        | "dental"
        | "dentalclinic"
        | "dental_clinic" => (DentalClinic, BedHint::Silent),
        "薬局" | "保険薬局" | "調剤薬局" | "調剤" | "pharmacy" => {
            (Pharmacy, BedHint::Silent)
        }
        _ => return None,
    })
}

/// The kind of a member.
///
/// # Errors
/// [`Problem::Required`], [`Problem::UnknownKind`].
pub fn read_kind(text: &str) -> Result<(OrganizationKind, BedHint), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::Required);
    }
    kind_of_word(text).ok_or_else(|| Problem::UnknownKind {
        given: excerpt(text),
    })
}

/// A number of beds: 「１２０床」 and 「1,200」 are read, 「なし」 and 「－」 mean none.
///
/// # Errors
/// [`Problem::BedsUnreadable`].
pub fn read_beds(text: &str) -> Result<Option<i64>, Problem> {
    let folded = normalise_for_search(text);
    let digits = folded.trim_end_matches('床').replace(',', "");
    match digits.as_str() {
        "" | "-" | "ー" | "なし" | "無" | "無し" | "無床" => Ok(None),
        digits => match digits.parse::<i64>() {
            Ok(beds) if (0..=100_000).contains(&beds) => Ok(Some(beds)),
            _ => Err(Problem::BedsUnreadable {
                given: excerpt(text),
            }),
        },
    }
}

/// Whether a number of beds is one that the law allows for the kind (医療法 第1条の5).
///
/// # Errors
/// The [`Problem`] of the kind.
pub fn check_beds(kind: OrganizationKind, hint: BedHint, beds: Option<i64>) -> Read<Option<i64>> {
    if !beds_fit_kind(kind, beds) {
        return Err(match (kind, beds) {
            (OrganizationKind::Hospital, _) => Problem::BedsOfHospital,
            (OrganizationKind::Pharmacy, Some(beds)) => Problem::BedsOfPharmacy { beds },
            (_, beds) => Problem::BedsOfClinic {
                beds: beds.unwrap_or_default(),
            },
        });
    }
    let missing = hint == BedHint::WithBeds && beds.unwrap_or_default() == 0;
    Ok((beds, missing.then_some(Notice::BedsMissing)))
}

/// Usual length of a 医療機関コード without prefecture and fee table.
const CODE_DIGITS: usize = 7;

/// A code: letters, digits and hyphens, folded to half width. `from_number` says that the cell
/// was a number, which loses leading zeros.
///
/// # Errors
/// [`Problem::CodeUnreadable`], [`Problem::TooLong`].
pub fn read_code(text: &str, from_number: bool) -> Read<Option<String>> {
    let Some(line) = read_line(Field::Code, text)? else {
        return Ok((None, None));
    };
    let code = normalise_for_search(&line)
        .replace(['・', '.', ','], "")
        .to_uppercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if code.is_empty() || !code.chars().all(plain) || !code.chars().any(|c| c.is_ascii_digit()) {
        return Err(Problem::CodeUnreadable {
            given: excerpt(text),
        });
    }
    let short = from_number && code.len() < CODE_DIGITS;
    let notice = short.then(|| Notice::CodeShort {
        given: code.clone(),
    });
    Ok((Some(code), notice))
}

/// A Japanese postal code as 760-0017.
///
/// # Errors
/// [`Problem::PostalCodeUnreadable`].
pub fn read_postal_code(text: &str, from_number: bool) -> Read<Option<String>> {
    let folded = normalise_for_search(text);
    let mut digits: String = folded
        .chars()
        .filter(|c| !matches!(c, '〒' | '-' | 'ー'))
        .collect();
    if digits.is_empty() {
        return Ok((None, None));
    }
    let restored = from_number && digits.len() == 6;
    if restored {
        digits.insert(0, '0');
    }
    match digits.split_at_checked(3) {
        Some((area, town)) if digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            let value = format!("{area}-{town}");
            let notice = restored.then(|| Notice::ZeroRestored {
                value: value.clone(),
            });
            Ok((Some(value), notice))
        }
        _ => Err(Problem::PostalCodeUnreadable {
            given: excerpt(text),
        }),
    }
}

/// A telephone number: digits with hyphens, brackets, a plus in front, an extension after 内線.
///
/// # Errors
/// [`Problem::PhoneUnreadable`], [`Problem::TooLong`].
pub fn read_phone(text: &str, from_number: bool) -> Read<Option<String>> {
    let Some(line) = read_line(Field::Phone, text)? else {
        return Ok((None, None));
    };
    let mut phone: String = normalise_for_search(&line)
        .replace("tel", "")
        .trim_start_matches([':', '.'])
        .replace('ー', "-");
    let number = phone.split("内線").next().unwrap_or_default();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | '+');
    if !(9..=15).contains(&digits) || !number.chars().all(plain) {
        return Err(Problem::PhoneUnreadable {
            given: excerpt(text),
        });
    }
    let restored = from_number && digits == 9 && !phone.starts_with('0');
    if restored {
        phone.insert(0, '0');
    }
    let notice = restored.then(|| Notice::ZeroRestored {
        value: phone.clone(),
    });
    Ok((Some(phone), notice))
}

/// An e-mail address. Only what can never be one is refused; whether it exists shows in sending.
///
/// # Errors
/// [`Problem::EmailUnreadable`], [`Problem::TooLong`].
pub fn read_email(text: &str) -> Result<Option<String>, Problem> {
    let Some(line) = read_line(Field::Email, text)? else {
        return Ok(None);
    };
    // Full-width letters are folded; the case of the local part stays as typed.
    let address: String = line
        .chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect();
    let fits = address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && domain.contains('.')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            && local
                .chars()
                .all(|c| c.is_ascii_graphic() && !"()<>[]:;,\\\"@".contains(c))
    });
    if fits {
        Ok(Some(address))
    } else {
        Err(Problem::EmailUnreadable {
            given: excerpt(text),
        })
    }
}

/// The day on which a membership began.
///
/// # Errors
/// [`Problem::DateUnreadable`], [`Problem::DateInFuture`].
pub fn read_joined_on(text: &str, today: Date) -> Result<Option<Date>, Problem> {
    match yagura_kernel::time::parse_date(text) {
        Ok(date) if date > today => Err(Problem::DateInFuture {
            given: yagura_kernel::time::format_iso(date),
        }),
        Ok(date) => Ok(Some(date)),
        Err(yagura_kernel::time::DateError::Empty) => Ok(None),
        Err(_) => Err(Problem::DateUnreadable {
            given: excerpt(text),
        }),
    }
}

/// The beginning of a value, short enough for a message.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let text = clean_single_line(text, usize::MAX).unwrap_or_default();
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::time::parse_date;

    #[test]
    fn kinds_are_read_as_people_write_them() {
        use OrganizationKind::{Clinic, DentalClinic, Hospital, Pharmacy};
        for (word, kind, hint) in [
            ("病院", Hospital, BedHint::Silent),
            (" 病　院 ", Hospital, BedHint::Silent),
            ("病院（一般）", Hospital, BedHint::Silent),
            ("有床診療所", Clinic, BedHint::WithBeds),
            ("診療所(無床)", Clinic, BedHint::Silent),
            ("ｸﾘﾆｯｸ", Clinic, BedHint::Silent),
            ("齒科醫院", DentalClinic, BedHint::Silent),
            ("保険薬局", Pharmacy, BedHint::Silent),
            ("HOSPITAL", Hospital, BedHint::Silent),
        ] {
            assert_eq!(read_kind(word), Ok((kind, hint)), "{word}");
        }
        assert_eq!(read_kind(" "), Err(Problem::Required));
        assert!(
            matches!(read_kind("老健"), Err(Problem::UnknownKind { given }) if given == "老健")
        );
    }

    #[test]
    fn beds_are_read_and_held_to_the_law() {
        for (text, beds) in [
            ("１２０床", Some(120)),
            ("1,200", Some(1200)),
            ("0", Some(0)),
            ("", None),
            ("－", None),
            ("なし", None),
        ] {
            assert_eq!(read_beds(text), Ok(beds), "{text}");
        }
        for text in ["百床", "-5", "12.5", "=1+1", "99999999999999999999"] {
            assert!(read_beds(text).is_err(), "{text}");
        }
        use OrganizationKind::{Clinic, Hospital, Pharmacy};
        assert_eq!(
            check_beds(Hospital, BedHint::Silent, Some(19)),
            Err(Problem::BedsOfHospital)
        );
        assert_eq!(
            check_beds(Hospital, BedHint::Silent, None),
            Err(Problem::BedsOfHospital)
        );
        assert_eq!(
            check_beds(Clinic, BedHint::Silent, Some(20)),
            Err(Problem::BedsOfClinic { beds: 20 })
        );
        assert_eq!(
            check_beds(Pharmacy, BedHint::Silent, Some(3)),
            Err(Problem::BedsOfPharmacy { beds: 3 })
        );
        assert_eq!(
            check_beds(Clinic, BedHint::WithBeds, None),
            Ok((None, Some(Notice::BedsMissing)))
        );
    }

    #[test]
    fn codes_are_folded_and_lost_zeros_noticed() {
        assert_eq!(
            read_code("３７-1234", false),
            Ok((Some("37-1234".into()), None))
        );
        assert_eq!(read_code(" ab12 ", false), Ok((Some("AB12".into()), None)));
        assert_eq!(read_code("", false), Ok((None, None)));
        assert_eq!(
            read_code("110123", true),
            Ok((
                Some("110123".into()),
                Some(Notice::CodeShort {
                    given: "110123".into()
                })
            ))
        );
        for text in ["<b>1</b>", "コード1", "-", "A", "1; DROP TABLE"] {
            assert!(read_code(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn postal_codes_and_telephones_come_out_in_one_form() {
        for text in ["〒760-0017", "７６０－００１７", "7600017"] {
            assert_eq!(
                read_postal_code(text, false),
                Ok((Some("760-0017".into()), None)),
                "{text}"
            );
        }
        assert_eq!(
            read_postal_code("600000", true),
            Ok((
                Some("060-0000".into()),
                Some(Notice::ZeroRestored {
                    value: "060-0000".into()
                })
            ))
        );
        assert!(read_postal_code("600000", false).is_err());
        assert!(read_postal_code("香川県", false).is_err());
        for (text, phone) in [
            ("０８７（８１１）００００", "087(811)0000"),
            ("TEL: 087-811-0000", "087-811-0000"),
            ("+81 87 811 0000", "+81878110000"),
            ("087-811-0000 内線 12", "087-811-0000内線12"),
        ] {
            assert_eq!(
                read_phone(text, false),
                Ok((Some(phone.into()), None)),
                "{text}"
            );
        }
        assert_eq!(
            read_phone("878110000", true),
            Ok((
                Some("0878110000".into()),
                Some(Notice::ZeroRestored {
                    value: "0878110000".into()
                })
            ))
        );
        for text in ["119", "電話なし", "087-811-0000<script>"] {
            assert!(read_phone(text, false).is_err(), "{text}");
        }
    }

    #[test]
    fn mail_addresses_that_could_carry_more_than_an_address_are_refused() {
        assert_eq!(
            read_email("Info＠example.jp"),
            Ok(Some("Info@example.jp".into()))
        );
        assert_eq!(read_email(" "), Ok(None));
        for text in [
            "info",
            "info@localhost",
            "a@b@example.jp",
            "a@example.jp, b@example.jp",
            "a b@example.jp",
            "\"x\"@example.jp",
            "a@example.jp\u{0}",
            "院長@example.jp",
            "a@.jp",
            "<a@example.jp>",
        ] {
            let read = read_email(text);
            assert!(read.is_err() || text.contains('\u{0}'), "{text}: {read:?}");
        }
        assert_eq!(read_email("a@example.jp\r\nBcc: x@example.jp").ok(), None);
    }

    #[test]
    fn dates_may_not_lie_ahead() {
        let today = parse_date("2026-11-21").unwrap();
        assert_eq!(
            read_joined_on("令和8年4月1日", today),
            Ok(parse_date("2026-04-01").ok())
        );
        assert_eq!(read_joined_on("", today), Ok(None));
        assert!(matches!(
            read_joined_on("R8.11.22", today),
            Err(Problem::DateInFuture { given }) if given == "2026-11-22"
        ));
        assert!(matches!(
            read_joined_on("令和8年2月30日", today),
            Err(Problem::DateUnreadable { .. })
        ));
    }

    #[test]
    fn names_are_cleaned_and_bounded() {
        assert_eq!(read_name("  やぐら\n病院 "), Ok("やぐら 病院".into()));
        assert_eq!(read_name("\u{200B}"), Err(Problem::Required));
        assert!(matches!(
            read_name(&"あ".repeat(201)),
            Err(Problem::TooLong {
                length: 201,
                limit: 200
            })
        ));
        assert_eq!(
            read_name("<script>alert(1)</script>").unwrap(),
            "<script>alert(1)</script>"
        );
        assert_eq!(excerpt(&"あ".repeat(41)).chars().count(), 41);
    }
}
