//! Sending files: what is taken, what is refused, and that nothing of the refused remains.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use futures_util::stream;
use yagura_kernel::policy::actions;
use yagura_web::testing::text;

use crate::support::{PDF, id_of, multipart, proof, worlds};

fn files_in(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() {
                files_in(&entry.path())
            } else {
                1
            }
        })
        .sum()
}

#[tokio::test]
async fn a_file_is_stored_linked_and_told_to_its_sheet() {
    for world in worlds().await {
        let (status, page) = world.app.get(world.director, "/evidence/new").await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("multipart/form-data") && page.contains("data-upload"));
        let item = world.at("2-6").to_string();
        let fields = [
            ("title", "電子カルテ保守契約書"),
            ("kind", "contract"),
            ("issued_on", "R8.4.1"),
            ("expires_on", "令和9年3月31日"),
            ("item", item.as_str()),
            ("note", "第8条 <b>更新</b>"),
        ];
        let file = Some(("../../../保守契約書.PDF", PDF));
        let (status, to) = world
            .upload(world.director, "/evidence", &fields, file)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let read = proof::<actions::ReadEvidence>(world.director);
        let piece = yagura_evidence::piece(world.app.app.database(), &read, id_of(&to))
            .await
            .unwrap();
        assert_eq!(piece.file_name, "保守契約書.PDF");
        assert_eq!(piece.expires_on.unwrap().to_string(), "2027-03-31");
        assert_eq!(piece.links, 1);
        assert_eq!(piece.size, i64::try_from(PDF.len()).unwrap());
        assert_eq!(world.sheets.told(), [world.sheet]);
        let (_, page) = world.app.get(world.director, &to).await;
        assert!(
            page.contains("第8条 &lt;b&gt;更新&lt;/b&gt;"),
            "text is shown, never run"
        );
        assert!(page.contains(&piece.hash) && page.contains("/checklists/x/2-6"));
        assert!(
            world.audited("evidence.manage").await >= 1,
            "{}",
            world.app.engine
        );
    }
}

#[tokio::test]
async fn hostile_files_are_refused_with_a_reason_and_leave_nothing_behind() {
    for world in worlds().await {
        let folder = std::path::PathBuf::from(&world.app.app.config().work_folder);
        let files = folder.parent().unwrap().join("files");
        let before = files_in(&files);
        let exe = [b"MZ\x90\0".as_slice(), &[7; 9_000]].concat();
        let late = [b"text ".repeat(20_000), vec![0]].concat();
        let cases: [(&str, &[u8], &str); 8] = [
            ("photo.jpg", &exe, "プログラム"),
            ("契約.pdf.exe", PDF, "プログラム"),
            ("page.txt", b"<script>alert(1)</script>", "HTML"),
            ("image.svg", b"<svg/>", "HTML"),
            ("cut.pdf", b"%PDF-1.7 and no end", "壊れている"),
            ("empty.pdf", b"", "空です"),
            ("late.txt", &late, "種類が分かりません"),
            ("key.pem", b"-----BEGIN EC PRIVATE KEY-----\nx\n", "秘密鍵"),
        ];
        for (name, content, reason) in cases {
            let fields = [("kind", "document"), ("title", "残ること")];
            let (status, page) = world
                .upload(world.director, "/evidence", &fields, Some((name, content)))
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            assert!(page.contains(reason), "{name}: {reason}");
            assert!(page.contains("残ること"), "what was typed stays: {name}");
        }
        assert_eq!(world.pieces().await, 0);
        assert_eq!(
            files_in(&files),
            before,
            "nothing of a refused file remains"
        );
    }
}

#[tokio::test]
async fn a_file_past_the_limit_is_refused_and_the_limit_named() {
    for world in worlds().await {
        let big = [b"%PDF-1.7 ".to_vec(), vec![b'a'; 5_000_001]].concat();
        let fields = [("kind", "document")];
        let (status, page) = world
            .upload(world.director, "/evidence", &fields, Some(("a.pdf", &big)))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("5 MB"), "{page}");
        let huge = vec![b'a'; 13_000_000];
        let (status, _) = world
            .upload(world.director, "/evidence", &fields, Some(("a.pdf", &huge)))
            .await;
        assert_eq!(
            status,
            StatusCode::PAYLOAD_TOO_LARGE,
            "what is absurd is not read to its end"
        );
        assert_eq!(world.pieces().await, 0);
    }
}

#[tokio::test]
async fn a_file_is_not_sent_twice_when_its_form_is_wrong() {
    for world in worlds().await {
        let fields = [("kind", "contract"), ("expires_on", "令和99年13月1日")];
        let (status, page) = world
            .upload(
                world.director,
                "/evidence",
                &fields,
                Some(("契約.pdf", PDF)),
            )
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("受け取りました") && page.contains("令和99年13月1日"),
            "{page}"
        );
        let marker = "name=\"upload\" value=\"";
        let start = page.find(marker).unwrap() + marker.len();
        let upload = page[start..start + 36].to_owned();
        let mended = [
            ("kind", "contract"),
            ("expires_on", "R9.3.31"),
            ("upload", upload.as_str()),
        ];
        let (status, to) = world
            .upload(world.director, "/evidence", &mended, None)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let read = proof::<actions::ReadEvidence>(world.director);
        let piece = yagura_evidence::piece(world.app.app.database(), &read, id_of(&to))
            .await
            .unwrap();
        assert_eq!(
            piece.title, "契約",
            "the file's name where no title was typed"
        );
        // It was used up, and nobody else can use another's.
        let (status, _) = world
            .upload(world.director, "/evidence", &mended, None)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(world.pieces().await, 1);
    }
}

#[tokio::test]
async fn a_broken_upload_is_told_and_leaves_nothing() {
    for world in worlds().await {
        let fields = [("kind", "document")];
        let (content_type, body) = multipart(&fields, Some(("a.pdf", &PDF.repeat(2_000))));
        let cut = body[..body.len() / 2].to_vec();
        let halves = [
            Ok(bytes::Bytes::from(cut.clone())),
            Err(std::io::Error::other("the line was cut")),
        ];
        for body in [Body::from(cut), Body::from_stream(stream::iter(halves))] {
            let request = Request::builder()
                .method(Method::POST)
                .uri("/evidence")
                .header(header::CONTENT_TYPE, &content_type)
                .body(body)
                .unwrap();
            let (status, page) = text(world.app.send(Some(world.director), request).await).await;
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert!(page.contains("途中で切れました"), "{page}");
        }
        assert_eq!(world.pieces().await, 0);
    }
}

#[tokio::test]
async fn items_of_other_institutions_cannot_be_stood_behind() {
    for world in worlds().await {
        let foreign = "019aa3f0-0000-7000-8000-000000000001:2-6";
        let unknown = world.at("9-9").to_string();
        for item in [foreign, unknown.as_str(), "x", "../../:1"] {
            let fields = [("kind", "document"), ("item", item)];
            let (status, page) = world
                .upload(world.director, "/evidence", &fields, Some(("a.pdf", PDF)))
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{item}");
            assert!(page.contains("チェックリストにありません"), "{item}");
        }
        assert_eq!(world.pieces().await, 0);
    }
}

#[tokio::test]
async fn what_is_no_multipart_form_is_refused() {
    for world in worlds().await {
        let (status, _) = world
            .app
            .post(world.director, "/evidence", &[("kind", "photo")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let many: Vec<(&str, &str)> = vec![("note", "x"); 600];
        let (status, _) = world.upload(world.director, "/evidence", &many, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let long = "x".repeat(40_000);
        let (status, _) = world
            .upload(
                world.director,
                "/evidence",
                &[("note", long.as_str())],
                None,
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
