//! Every document of a pack.

use axum::http::{StatusCode, header};

use crate::support::{FORMULA, cells, worlds};

#[tokio::test]
async fn the_page_lists_what_there_is_and_what_will_be_asked() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.director, "/inspection").await;
        assert_eq!(status, StatusCode::OK, "{}", world.app.engine);
        for name in [
            "cover.pdf",
            "sheet.pdf",
            "sheet.xlsx",
            &format!("vendor-{}.pdf", world.vendor.id),
            "evidence.xlsx",
            "history.pdf",
            "contacts.pdf",
            "pack.zip",
        ] {
            assert!(page.contains(&format!("{}/{name}", world.base())), "{name}");
        }
        assert!(page.contains("「いいえ」の項目が 1 件"), "{page}");
        assert_eq!(world.audited("inspection_pack", "2026").await, 1);
    }
}

#[tokio::test]
async fn papers_hold_the_answers_and_say_what_they_are() {
    for world in worlds().await {
        let vendor = format!("vendor-{}.pdf", world.vendor.id);
        for (name, parts) in [
            (
                "sheet.pdf",
                &[
                    "令和8年度",
                    "みどり坂内科/クリニック",
                    "責任者を任命した",
                    "令和8年11月20日",
                    "mhlw-checklist-r08-institution",
                    "令和8年11月21日印刷",
                    "書類",
                    "1/",
                ][..],
            ),
            (
                vendor.as_str(),
                &["架空レセコン", "事業者の備考", "令和8年11月19日"][..],
            ),
            ("evidence.pdf", &["台帳", "二つ目", "SHA-256"][..]),
            (
                "history.pdf",
                &["責任者を任命した", "1回目", "架空director"][..],
            ),
            ("contacts.pdf", &["連絡体制図"][..]),
            (
                "cover.pdf",
                &[
                    "立入検査資料",
                    "01_チェックリスト.pdf/.xlsx",
                    "架空レセコン",
                    "2点",
                    "確認を要する点",
                ][..],
            ),
        ] {
            let file = world.file(world.director, name).await;
            assert_eq!(file.status, StatusCode::OK, "{name}: {}", file.page());
            assert_eq!(file.header(header::CONTENT_TYPE), "application/pdf");
            let disposition = file.header(header::CONTENT_DISPOSITION);
            assert!(disposition.starts_with("attachment"), "{disposition}");
            assert!(disposition.contains("filename*=UTF-8''"), "{disposition}");
            assert_eq!(
                world.audited("inspection_document", name).await,
                1,
                "{name}"
            );
            let Some(paper) = file.paper() else { continue };
            for part in parts {
                assert!(paper.contains(part), "{name}: {part} is not in {paper}");
            }
            assert!(!paper.contains("見本データ"), "this is no demonstration");
        }
        for name in [
            "nothing.pdf",
            "sheet.doc",
            "vendor-x.pdf",
            "cover.xlsx",
            "sheet",
            "pack.pdf",
        ] {
            let file = world.file(world.director, name).await;
            assert_eq!(file.status, StatusCode::NOT_FOUND, "{name}");
        }
        let other = world
            .file(world.director, &format!("vendor-{}.pdf", world.clinic.id))
            .await;
        assert_eq!(other.status, StatusCode::NOT_FOUND);
        // A year without a sheet has a pack without one.
        let earlier = world.file(world.director, "sheet.pdf?year=2024").await;
        assert_eq!(earlier.status, StatusCode::NOT_FOUND);
        let earlier = world.file(world.director, "cover.pdf?year=2024").await;
        assert_eq!(earlier.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn workbooks_hold_the_answers_and_no_formula() {
    for world in worlds().await {
        let vendor = format!("vendor-{}.xlsx", world.vendor.id);
        for (name, expected) in [
            ("sheet.xlsx", FORMULA),
            ("history.xlsx", FORMULA),
            ("evidence.xlsx", "台帳"),
            (vendor.as_str(), "事業者の備考"),
        ] {
            let file = world.file(world.director, name).await;
            assert_eq!(file.status, StatusCode::OK, "{name}: {}", file.page());
            let (cells, formulas) = cells(&file.content);
            assert!(!formulas, "{name} holds a formula");
            assert!(
                cells.iter().any(|cell| cell.contains(expected)),
                "{name}: {expected} is not in {cells:?}"
            );
            assert_eq!(
                world.audited("inspection_document", name).await,
                1,
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn the_zip_holds_everything_under_names_that_lead_nowhere() {
    for world in worlds().await {
        let file = world.file(world.director, "pack.zip").await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.page());
        assert_eq!(file.header(header::CONTENT_TYPE), "application/zip");
        let unpacked = file.unpacked();
        let mut names: Vec<&str> = unpacked
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !name.starts_with("証拠/"))
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "00_表紙と目次.pdf",
                "01_チェックリスト.pdf",
                "01_チェックリスト.xlsx",
                "02_事業者確認用チェックリスト_架空レセコン.._株式会社.pdf",
                "02_事業者確認用チェックリスト_架空レセコン.._株式会社.xlsx",
                "03_証拠の一覧.pdf",
                "03_証拠の一覧.xlsx",
                "04_変更の履歴.pdf",
                "04_変更の履歴.xlsx",
                "05_連絡体制図.pdf",
            ],
            "{}",
            world.app.engine
        );
        // Numbered as the list of evidence numbers them; a path and a device's name are defused.
        let mut evidence: Vec<&str> = unpacked
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("証拠/"))
            .map(|name| name.split_once('_').unwrap().1)
            .collect();
        evidence.sort_unstable();
        assert_eq!(evidence, ["_con.txt", "機器台帳_最終.txt"]);
        for (name, content) in &unpacked {
            let beginning: &[u8] = match name.rsplit('.').next() {
                Some("pdf") => b"%PDF-",
                Some("txt") => b"",
                _ => b"PK",
            };
            assert!(content.starts_with(beginning), "{name}");
        }
        assert_eq!(world.audited("inspection_document", "pack.zip").await, 1);
        assert_eq!(
            world.audited("evidence", "pack.zip").await,
            2,
            "each piece is in the log"
        );
    }
}

#[tokio::test]
async fn a_pack_without_a_sheet_says_so() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.stranger, "/inspection").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("まだ開いていません"), "{page}");
        let base = format!("/inspection/of/{}", world.stranger.organization);
        assert!(page.contains(&base) && !page.contains("sheet.pdf"));
        let (status, _) = world
            .app
            .get(world.stranger, &format!("{base}/cover.pdf"))
            .await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = world
            .app
            .get(world.stranger, &format!("{base}/history.pdf"))
            .await;
        assert_eq!(status, StatusCode::OK);
    }
}
