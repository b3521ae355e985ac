use std::sync::Arc;

use yagura_documents::forms::{DiagramDocument, DiagramSheet, Imprint};
use yagura_inventory::Inventory;
use yagura_inventory::model::{Asset, DeviceClass, System};
use yagura_web::i18n::Catalogue;
use yagura_web::{Feature as _, Lang, Translator};

use crate::model::samples::{empty, hospital, id, record};
use crate::model::{Diagram, Register};

fn translator(lang: Lang) -> Translator {
    let inventory = Inventory;
    let sources = crate::MESSAGES.iter().chain(inventory.messages());
    Translator::new(lang, Arc::new(Catalogue::build(sources).unwrap()))
}

fn document(diagram: Diagram, register: &Register) -> DiagramDocument {
    crate::document_of(&translator(Lang::Ja), diagram, register, Imprint::sample())
}

/// `YAGURA_WRITE_GOLDEN=1` writes the files anew; look at them before they are committed.
#[test]
fn the_sample_hospital_is_drawn_as_it_was() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for (lang, suffix) in [(Lang::Ja, ""), (Lang::En, "-en")] {
        for diagram in [Diagram::Systems, Diagram::Network] {
            let svg = crate::svg_of(&translator(lang), diagram, &hospital());
            let path = folder.join(format!("hospital-{}{suffix}.svg", diagram.code()));
            if std::env::var_os("YAGURA_WRITE_GOLDEN").is_some() {
                std::fs::write(&path, &svg).unwrap();
            }
            let golden = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(svg == golden, "{} differs", path.display());
        }
    }
}

#[test]
fn a_hospital_fits_on_one_sheet_and_its_text_is_readable() {
    for diagram in [Diagram::Systems, Diagram::Network] {
        let document = document(diagram, &hospital());
        assert_eq!(document.sheets.len(), 1);
        check(&document);
    }
}

/// Everything stands on its sheet, and no text is too small to read.
fn check(document: &DiagramDocument) {
    for (number, sheet) in document.sheets.iter().enumerate() {
        for rectangle in sheet.rectangles.iter().chain(&sheet.boxes) {
            assert!(
                rectangle.x >= -0.1 && rectangle.y >= -0.1,
                "{number}: {rectangle:?}"
            );
            assert!(
                rectangle.x + rectangle.width <= DiagramSheet::WIDTH + 3.0,
                "{number}: {rectangle:?}"
            );
            assert!(
                rectangle.y + rectangle.height <= DiagramSheet::HEIGHT + 0.1,
                "{number}: {rectangle:?}"
            );
            assert!(rectangle.height >= 0.0);
        }
        for text in &sheet.texts {
            assert!(text.size >= 5.999, "{number}: {text:?}");
            assert!(
                text.x >= 0.0 && text.x < DiagramSheet::WIDTH,
                "{number}: {text:?}"
            );
            assert!(
                text.y > 0.0 && text.y <= DiagramSheet::HEIGHT,
                "{number}: {text:?}"
            );
        }
        for line in &sheet.lines {
            for [x, y] in &line.points {
                assert!(
                    *x >= -0.1 && *x <= DiagramSheet::WIDTH + 3.0,
                    "{number}: {line:?}"
                );
                assert!(
                    *y >= -0.1 && *y <= DiagramSheet::HEIGHT + 0.1,
                    "{number}: {line:?}"
                );
            }
        }
    }
}

#[test]
fn a_large_estate_goes_over_several_sheets_and_each_box_stands_on_one() {
    let mut register = empty();
    for number in 0..300_u128 {
        register.systems.push(record(
            1 + number,
            number % 2 == 0,
            System {
                name: format!("部門システム {number:03}"),
                department: format!("部署 {}", number % 17),
                depends_on: vec![id(1 + number / 3), id(1 + number / 11)],
                ..System::default()
            },
        ));
    }
    for number in 0..2_000_u128 {
        register.assets.push(record(
            1_000 + number,
            true,
            Asset {
                name: format!("機器 {number}"),
                class: DeviceClass::ALL[(number % 5) as usize],
                zone: format!("区分 {}", number % 6),
                system: Some(id(1 + number % 300)),
                uplink: Some(id(1_002 + 5 * (number % 30))),
                ..Asset::default()
            },
        ));
    }
    for diagram in [Diagram::Systems, Diagram::Network] {
        let document = document(diagram, &register);
        let is_folded = diagram == Diagram::Network;
        assert!(is_folded || document.sheets.len() > 1);
        check(&document);
    }
    let document = document(Diagram::Systems, &register);
    for number in 0..300 {
        let name = format!("部門システム {number:03}");
        let on = document
            .sheets
            .iter()
            .filter(|sheet| sheet.texts.iter().any(|text| text.text == name));
        assert_eq!(on.count(), 1, "{name}");
    }
    let goes_on = document.sheets.iter().flat_map(|sheet| &sheet.texts);
    let goes_on = goes_on.filter(|text| text.text.starts_with('▼')).count();
    assert_eq!(goes_on, document.sheets.len() - 1);
}

#[test]
fn the_widest_drawing_fits_on_a_sheet_with_readable_text() {
    let least = 6.0 / crate::layout::Style::Detail.size();
    assert!((crate::layout::Room::A3.widest() + 4.0) * least <= DiagramSheet::WIDTH);
}

#[test]
fn kinds_of_links_are_told_apart_without_colour() {
    use crate::model::LinkKind;
    let mut seen = Vec::new();
    for kinds in [
        [LinkKind::External, LinkKind::Serves, LinkKind::Needs],
        [LinkKind::External, LinkKind::Uplink, LinkKind::Host],
    ] {
        seen.clear();
        for kind in kinds {
            let stroke = super::wire(kind, false);
            let shape = (
                stroke.thickness.to_bits(),
                stroke.dash,
                super::has_arrow(kind),
            );
            assert!(!seen.contains(&shape), "{kind:?}");
            seen.push(shape);
        }
    }
    assert_ne!(
        super::wire(LinkKind::External, true).dash,
        super::wire(LinkKind::External, false).dash
    );
}
