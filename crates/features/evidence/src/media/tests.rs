use std::io::{Cursor, Write as _};

use super::*;
use zip::write::SimpleFileOptions;

fn inspect_in(parts: usize, name: &str, content: &[u8]) -> Result<MediaType, Refusal> {
    let mut inspector = Inspector::new(name)?;
    for part in content.chunks(parts.max(1)) {
        inspector.feed(part)?;
    }
    inspector.finish()
}

/// Judges a file in parts of several sizes and holds that the size makes no difference.
fn inspect(name: &str, content: &[u8]) -> Result<MediaType, Refusal> {
    let whole = inspect_in(usize::MAX, name, content);
    for parts in [1_000, 4_096, 8_191, 65_536] {
        assert_eq!(
            inspect_in(parts, name, content),
            whole,
            "{name} in parts of {parts}"
        );
    }
    whole
}

fn office(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let deflated = SimpleFileOptions::default();
        let options = if name.starts_with("xl/media") {
            stored
        } else {
            deflated
        };
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn content_types(main: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/\
         content-types\"><Override PartName=\"/word/document.xml\" ContentType=\"{main}\"/></Types>"
    )
}

const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
const PPTX: &str =
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml";

/// Bytes that no compression makes small and in which no signature occurs by design.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

#[test]
fn what_people_send_is_recognised_by_its_content() {
    let pdf = [b"%PDF-1.7\n".as_slice(), &noise(300_000), b"\n%%EOF\n"].concat();
    assert_eq!(inspect("契約書.pdf", &pdf), Ok(MediaType::Pdf));
    assert_eq!(inspect("x", b"%PDF-1.4 tiny %%EOF"), Ok(MediaType::Pdf));
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &noise(20_000)].concat();
    assert_eq!(inspect("a.png", &png), Ok(MediaType::Png));
    assert_eq!(
        inspect(
            "a.jpg",
            &[&[0xFF, 0xD8, 0xFF, 0xE0], &noise(50)[..]].concat()
        ),
        Ok(MediaType::Jpeg)
    );
    assert_eq!(
        inspect("a.webp", b"RIFF\x10\0\0\0WEBPVP8 data"),
        Ok(MediaType::Webp)
    );
    assert_eq!(
        inspect("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        Ok(MediaType::Heic)
    );
    for (name, kind, media_type) in [
        ("a.docx", DOCX, MediaType::Docx),
        ("a.xlsx", XLSX, MediaType::Xlsx),
        ("a.pptx", PPTX, MediaType::Pptx),
    ] {
        let file = office(&[
            ("[Content_Types].xml", content_types(kind).as_bytes()),
            ("a.xml", b"<a/>"),
        ]);
        assert_eq!(inspect(name, &file), Ok(media_type), "{name}");
    }
}

#[test]
fn workbooks_of_this_program_are_taken() {
    use yagura_documents::Language;
    use yagura_documents::spreadsheet::{Cell, Column, Sheet, Workbook};
    let mut sheet = Sheet::new("台帳", [Column::new("機器", 20.0)]);
    sheet.header();
    sheet.row([Cell::text("架空サーバ")]);
    let mut workbook = Workbook::new("台帳", Language::Japanese);
    workbook.push(sheet);
    assert_eq!(
        inspect("台帳.xlsx", &workbook.to_bytes().unwrap()),
        Ok(MediaType::Xlsx)
    );
}

#[test]
fn a_large_office_file_is_judged_without_being_kept() {
    let big = noise(2_000_000);
    let types = content_types(XLSX);
    for entries in [
        [
            ("[Content_Types].xml", types.as_bytes()),
            ("xl/media/a.bin", &big),
        ],
        [
            ("xl/media/a.bin", &big[..]),
            ("[Content_Types].xml", types.as_bytes()),
        ],
    ] {
        assert_eq!(inspect("a.xlsx", &office(&entries)), Ok(MediaType::Xlsx));
    }
    // In the middle, far from both ends.
    let file = office(&[
        ("xl/media/a.bin", &big),
        ("[Content_Types].xml", types.as_bytes()),
        ("xl/media/b.bin", &big),
    ]);
    assert_eq!(inspect("a.xlsx", &file), Ok(MediaType::Xlsx));
}

#[test]
fn macros_are_found_wherever_they_hide() {
    let types = content_types(DOCX);
    let types = types.as_bytes();
    let with_macros =
        content_types("application/vnd.ms-word.document.macroEnabled.main+xml").into_bytes();
    let renamed = format!(
        "<Types><Override ContentType=\"{DOCX}\"/><Override PartName=\"/word/style9.bin\" \
         ContentType=\"application/vnd.ms-office.vbaProject\"/></Types>"
    );
    let written_out =
        content_types("application/vnd.ms-word.document.macro&#69;nabled.main+xml") + DOCX;
    let twice = office(&[
        ("[Content_Types].xml", types),
        ("[content_types].XML", &with_macros),
    ]);
    for (what, file, refusal) in [
        (
            "kind of the main part",
            office(&[("[Content_Types].xml", &with_macros)]),
            Refusal::Macros,
        ),
        (
            "a project",
            office(&[
                ("[Content_Types].xml", types),
                ("word/vbaProject.bin", b"x"),
            ]),
            Refusal::Macros,
        ),
        (
            "a project in capitals",
            office(&[
                ("[Content_Types].xml", types),
                ("WORD/VBAPROJECT.BIN", b"x"),
            ]),
            Refusal::Macros,
        ),
        (
            "a project by another name",
            office(&[("[Content_Types].xml", renamed.as_bytes())]),
            Refusal::Macros,
        ),
        (
            "macro sheets of Excel 4",
            office(&[
                ("[Content_Types].xml", types),
                ("xl/macrosheets/sheet1.xml", b"x"),
            ]),
            Refusal::Macros,
        ),
        (
            "written-out characters",
            office(&[("[Content_Types].xml", written_out.as_bytes())]),
            Refusal::Damaged,
        ),
        ("two lists of kinds", twice, Refusal::Damaged),
    ] {
        assert_eq!(inspect("a.docx", &file), Err(refusal), "{what}");
    }
    let plain = office(&[("[Content_Types].xml", types)]);
    assert_eq!(
        inspect("a.docm", &plain),
        Err(Refusal::Macros),
        "by its name"
    );
}

#[test]
fn archives_bombs_and_cut_files_are_refused() {
    let archive = office(&[("a.exe", b"MZ"), ("b.txt", b"b")]);
    assert_eq!(inspect("a.zip", &archive), Err(Refusal::Archive));
    assert_eq!(
        inspect("a.docx", &archive),
        Err(Refusal::Archive),
        "only named like a document"
    );
    let zeros = vec![0_u8; 12_000_000];
    let types = content_types(DOCX) + &" ".repeat(9_000_000);
    let bomb = office(&[("[Content_Types].xml", types.as_bytes()), ("a.xml", &zeros)]);
    assert!(
        bomb.len() < 100_000,
        "it is small from outside: {}",
        bomb.len()
    );
    assert_eq!(inspect("a.docx", &bomb), Err(Refusal::Bomb));
    let whole = office(&[
        ("[Content_Types].xml", content_types(DOCX).as_bytes()),
        ("a.xml", &noise(9_000)),
    ]);
    assert_eq!(
        inspect("a.docx", &whole[..whole.len() - 30]),
        Err(Refusal::Damaged)
    );
    assert_eq!(inspect("a.docx", b"PK\x03\x04"), Err(Refusal::Damaged));
    let pdf = [b"%PDF-1.7\n".as_slice(), &noise(30_000)].concat();
    assert_eq!(
        inspect("a.pdf", &pdf),
        Err(Refusal::Damaged),
        "its end is missing"
    );
    assert_eq!(
        inspect("a.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0rest"),
        Err(Refusal::Archive)
    );
    assert_eq!(
        inspect("a.7z", b"7z\xBC\xAF\x27\x1C\0\x04rest"),
        Err(Refusal::Archive)
    );
    assert_eq!(
        inspect("a.rar", b"Rar!\x1A\x07\x01\0rest"),
        Err(Refusal::Archive)
    );
    let word_97 = [
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..],
        &noise(100),
    ]
    .concat();
    assert_eq!(inspect("a.doc", &word_97), Err(Refusal::OldOffice));
}

#[test]
fn programs_are_refused_by_content_and_by_name() {
    let exe = [b"MZ\x90\0".as_slice(), &noise(1_000)].concat();
    assert_eq!(inspect("photo.jpg", &exe), Err(Refusal::Program));
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 60]].concat();
    assert_eq!(inspect("log.txt", &elf), Err(Refusal::Program));
    assert_eq!(
        inspect("log.txt", b"#!/bin/sh\nrm -rf /\n"),
        Err(Refusal::Program)
    );
    for name in [
        "a.exe",
        "a.txt.BAT",
        "a.ps1",
        "a.lnk",
        "契約.pdf.scr",
        "a.exe. ",
        "a.vbs.",
        "x.js",
    ] {
        assert_eq!(inspect(name, b"hello"), Err(Refusal::Program), "{name}");
    }
    let lnk = b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0";
    assert_eq!(inspect("a.txt", lnk), Err(Refusal::Program));
}

#[test]
fn markup_is_refused_whatever_it_is_called() {
    for text in [
        "<!DOCTYPE html><script>alert(1)</script>",
        "\u{feff}  \n<html>",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        "<?xml version=\"1.0\"?><a/>",
        "\t<!-- x --><img src=x onerror=alert(1)>",
        "<xss>",
    ] {
        assert_eq!(
            inspect("log.txt", text.as_bytes()),
            Err(Refusal::Markup),
            "{text}"
        );
    }
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain("<html>".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(
        inspect("log.txt", &wide),
        Err(Refusal::Markup),
        "in UTF-16 too"
    );
    assert_eq!(inspect("a.svg", b"plain"), Err(Refusal::Markup));
    assert_eq!(inspect("log.txt", b"1 < 2\n<3\n"), Ok(MediaType::Text));
}

#[test]
fn text_is_taken_in_the_encodings_of_japan_and_nothing_binary_is_text() {
    let text = "機器,更新日\r\n架空サーバ,令和8年11月1日\r\n".repeat(900);
    assert_eq!(inspect("台帳.csv", text.as_bytes()), Ok(MediaType::Csv));
    assert_eq!(inspect("台帳.log", text.as_bytes()), Ok(MediaType::Text));
    for encoding in [
        encoding_rs::SHIFT_JIS,
        encoding_rs::EUC_JP,
        encoding_rs::ISO_2022_JP,
    ] {
        let (bytes, _, lost) = encoding.encode(&text);
        assert!(!lost);
        assert_eq!(
            inspect("台帳.csv", &bytes),
            Ok(MediaType::Csv),
            "{}",
            encoding.name()
        );
        let decoded = decode_beginning(&bytes);
        assert_eq!(decoded.encoding, encoding.name());
        assert_eq!(decoded.text, text);
    }
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(inspect("台帳.txt", &wide), Ok(MediaType::Text));
    assert_eq!(decode_beginning(&wide).text, text);
    assert_eq!(inspect("a.txt", b"text\0text"), Err(Refusal::Unknown));
    assert_eq!(inspect("a.txt", &noise(20_000)), Err(Refusal::Unknown));
    assert_eq!(inspect("a.txt", b"ok \xFF\xFE\xFD"), Err(Refusal::Unknown));
    assert_eq!(inspect("a.rtf", b"{\\rtf1 object}"), Err(Refusal::Unknown));
    assert_eq!(
        inspect("a.gif", b"GIF89a\x01\0\x01\0\0\0\0"),
        Err(Refusal::Unknown)
    );
    assert_eq!(
        inspect("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isom"),
        Err(Refusal::Unknown)
    );
    assert_eq!(inspect("a.txt", b""), Err(Refusal::Empty));
}

#[test]
fn a_character_cut_at_the_end_of_a_file_is_damage_and_of_a_view_is_not() {
    let bytes = "架空".as_bytes();
    assert_eq!(inspect("a.txt", &bytes[..4]), Err(Refusal::Unknown));
    assert_eq!(decode_beginning(&bytes[..4]).text, "架");
}

#[test]
fn a_log_cannot_mislead_its_reader() {
    let shown = decode_beginning("a\u{1b}[31mb\u{202e}txt.exe\tc\n".as_bytes());
    assert_eq!(shown.text, "a\u{241b}[31mb\u{fffd}txt.exe\tc\n");
}

#[test]
fn private_keys_are_refused_and_certificates_are_not() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(
        inspect("server.txt", key.as_bytes()),
        Err(Refusal::PrivateKey)
    );
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n";
    assert_eq!(
        inspect("server.pem", certificate.as_bytes()),
        Ok(MediaType::Text)
    );
    let both = format!("{certificate}{key}");
    assert_eq!(
        inspect("server.pem", both.as_bytes()),
        Err(Refusal::PrivateKey)
    );
}

#[test]
fn names_are_safe_and_say_what_the_file_is() {
    let name = |media_type: MediaType, given: &str| media_type.file_name(given);
    assert_eq!(name(MediaType::Pdf, "契約書.PDF"), "契約書.PDF");
    assert_eq!(name(MediaType::Png, "契約書.pdf"), "契約書.pdf.png");
    assert_eq!(name(MediaType::Text, "firewall"), "firewall.txt");
    assert_eq!(name(MediaType::Csv, "a.csv"), "a.csv");
    for given in [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\x\\y.pdf",
        "",
        ".",
    ] {
        let safe = name(MediaType::Pdf, given);
        assert!(
            !safe.contains(['/', '\\', ':']) && !safe.starts_with('.'),
            "{given} → {safe}"
        );
        assert!(safe.ends_with(".pdf"), "{given} → {safe}");
    }
    let long = name(MediaType::Pdf, &"長".repeat(300));
    assert!(long.len() <= 200 && long.ends_with(".pdf"));
}

#[test]
fn every_refusal_and_type_has_its_words() {
    let ja = include_str!("../../locales/ja.ftl");
    let en = include_str!("../../locales/en.ftl");
    for refusal in Refusal::ALL {
        let line = format!("\n{} = ", refusal.message_key());
        assert!(ja.contains(&line) && en.contains(&line), "{line}");
    }
    for media_type in MediaType::ALL {
        assert_eq!(MediaType::from_code(media_type.code()), Some(media_type));
        let line = format!("\nevidence-media-{} = ", media_type.code());
        assert!(ja.contains(&line) && en.contains(&line), "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_makes_the_inspector_fail(content: Vec<u8>, start in 0_usize..6, parts in 1_usize..64) {
        let starts: [&[u8]; 6] = [b"", b"PK\x03\x04", b"%PDF-", b"\xFF\xFE", b"\x1b$B", b"PK\x05\x06"];
        let file = [starts[start], &content].concat();
        let _ = inspect_in(parts, "a.bin", &file);
        let _ = decode_beginning(&file);
    }

    #[test]
    fn damage_to_an_office_file_never_makes_the_inspector_fail(at in 0_usize..2_000, byte: u8, cut in 0_usize..2_000) {
        let mut file = office(&[("[Content_Types].xml", content_types(DOCX).as_bytes()), ("a.xml", &noise(900))]);
        if let Some(target) = file.get_mut(at) {
            *target = byte;
        }
        file.truncate(cut.max(4));
        let _ = inspect_in(100, "a.docx", &file);
    }
}
