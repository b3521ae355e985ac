//! A clinic of one: what nobody else can decide is on record, and never shown as granted.

use std::io::Write as _;
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use yagura_kernel::person::Role;

use crate::support::{World, exception, export, worlds};

const WORDS: &str = "決裁者がほかにいないため、記録のみ";

/// The text of a PDF without blanks, where poppler is installed.
fn text_of(paper: &[u8]) -> Option<String> {
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(paper).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.chars().filter(|c| !c.is_whitespace()).collect())
}

/// The world with the director alone.
async fn only_the_director(world: &World) {
    for whom in [
        world.head,
        world.safety,
        world.system,
        world.records,
        world.staff,
        world.other_staff,
    ] {
        world.leaves(whom).await;
    }
}

#[tokio::test]
async fn who_is_alone_files_and_it_is_recorded_honestly() {
    for world in worlds().await {
        let app = &world.app;
        only_the_director(&world).await;
        let filed = world
            .file(world.director, "form-exception", exception())
            .await;
        assert_eq!(filed["standing"], "recorded", "{}", app.engine);
        let seats: Vec<&Value> = filed["steps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|step| step["state"] == "over")
            .map(|step| &step["seats"][0])
            .collect();
        assert_eq!(seats.len(), 3);
        for seat in seats {
            assert_eq!(seat["verdict"], "recorded");
            assert_eq!(seat["by"], Value::Null, "nobody decided");
        }
        let path = format!("/requests/{}", filed["id"].as_str().unwrap());
        let (_, page) = app.get(world.director, &path).await;
        assert!(page.contains(WORDS) && page.contains("だれも承認していません"));
        assert!(!page.contains(">承認<"), "{page}");
        let (_, all) = app.get(world.director, "/requests/all").await;
        assert!(all.contains("記録のみ(決裁者がほかにいない)"), "{all}");
        let (_, one) = app
            .get(world.director, "/requests/all?standing=recorded")
            .await;
        assert!(one.contains("2026-0001"));
        let file = async |path: String| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = app.send(Some(world.director), request).await;
            assert_eq!(response.status(), StatusCode::OK);
            response.into_body().collect().await.unwrap().to_bytes()
        };
        for paper in [
            format!("{path}/request.pdf"),
            "/requests/all.pdf".to_owned(),
        ] {
            let paper = file(paper).await;
            assert!(paper.starts_with(b"%PDF"));
            if let Some(text) = text_of(&paper) {
                assert!(text.contains("記録のみ"), "{text}");
                assert!(!text.contains("承認"), "{text}");
            }
        }
        let workbook = file("/requests/all.xlsx".to_owned()).await;
        let limits = yagura_documents::tabular::Limits::default();
        let table = yagura_documents::tabular::read_table(&workbook, "all.xlsx", &limits).unwrap();
        let cells = table.rows.iter().flat_map(|row| &row.cells);
        let cells: Vec<&str> = cells.map(|cell| cell.text.as_str()).collect();
        assert!(
            cells.contains(&"記録のみ(決裁者がほかにいない)"),
            "{cells:?}"
        );
        assert!(!cells.contains(&"承認"), "{cells:?}");
        // The log says that nobody decided, and the ledger's entry says it too.
        let audited = "SELECT count(*) AS n FROM audit_entries WHERE resource_kind = 'request'
                       AND detail LIKE '%no second person decided%'";
        assert_eq!(world.count(audited).await, 1);
        let granted = "SELECT count(*) AS n FROM audit_entries WHERE resource_kind = 'request'
                       AND (detail LIKE '%\"granted\":true%' OR detail LIKE '%\"decided\":\"granted\"%')";
        assert_eq!(world.count(granted).await, 0);
        let entered = "SELECT count(*) AS n FROM ledger_entries
                       WHERE content LIKE '%決裁者がほかにいないため、記録のみ%'";
        assert_eq!(world.count(entered).await, 1);
        assert_eq!(world.told.times(), 1, "other features were told");
    }
}

#[tokio::test]
async fn who_is_alone_sees_it_before_and_carries_it_out() {
    for world in worlds().await {
        let app = &world.app;
        only_the_director(&world).await;
        let fields: Vec<(String, String)> = export()
            .as_object()
            .unwrap()
            .iter()
            .map(|(field, values)| (field.clone(), values[0].as_str().unwrap().to_owned()))
            .collect();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let path = "/requests/new/form-data-export";
        let (status, to) = app.post(world.director, path, &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (_, confirm) = app.get(world.director, &to).await;
        assert_eq!(confirm.matches(WORDS).count(), 5, "{confirm}");
        let (_, filed) = app.post(world.director, &format!("{to}/file"), &[]).await;
        let (_, page) = app.get(world.director, &filed).await;
        assert!(
            page.contains("記録のみ(決裁者がほかにいない)・実施待ち"),
            "{page}"
        );
        // It waits for the director to carry it out, and for nothing else.
        assert_eq!(world.waiting(world.director).await, 1);
        let id = json!(filed.strip_prefix("/requests/").unwrap());
        let seat = "clinical-records-desk";
        for never in ["granted", "rejected", "recorded", "ask"] {
            let (status, _) = world
                .decide(world.director, &id, "hand-out", seat, never)
                .await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{never}");
        }
        let (status, now) = world
            .decide(world.director, &id, "hand-out", seat, "done")
            .await;
        assert_eq!(
            (status, &now["standing"]),
            (StatusCode::OK, &json!("recorded"))
        );
        assert_eq!(world.waiting(world.director).await, 0);
    }
}

#[tokio::test]
async fn a_second_person_has_to_decide_and_an_employee_without_any_cannot_file() {
    for world in worlds().await {
        let app = &world.app;
        only_the_director(&world).await;
        let clerk = app.person(&world.hospital, Role::PersonnelDesk).await;
        let filed = world
            .file(world.director, "form-exception", exception())
            .await;
        assert_eq!(filed["standing"], "waiting");
        let own = world
            .decide(
                world.director,
                &filed["id"],
                "head",
                "department-head",
                "recorded",
            )
            .await;
        assert_eq!(own.0, StatusCode::BAD_REQUEST);
        // The clerk leaves while it waits: the director may record it, never grant it.
        world.leaves(clerk).await;
        world.people_changed().await;
        assert_eq!(world.waiting(world.director).await, 1);
        let path = format!("/requests/{}", filed["id"].as_str().unwrap());
        let (_, page) = app.get(world.director, &path).await;
        assert!(
            page.contains("記録のみで進める") && !page.contains("承認する"),
            "{page}"
        );
        let fields = [
            ("step", "head"),
            ("seat", "department-head"),
            ("verdict", "granted"),
            ("revision", "1"),
        ];
        let (status, page) = app
            .post(world.director, &format!("{path}/decide"), &fields)
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("href=\"#head-department-head-note\""),
            "{page}"
        );
        let (status, now) = world
            .decide(
                world.director,
                &filed["id"],
                "head",
                "department-head",
                "recorded",
            )
            .await;
        assert_eq!(
            (status, &now["standing"]),
            (StatusCode::OK, &json!("recorded"))
        );
        // Without anybody who decides, an employee's request is refused with the reason.
        world.leaves(world.director).await;
        let nurse = app.person(&world.hospital, Role::Staff).await;
        let body = json!({ "form": "form-exception", "answers": exception() });
        let (status, problem) = app
            .api(
                Some(nurse),
                axum::http::Method::POST,
                "/api/v1/requests",
                Some(body),
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let kind = problem["type"].as_str().unwrap();
        assert!(kind.ends_with("requests-refusal-nobody"), "{kind}");
    }
}
