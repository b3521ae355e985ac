use serde::{Deserialize, Serialize};
use time::Date;

use super::dates::{self, sample_day};
use super::imprint::Imprint;

/// A drawing on sheets of A3 (システム構成図, ネットワーク構成図). Everything on a sheet has its
/// place already; lengths are in points from the upper left corner of the drawing's own area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiagramDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// What is drawn: 「システム構成図」.
    pub title: String,
    /// Whose it is.
    pub institution_name: String,
    /// The day whose state it shows.
    #[serde(with = "dates")]
    pub as_of: Date,
    /// Short facts of the title block: 「システム 24 件」.
    pub facts: Vec<String>,
    /// What the drawing does not show one by one.
    pub notes: Vec<String>,
    /// The sheets.
    pub sheets: Vec<DiagramSheet>,
}

/// One sheet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DiagramSheet {
    /// Rectangles, those below first.
    pub rectangles: Vec<DiagramRectangle>,
    /// Lines; they stand above the rectangles that are no boxes of text.
    pub lines: Vec<DiagramLine>,
    /// Rectangles above the lines.
    pub boxes: Vec<DiagramRectangle>,
    /// Texts.
    pub texts: Vec<DiagramText>,
}

impl DiagramSheet {
    /// The width of the area for the drawing, in points.
    pub const WIDTH: f64 = 1122.0;
    /// Its height, in points.
    pub const HEIGHT: f64 = 690.0;
}

/// How a line is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiagramStroke {
    /// Its thickness in points.
    pub thickness: f64,
    /// Its colour: red, green, blue.
    pub colour: [u8; 3],
    /// Lengths of dashes and gaps in points; none for a line without gaps.
    pub dash: Vec<f64>,
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiagramRectangle {
    /// Its left.
    pub x: f64,
    /// Its top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Its ground, where it has one: red, green, blue.
    pub fill: Option<[u8; 3]>,
    /// Its edge, where it has one.
    pub stroke: Option<DiagramStroke>,
}

/// A line with corners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiagramLine {
    /// Its corners.
    pub points: Vec<[f64; 2]>,
    /// How it is drawn.
    pub stroke: DiagramStroke,
    /// Whether the corners enclose an area of the line's colour: the head of an arrow.
    pub is_filled: bool,
}

/// A text on one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiagramText {
    /// Where it begins.
    pub x: f64,
    /// Its baseline.
    pub y: f64,
    /// Its size in points.
    pub size: f64,
    /// Whether it is bold.
    pub is_bold: bool,
    /// Its colour: red, green, blue.
    pub colour: [u8; 3],
    /// What it says.
    pub text: String,
}

impl DiagramDocument {
    /// A drawing of two devices.
    pub fn sample() -> Self {
        let stroke = |dash: &[f64]| DiagramStroke {
            thickness: 0.8,
            colour: [26, 26, 26],
            dash: dash.to_vec(),
        };
        let rectangle = |x, dash: &[f64]| DiagramRectangle {
            x,
            y: 20.0,
            width: 110.0,
            height: 40.0,
            fill: Some([255, 255, 255]),
            stroke: Some(stroke(dash)),
        };
        let text = |x, text: &str| DiagramText {
            x,
            y: 42.0,
            size: 7.0,
            is_bold: true,
            colour: [26, 26, 26],
            text: text.to_owned(),
        };
        Self {
            imprint: Imprint {
                pack: None,
                ..Imprint::sample()
            },
            title: "ネットワーク構成図".to_owned(),
            institution_name: "架空総合病院".to_owned(),
            as_of: sample_day(2025, 11, 21),
            facts: vec!["機器 2 台".to_owned(), "未確認 1 件".to_owned()],
            notes: Vec::new(),
            sheets: vec![DiagramSheet {
                rectangles: Vec::new(),
                lines: vec![DiagramLine {
                    points: vec![[110.0, 40.0], [160.0, 40.0]],
                    stroke: stroke(&[3.0, 2.0]),
                    is_filled: false,
                }],
                boxes: vec![rectangle(0.0, &[]), rectangle(160.0, &[3.0, 2.0])],
                texts: vec![text(8.0, "VPN装置"), text(168.0, "基幹スイッチ")],
            }],
        }
    }
}
