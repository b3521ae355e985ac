//! Text that fits: measured with the metrics of the typeface, broken where the script allows it.

use std::sync::LazyLock;

use icu_segmenter::options::LineBreakOptions;
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};

use super::Line;

/// How a line of text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The name of a node.
    Name,
    /// What is said of it.
    Detail,
    /// What a reader must notice.
    Mark,
    /// What a reader must notice because something is over.
    Alarm,
    /// The name of a band.
    Band,
}

impl Style {
    /// The size of the type.
    #[must_use]
    pub const fn size(self) -> f64 {
        match self {
            Self::Name | Self::Band => 13.0,
            Self::Detail | Self::Mark | Self::Alarm => 11.0,
        }
    }

    /// From line to line.
    #[must_use]
    pub const fn leading(self) -> f64 {
        match self {
            Self::Name | Self::Band => 17.0,
            Self::Detail | Self::Mark | Self::Alarm => 14.5,
        }
    }

    /// Whether it is set bold.
    #[must_use]
    pub const fn is_bold(self) -> bool {
        !matches!(self, Self::Detail)
    }
}

/// Measures text. Widths add up: a text is as wide as its parts.
pub trait Measure {
    /// The width of a text at a size of one.
    fn width(&self, text: &str, is_bold: bool) -> f64;
}

const ELLIPSIS: char = '…';

static LINES: LazyLock<LineSegmenterBorrowed<'static>> =
    LazyLock::new(|| LineSegmenter::new_for_non_complex_scripts(LineBreakOptions::default()));

/// A text on at most `most` lines of at most `width`; what does not fit ends with an ellipsis.
/// A word that no line holds is broken where the line ends.
#[must_use]
pub fn fit(
    text: &str,
    style: Style,
    width: f64,
    most: usize,
    measure: &dyn Measure,
) -> Vec<String> {
    let measured = |text: &str| measure.width(text, style.is_bold()) * style.size();
    let breaks: Vec<usize> = LINES.segment_str(text).collect();
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    // Widths add up: nothing is measured twice.
    let mut used = 0.0;
    let mut start = 0;
    for end in breaks {
        let Some(part) = text.get(start..end).filter(|part| !part.is_empty()) else {
            continue;
        };
        start = end;
        if used + measured(part.trim_end()) <= width {
            used += measured(part);
            line.push_str(part);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        used = 0.0;
        for character in part.chars() {
            let advance = measured(character.encode_utf8(&mut [0; 4]));
            if used + advance > width && !line.is_empty() && !character.is_whitespace() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(character);
            used += advance;
        }
        if lines.len() > most {
            break;
        }
    }
    if !line.trim().is_empty() {
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines.retain(|line| !line.is_empty());
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push(ELLIPSIS);
            while measured(last) > width && last.chars().count() > 1 {
                last.pop();
                last.pop();
                last.push(ELLIPSIS);
            }
        }
    }
    lines
}

/// Lines as they are set, each with its width.
pub(super) type SetLines = Vec<(Style, f64, String)>;

/// Sets lines in a box.
pub(super) fn set(lines: &[Line], width: f64, measure: &dyn Measure) -> SetLines {
    lines
        .iter()
        .flat_map(|line| {
            fit(&line.text, line.style, width, line.most, measure)
                .into_iter()
                .map(|text| {
                    let width = measure.width(&text, line.style.is_bold()) * line.style.size();
                    (line.style, width, text)
                })
        })
        .collect()
}
