//! Once a day: escalation and reminders.

use serde_json::json;
use yagura_store::jobs::NewJob;

use crate::support::{World, exception, worlds};

async fn a_day_passes(world: &World, days: i64) {
    world.app.clock.advance_days(days);
    let app = &world.app.app;
    let mut tx = app.database().begin().await.unwrap();
    let job = NewJob::now("requests-overdue", json!({}), app.now());
    app.enqueue(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    world.app.run_jobs().await;
}

#[tokio::test]
async fn what_is_overdue_goes_up_the_chain_once_and_people_are_reminded() {
    for world in worlds().await {
        let filed = world.file(world.staff, "form-exception", exception()).await;
        a_day_passes(&world, 5).await;
        assert_eq!(world.waiting(world.safety).await, 0, "it is due today");
        a_day_passes(&world, 1).await;
        assert_eq!(world.waiting(world.safety).await, 1);
        assert_eq!(world.waiting(world.head).await, 1, "it stays with its seat");
        a_day_passes(&world, 1).await;
        let escalated = "SELECT count(*) AS n FROM request_events WHERE event = 'escalated'";
        assert_eq!(world.count(escalated).await, 1);
        let reminded = "SELECT count(*) AS n FROM notifications
                        WHERE message = 'requests-notice-overdue'";
        let today = world.count(reminded).await;
        assert!(today >= 2, "{}", world.app.engine);
        // The job may run twice on a day: nothing is escalated or reminded twice.
        a_day_passes(&world, 0).await;
        assert_eq!(world.count(escalated).await, 1);
        assert_eq!(world.count(reminded).await, today);
        let (_, home) = world.app.get(world.head, "/").await;
        assert!(home.contains("期限超過"));
        // The safety manager decides for the head, and so for the own seat too.
        let now = world
            .granted(world.safety, &filed["id"], "head", "department-head")
            .await;
        assert_eq!(now["steps"][3]["seats"][0]["together"], true, "{now}");
        let audited = "SELECT count(*) AS n FROM audit_entries
                       WHERE resource_kind = 'request' AND detail LIKE '%escalated%'";
        assert!(world.count(audited).await >= 1);
    }
}
