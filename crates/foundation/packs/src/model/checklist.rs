//! One year's checklist sheet: sections, rows, and the rules for filling it in.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;
use time::Date;
use yagura_kernel::time::FiscalYear;

use super::{FormText, Guidance, GuidanceField, Text, Wording};

/// Which sheet of the form a pack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sheet {
    /// 医療機関確認用 (from 令和8: 医療機関・薬局確認用), answered by the institution.
    Institution,
    /// 事業者確認用, answered by each vendor once per customer.
    Vendor,
    /// A framework from elsewhere that has no official form.
    General,
}

impl Sheet {
    /// The word used in files and ids.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Vendor => "vendor",
            Self::General => "general",
        }
    }
}

/// Who a sheet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Hospitals, clinics, dental clinics and midwifery homes.
    MedicalInstitution,
    /// Pharmacies, which had a sheet of their own from 令和5 to 令和7.
    Pharmacy,
    /// Suppliers of medical information systems and services.
    Vendor,
}

/// What kind of thing a row is asked about. The same printed id can stand under several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceClass {
    /// The organization itself, not a device.
    Organization,
    /// 医療情報システム全般.
    All,
    /// サーバ.
    Server,
    /// 端末PC.
    Terminal,
    /// ネットワーク機器.
    Network,
}

impl DeviceClass {
    /// The word used in files and item keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::All => "all",
            Self::Server => "server",
            Self::Terminal => "terminal",
            Self::Network => "network",
        }
    }

    /// The class by its word in files.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Organization,
            Self::All,
            Self::Server,
            Self::Terminal,
            Self::Network,
        ]
        .into_iter()
        .find(|class| class.as_str() == word)
    }

    /// The class's name as people read it.
    #[must_use]
    pub fn label(self) -> Text {
        match self {
            Self::Organization => Text::new("組織", "Organization"),
            Self::All => Text::new("医療情報システム全般", "All medical information systems"),
            Self::Server => Text::new("サーバ", "Servers"),
            Self::Terminal => Text::new("端末PC", "Terminal PCs"),
            Self::Network => Text::new("ネットワーク機器", "Network devices"),
        }
    }
}

/// A row of some pack: `pack-id/item-key`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemRef {
    /// Id of the pack.
    pub pack: String,
    /// Key of the item in it.
    pub key: String,
}

impl fmt::Display for ItemRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pack, self.key)
    }
}

impl FromStr for ItemRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((pack, key)) if !pack.is_empty() && !key.is_empty() && !key.contains('/') => {
                Ok(Self {
                    pack: pack.to_owned(),
                    key: key.to_owned(),
                })
            }
            _ => Err(format!(
                "\"{text}\" does not name an item; write pack-id/item-key"
            )),
        }
    }
}

impl Serialize for ItemRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ItemRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// When a row needs no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotApplicable {
    /// The institution has no contract with any vendor (2(2)/2-② and 2(3)/2-③ of the form).
    NoVendorContract,
}

/// The first row of the form: an institution without any system answers nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Heading of the row (医療情報システムの有無).
    pub heading: FormText,
    /// The statement that is answered はい or いいえ.
    pub text: FormText,
    /// What the form says about いいえ.
    pub when_no: FormText,
}

/// How the sheet is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetRules {
    /// How many times each row is confirmed in the year (the form has two).
    pub rounds: u8,
    /// A target date may stand only beside a first answer of いいえ.
    pub target_date_only_for_no: bool,
    /// A target date must lie inside the fiscal year.
    pub target_date_in_fiscal_year: bool,
    /// The form has a field 確認日 for the whole sheet (since 令和7).
    pub confirmation_date: bool,
}

impl Default for SheetRules {
    fn default() -> Self {
        Self {
            rounds: 2,
            target_date_only_for_no: true,
            target_date_in_fiscal_year: true,
            confirmation_date: false,
        }
    }
}

/// Why a target date cannot stand on the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TargetDateProblem {
    /// The answer beside it is not いいえ.
    #[error("a target date is entered only where the first answer is いいえ")]
    AnswerIsNotNo,
    /// It lies outside the fiscal year.
    #[error("the target date must lie from {first} to {last}")]
    OutsideFiscalYear {
        /// First day allowed.
        first: Date,
        /// Last day allowed.
        last: Date,
    },
}

impl TargetDateProblem {
    /// The key in the message catalogue ([`crate::MESSAGES_JA`], [`crate::MESSAGES_EN`]); the
    /// arguments of the second are `first` and `last`.
    #[must_use]
    pub fn message_key(self) -> &'static str {
        match self {
            Self::AnswerIsNotNo => "pack-target-date-without-no",
            Self::OutsideFiscalYear { .. } => "pack-target-date-outside-year",
        }
    }
}

/// One sheet of one edition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Which sheet of the form this is.
    pub sheet: Sheet,
    /// Who answers it.
    #[serde(default)]
    pub subjects: Vec<Subject>,
    /// The sheet's own name on the form (医療機関確認用).
    pub sheet_title: FormText,
    /// The sentence saying that the inspector looks at the sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspection_note: Option<FormText>,
    /// What the form asks to have reached by the end of the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<FormText>,
    /// Further instructions that the form prints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instructions: Vec<FormText>,
    /// The row that decides whether the rest is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// How it is filled in.
    #[serde(default)]
    pub rules: SheetRules,
    /// The sections in printed order.
    pub sections: Vec<Section>,
}

/// A numbered part of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Printed number, `1` to `4`.
    pub number: String,
    /// Printed title, without the number.
    pub title: Text,
    /// Rows under their headings, in printed order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// The rows of all blocks.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.blocks.iter().flat_map(|block| &block.items)
    }
}

/// Rows under one heading row such as「サーバについて、以下を実施している。」.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The heading row; none where rows follow the section title directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<Text>,
    /// The rows.
    pub items: Vec<Item>,
}

/// One printed row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Unique and stable inside the pack (`2-12-server`); answers are stored under it.
    pub key: String,
    /// The id as people cite it: `2(7)` until 令和6, `2-⑥` since. Not unique.
    pub printed_id: String,
    /// What the row is asked about.
    pub device_class: DeviceClass,
    /// The official short wording and its translation.
    pub text: Text,
    /// One or two words for a matrix column or a side navigation.
    pub short_label: Text,
    /// Whether it must become はい this year; the 参考項目 of 令和5 need not.
    #[serde(default = "yes")]
    pub required: bool,
    /// Fiscal year in which the subject entered the form.
    pub since: FiscalYear,
    /// Rows of the edition before that this one continues.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predecessors: Vec<ItemRef>,
    /// What is new this year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_note: Option<Text>,
    /// When the row needs no entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable_when: Option<NotApplicable>,
    /// Probes that can satisfy or contradict the answer by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<String>,
    /// Probes that only support it: they see a part of what the row asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supporting_probes: Vec<String>,
    /// Whether id, device class and wording are known to be this edition's.
    #[serde(default)]
    pub wording: Wording,
    /// Where the wording is from, and what about it is open.
    pub wording_source: Text,
    /// The row on the other sheet of the same year that answers the same question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<ItemRef>,
    /// Yagura's explanation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<GuidanceField>,
}

fn yes() -> bool {
    true
}

impl Item {
    /// The mark as the row itself prints it, without the section: `(7)` or `⑥`.
    #[must_use]
    pub fn row_mark(&self) -> &str {
        let rest = self
            .printed_id
            .trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        if rest.is_empty() {
            &self.printed_id
        } else {
            rest
        }
    }

    /// The explanation, where there is one.
    #[must_use]
    pub fn guidance(&self) -> Option<&Arc<Guidance>> {
        self.guidance.as_ref().and_then(GuidanceField::text)
    }

    /// Every probe named, deciding ones first.
    pub fn all_probes(&self) -> impl Iterator<Item = &str> {
        self.probes
            .iter()
            .chain(&self.supporting_probes)
            .map(String::as_str)
    }
}

impl Checklist {
    /// Every row in printed order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.sections.iter().flat_map(Section::items)
    }

    /// The row with a key.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&Item> {
        self.items().find(|item| item.key == key)
    }

    /// The section that holds a key.
    #[must_use]
    pub fn section_of(&self, key: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.items().any(|item| item.key == key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_references_read_and_write_the_same() {
        let text = "mhlw-checklist-r07-institution/2-12-server";
        assert_eq!(text.parse::<ItemRef>().unwrap().to_string(), text);
        for wrong in ["", "2-1", "/2-1", "pack/", "a/b/c"] {
            assert!(wrong.parse::<ItemRef>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_of_device_classes_are_found_again() {
        for class in [
            DeviceClass::Organization,
            DeviceClass::Network,
            DeviceClass::Terminal,
        ] {
            assert_eq!(DeviceClass::from_word(class.as_str()), Some(class));
        }
        assert_eq!(DeviceClass::from_word("printer"), None);
    }
}
