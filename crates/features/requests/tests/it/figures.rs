//! How long the worklist of a manager with 5,000 open requests takes: `cargo test --release -p
//! yagura-requests --test it -- --ignored figures --nocapture`.

use std::time::Instant;

use axum::http::StatusCode;
use serde_json::json;
use yagura_store::params;

use crate::support::{exception, worlds};

const OPEN: usize = 5_000;
const LOOKS: usize = 60;

#[tokio::test]
#[ignore = "a measurement, to be run with --release on a quiet machine"]
async fn figures_of_the_worklist() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        let first: uuid::Uuid = filed["id"].as_str().unwrap().parse().unwrap();
        let ids = world.app.app.ids();
        let mut tx = world.app.app.database().begin().await.unwrap();
        for number in 2..=OPEN {
            let id = ids.id();
            let number = i64::try_from(number).unwrap();
            tx.execute(
                "INSERT INTO requests (id, organization_id, fiscal_year, number, form_key,
                     form_number, fingerprint, filer_id, department, subject, standing, due_on,
                     answers, course, revision, filed_at, updated_at)
                 SELECT $1, organization_id, fiscal_year, $2, form_key, form_number, fingerprint,
                     filer_id, department, subject, standing, due_on, answers, course, 1,
                     filed_at, updated_at FROM requests WHERE id = $3",
                params![id, number, first],
            )
            .await
            .unwrap();
            tx.execute(
                "INSERT INTO request_waits (request_id, step, seat, desk, organization_id,
                     filer_id, due_on)
                 SELECT $1, step, seat, desk, organization_id, filer_id, due_on
                 FROM request_waits WHERE request_id = $2",
                params![id, first],
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        let mut times = Vec::new();
        for _ in 0..LOOKS {
            let begun = Instant::now();
            let (status, page) = world.app.get(world.head, "/requests/worklist").await;
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains("5,000件") || page.contains("5000件"),
                "{page}"
            );
        }
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[(LOOKS * part / 100).min(LOOKS - 1)];
        eprintln!(
            "{}",
            json!({ "engine": world.app.engine, "open": OPEN, "p50_ms": at(50), "p95_ms": at(95) })
        );
    }
}
