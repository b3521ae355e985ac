//! Which class of devices an entry belongs to, and whose device it is, by the words that people
//! use for groups, tags and titles in Japanese and English.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization as _;

use crate::defaults::table;
use crate::entry::Entry;

/// A class of devices, as the checklists distinguish them, and medical devices.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// Servers, storage, databases and what runs on them.
    Server,
    /// Routers, switches, firewalls, access points.
    Network,
    /// Medical devices and what is sold with them.
    Medical,
    /// Terminals of users.
    Terminal,
    /// What none of the words places.
    Other,
}

impl DeviceClass {
    /// All classes, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Server,
        Self::Network,
        Self::Medical,
        Self::Terminal,
        Self::Other,
    ];

    /// The word for it in options and in a verdict.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Network => "network",
            Self::Medical => "medical",
            Self::Terminal => "terminal",
            Self::Other => "other",
        }
    }

    /// The class of a word of an option: its code, or one of the words that are known for it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let folded = fold(word);
        Self::ALL
            .into_iter()
            .find(|class| class.code() == folded.trim())
            .or_else(|| class_of_text(word))
    }
}

/// Words by class. A class stands before those whose words its own contain: a `PACSサーバ` is a
/// server, a `無線LAN端末` is looked at as network equipment before it is a terminal.
const WORDS: [(DeviceClass, &[&str]); 4] = [
    (
        DeviceClass::Server,
        &[
            "サーバ",
            "server",
            "servers",
            "srv",
            "nas",
            "データベース",
            "database",
            "db",
            "esxi",
            "vmware",
            "vcenter",
            "hyper-v",
            "idrac",
            "ilo",
            "ipmi",
            "domain controller",
            "active directory",
            "ドメインコントローラ",
            "ストレージ",
            "storage",
            "バックアップ",
            "backup",
            "pacs",
            "ris",
            "linux",
            "仮想基盤",
            "電子カルテ",
            "オーダリング",
            "レセコン",
            "オンプレ",
            "mysql",
            "postgresql",
            "oracle",
            "sql server",
            "tomcat",
        ],
    ),
    (
        DeviceClass::Network,
        &[
            "ネットワーク",
            "network",
            "router",
            "routers",
            "ルータ",
            "switch",
            "switches",
            "スイッチ",
            "vpn",
            "firewall",
            "ファイアウォール",
            "ファイヤーウォール",
            "utm",
            "fortigate",
            "無線",
            "wi-fi",
            "wifi",
            "wlan",
            "アクセスポイント",
            "access point",
            "ap",
            "モデム",
            "onu",
            "yamaha rtx",
            "rtx",
            "catalyst",
            "l2sw",
            "l3sw",
            "sw",
            "ロードバランサ",
            "load balancer",
            "プロキシ",
            "proxy",
            "gateway",
            "ゲートウェイ",
        ],
    ),
    (
        DeviceClass::Medical,
        &[
            "医療機器",
            "medical",
            "modality",
            "モダリティ",
            "ct",
            "mri",
            "mr",
            "超音波",
            "エコー",
            "x線",
            "xray",
            "x-ray",
            "レントゲン",
            "マンモ",
            "内視鏡",
            "endoscopy",
            "心電",
            "ecg",
            "ekg",
            "人工呼吸",
            "輸液",
            "シリンジ",
            "透析",
            "生体情報",
            "モニタリング",
            "検体",
            "分析装置",
            "血液ガス",
            "dicom",
            "眼底",
            "oct",
            "cr",
            "放射線",
            "検査機器",
            "手術",
            "麻酔",
            "調剤",
            "分包",
        ],
    ),
    (
        DeviceClass::Terminal,
        &[
            "端末",
            "terminal",
            "terminals",
            "pc",
            "パソコン",
            "クライアント",
            "client",
            "clients",
            "workstation",
            "ノート",
            "laptop",
            "タブレット",
            "tablet",
            "ipad",
            "iphone",
            "スマートフォン",
            "windows",
            "デスクトップ",
            "desktop",
            "シンクライアント",
            "プリンタ",
            "printer",
            "複合機",
            "mfp",
        ],
    ),
];

/// Vendors whose devices have no default of their own in the table, by their words.
const MORE_VENDORS: [(&str, &[&str]); 14] = [
    ("alaxala", &["alaxala", "アラクサラ"]),
    ("apresia", &["apresia", "アプレシア"]),
    (
        "fortinet",
        &["fortinet", "fortigate", "fortiswitch", "fortiap"],
    ),
    ("fukuda denshi", &["fukuda", "フクダ電子"]),
    ("ge", &["ge healthcare", "geヘルスケア", "gehc"]),
    ("i-o data", &["i-o data", "アイ・オー・データ", "landisk"]),
    ("mikrotik", &["mikrotik", "routeros"]),
    ("nihon kohden", &["nihon kohden", "日本光電"]),
    ("olympus", &["olympus", "オリンパス"]),
    ("omron", &["omron", "オムロン"]),
    ("orca", &["orca", "日医標準レセプト"]),
    ("phc", &["phc", "medicom", "メディコム"]),
    ("synology", &["synology", "diskstation"]),
    ("yamaha", &["yamaha", "ヤマハ", "rtx"]),
];

/// Width, case and compatibility forms made one.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Whether a folded text contains a folded word. A word in Latin letters must stand by itself
/// (`ct` is not in `direct`), whatever script surrounds it (`CT装置`).
pub(crate) fn contains_word(text: &str, word: &str) -> bool {
    let is_latin = word.is_ascii();
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find(word) {
        let (head, tail) = rest.split_at(at);
        let after = tail.get(word.len()..).unwrap_or_default();
        let left = head.chars().next_back().or(before);
        let joins = |letter: Option<char>| letter.is_some_and(|c| c.is_ascii_alphabetic());
        if !is_latin || (!joins(left) && !joins(after.chars().next())) {
            return true;
        }
        before = word.chars().next_back();
        rest = after;
    }
    false
}

/// The class that a text names, if it names one.
#[must_use]
pub fn class_of_text(text: &str) -> Option<DeviceClass> {
    let text = fold(text);
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|word| contains_word(&text, word)))
        .map(|(class, _)| *class)
}

/// Which groups a person has put into which class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMap(BTreeMap<String, DeviceClass>);

impl GroupMap {
    /// Puts a group (its name, or the path of names with `/`) and what lies in it into a class.
    pub fn insert(&mut self, group: &str, class: DeviceClass) {
        self.0.insert(fold(group.trim_matches('/')), class);
    }

    /// Whether nothing was mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn class(&self, groups: &[String]) -> Option<DeviceClass> {
        // The innermost group that was mapped counts, and of one group its path before its name.
        (1..=groups.len()).rev().find_map(|depth| {
            let path = groups.get(..depth)?;
            let name = path.last()?;
            self.0
                .get(&fold(&path.join("/")))
                .or_else(|| self.0.get(&fold(name)))
                .copied()
        })
    }
}

/// The class of an entry: what a person mapped, then its tags, its groups from the innermost
/// outwards, its title, its address.
#[must_use]
pub fn class(entry: &Entry, map: &GroupMap) -> DeviceClass {
    map.class(&entry.groups)
        .or_else(|| entry.tags.iter().find_map(|tag| class_of_text(tag)))
        .or_else(|| {
            entry
                .groups
                .iter()
                .rev()
                .find_map(|name| class_of_text(name))
        })
        .or_else(|| class_of_text(&entry.title))
        .or_else(|| class_of_text(&entry.url))
        .unwrap_or(DeviceClass::Other)
}

/// Whose device an entry is of, folded: what a field of the entry says, else the first vendor of
/// the table of defaults whose words its title, tags, groups or address contain.
#[must_use]
pub fn vendor(entry: &Entry) -> Option<String> {
    if let Some(vendor) = &entry.vendor {
        return Some(fold(vendor));
    }
    let text = surroundings(entry);
    let more = MORE_VENDORS
        .iter()
        .find(|(_, words)| words.iter().any(|word| contains_word(&text, &fold(word))))
        .map(|(vendor, _)| (*vendor).to_owned());
    more.or_else(|| {
        table()
            .iter()
            .find(|row| row.words.iter().any(|word| contains_word(&text, word)))
            .map(|row| fold(&row.vendor))
    })
}

/// Everything about an entry that may name its product, folded.
pub(crate) fn surroundings(entry: &Entry) -> String {
    let mut text = fold(&entry.title);
    let rest = entry
        .groups
        .iter()
        .chain(&entry.tags)
        .chain(&entry.vendor)
        .chain([&entry.url]);
    for part in rest {
        text.push('\n');
        text.push_str(&fold(part));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_words_that_people_use() {
        for (text, class) in [
            ("電子カルテサーバー", Some(DeviceClass::Server)),
            ("PACSサーバ", Some(DeviceClass::Server)),
            ("FortiGate 60F", Some(DeviceClass::Network)),
            ("2階 無線LAN", Some(DeviceClass::Network)),
            ("CT装置", Some(DeviceClass::Medical)),
            ("ＭＲＩ操作卓", Some(DeviceClass::Medical)),
            ("direct debit", None),
            ("受付PC", Some(DeviceClass::Terminal)),
            ("upcoming", None),
            ("銀行", None),
        ] {
            assert_eq!(class_of_text(text), class, "{text}");
        }
    }

    #[test]
    fn a_person_decides_before_words_do() {
        let entry = Entry {
            title: "CT".to_owned(),
            groups: vec!["本館".to_owned(), "サーバ室".to_owned()],
            ..Entry::default()
        };
        let mut map = GroupMap::default();
        assert_eq!(class(&entry, &map), DeviceClass::Server);
        map.insert("本館", DeviceClass::Terminal);
        assert_eq!(class(&entry, &map), DeviceClass::Terminal);
        map.insert("本館/サーバ室", DeviceClass::Medical);
        assert_eq!(class(&entry, &map), DeviceClass::Medical);
    }

    #[test]
    fn the_vendor_is_what_a_field_says_or_the_words_name() {
        let mut entry = Entry {
            title: "iDRAC 3号機".to_owned(),
            ..Entry::default()
        };
        assert_eq!(vendor(&entry).as_deref(), Some("dell"));
        entry.vendor = Some("架空メディカル".to_owned());
        assert_eq!(vendor(&entry).as_deref(), Some("架空メディカル"));
    }
}
