//! The short texts by which rows of the form are told apart.

use crate::diff::half_width;
use crate::model::DeviceClass;

/// The id at the start of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Section, where the id names it.
    pub(super) section: Option<u32>,
    /// Number in the section.
    pub(super) number: u32,
    /// The number as printed: `(7)` or `⑥`.
    pub(super) printed: String,
    /// What follows in the same cell.
    pub(super) rest: String,
}

impl Mark {
    /// The id as people cite it: `2(7)` with brackets, `2-⑥` with circled numbers.
    pub(super) fn printed_id(&self, section: u32) -> String {
        if self.printed.starts_with('(') {
            format!("{section}{}", self.printed)
        } else {
            format!("{section}-{}", self.printed)
        }
    }
}

/// One cell without line breaks, full-width digits and brackets made half-width. Circled numbers
/// stay.
pub(super) fn cleaned(cell: &str) -> String {
    let joined: String = cell
        .chars()
        .filter(|c| *c != '\n' && *c != '\r')
        .map(half_width)
        .collect();
    joined
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn circled(c: char) -> Option<u32> {
    match c {
        '①'..='⑳' => Some(u32::from(c) - u32::from('①') + 1),
        '㉑'..='㉟' => Some(u32::from(c) - u32::from('㉑') + 21),
        _ => None,
    }
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '–' | '—' | '−' | 'ー' | '―')
}

/// Up to two digits at the start, and what follows.
fn digits(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    if number.is_empty() || number.len() > 2 {
        return None;
    }
    Some((number.parse().ok()?, rest))
}

/// A row's id at the start of a cell that [`cleaned`] gave.
pub(super) fn mark(cell: &str) -> Option<Mark> {
    let (section, after) = match digits(cell) {
        Some((section, after)) => (Some(section), after.trim_start()),
        None => (None, cell),
    };
    let undashed = after.trim_start_matches(is_dash).trim_start();
    let dashed = undashed.len() < after.len();
    let mut letters = undashed.chars();
    let first = letters.next()?;
    if let Some(number) = circled(first) {
        let rest = letters.as_str().trim().to_owned();
        return Some(Mark {
            section,
            number,
            printed: first.to_string(),
            rest,
        });
    }
    if first == '(' {
        let (number, after) = digits(letters.as_str().trim_start())?;
        let rest = after.trim_start().strip_prefix(')')?.trim().to_owned();
        return Some(Mark {
            section,
            number,
            printed: format!("({number})"),
            rest,
        });
    }
    // 2-6 in plain digits; a lone number is no mark, and neither is a date.
    if section.is_some() && dashed {
        let (number, rest) = digits(undashed)?;
        if !rest
            .chars()
            .next()
            .is_some_and(|c| is_dash(c) || c == '/' || c.is_ascii_digit())
        {
            let rest = rest
                .trim_start_matches(['.', ' ', '、', ':'])
                .trim()
                .to_owned();
            return Some(Mark {
                section,
                number,
                printed: number.to_string(),
                rest,
            });
        }
    }
    None
}

/// A section title such as「1 体制構築」: the number and the title, which may stand in the next
/// cell.
pub(super) fn section(cell: &str) -> Option<(u32, String)> {
    if mark(cell).is_some() {
        return None;
    }
    let (number, rest) = digits(cell)?;
    let title = rest.trim_start_matches(['.', ' ', '、', ':', '章']).trim();
    let reads_as_title = title.chars().next().is_none_or(char::is_alphabetic)
        && title.chars().count() <= 40
        && !title.ends_with('。')
        && !title.starts_with(['回', '月', '日', '年', '施', '件', '台', '人', '項']);
    (reads_as_title && number > 0).then(|| (number, title.to_owned()))
}

/// The class of a heading row such as「サーバについて、以下を実施している。」.
pub(super) fn heading(cell: &str) -> Option<DeviceClass> {
    if !cell.contains("について") || !(cell.contains("以下") || cell.contains("実施")) {
        return None;
    }
    let subject = cell.split("について").next()?;
    let named: Vec<DeviceClass> = [
        (DeviceClass::Server, ["サーバ", "サーバー"]),
        (DeviceClass::Terminal, ["端末", "パソコン"]),
        (DeviceClass::Network, ["ネットワーク", "通信機器"]),
    ]
    .into_iter()
    .filter(|(_, words)| words.iter().any(|word| subject.contains(word)))
    .map(|(class, _)| class)
    .collect();
    match named.as_slice() {
        [only] => Some(*only),
        [] if subject.contains("システム") || subject.contains("全般") => {
            Some(DeviceClass::All)
        }
        [] => None,
        _ => Some(DeviceClass::All),
    }
}

/// Whether a cell of a header row names the items.
pub(super) fn names_items(cell: &str) -> bool {
    cell.chars().count() <= 12 && cell.ends_with("項目")
}

/// Whether a cell of a header row names an answer, a date or a remark.
pub(super) fn names_answers(cell: &str) -> bool {
    const WORDS: [&str; 9] = [
        "確認結果",
        "1回目",
        "一回目",
        "2回目",
        "目標日",
        "備考",
        "確認日",
        "回答",
        "はい",
    ];
    cell.chars().count() <= 24 && WORDS.iter().any(|word| cell.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str) -> Option<(Option<u32>, u32, String, String)> {
        mark(&cleaned(cell)).map(|m| (m.section, m.number, m.printed, m.rest))
    }

    #[test]
    fn ids_are_read_in_every_form() {
        let text = "台帳管理を行っている。";
        for (cell, section, number, printed) in [
            ("1(1) 台帳管理を行っている。", Some(1), 1, "(1)"),
            ("２（７）台帳管理を行っている。", Some(2), 7, "(7)"),
            ("（１）\n台帳管理を行っている。", None, 1, "(1)"),
            ("1-①台帳管理を行っている。", Some(1), 1, "①"),
            ("２－⑥　台帳管理を行っている。", Some(2), 6, "⑥"),
            ("2ー⑬台帳管理を行っている。", Some(2), 13, "⑬"),
            ("⑫ 台帳管理を行っている。", None, 12, "⑫"),
            ("2-6 台帳管理を行っている。", Some(2), 6, "6"),
        ] {
            let expected = Some((section, number, printed.to_owned(), text.to_owned()));
            assert_eq!(read(cell), expected, "{cell}");
        }
        for cell in [
            "",
            "体制構築",
            "1",
            "2026-11-21",
            "(/)",
            "1回目",
            "(注)",
            "12345(1)",
            "5-6-7",
        ] {
            assert_eq!(read(cell), None, "{cell}");
        }
    }

    #[test]
    fn sections_and_headings_are_told_from_rows() {
        assert_eq!(section("1 体制構築"), Some((1, "体制構築".into())));
        assert_eq!(
            section(&cleaned("２．医療情報システム\nの管理・運用")),
            Some((2, "医療情報システムの管理・運用".into()))
        );
        assert_eq!(section("3"), Some((3, String::new())));
        for cell in [
            "1(1) 体制",
            "1回目",
            "2-①",
            "6月12日",
            "体制構築",
            "1 台帳管理を行っている。",
        ] {
            assert_eq!(section(cell), None, "{cell}");
        }
        assert_eq!(
            heading("サーバについて、以下を実施している。"),
            Some(DeviceClass::Server)
        );
        assert_eq!(
            heading("端末PCについて、以下を実施している。"),
            Some(DeviceClass::Terminal)
        );
        assert_eq!(
            heading("ネットワーク機器について、以下を実施している。"),
            Some(DeviceClass::Network)
        );
        assert_eq!(
            heading("医療情報システム全般について、以下を実施している。"),
            Some(DeviceClass::All)
        );
        assert_eq!(
            heading("サーバ及び端末PCについて、以下を実施している。"),
            Some(DeviceClass::All)
        );
        assert_eq!(heading("サーバの台帳管理を行っている。"), None);
    }
}
