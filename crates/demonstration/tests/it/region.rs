//! What is true of the region whenever it is made.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use yagura_checklists::store::recompute_organization;
use yagura_kernel::id::OrganizationId;
use yagura_kernel::time::{Instant, parse_date};
use yagura_store::{Database, params, row};
use yagura_web::Feature;
use yagura_web::testing::{TestApp, apps};

fn features() -> Vec<Arc<dyn Feature>> {
    vec![
        Arc::new(yagura_checklists::Checklists),
        Arc::new(yagura_evidence::Evidence::new(Arc::new(
            yagura_checklists::EvidenceSheets,
        ))),
        Arc::new(yagura_region::Region),
        Arc::new(yagura_contacts::Contacts),
        Arc::new(yagura_inventory::Inventory),
        Arc::new(yagura_vulnerabilities::Vulnerabilities::default()),
        Arc::new(yagura_ledgers::Ledgers::new(Arc::new(
            yagura_requests::DepartmentsAtTheDesk,
        ))),
        Arc::new(yagura_requests::Requests),
        Arc::new(yagura_accounts::Accounts),
        Arc::new(yagura_credentials::Credentials::new(Arc::new(
            yagura_checklists::EvidenceSheets,
        ))),
    ]
}

row! {
    struct Text { text: String }
}

row! {
    struct Counted { name: String, number: i64 }
}

row! {
    struct Owner { id: OrganizationId }
}

async fn count(database: &Database, sql: &'static str) -> i64 {
    database.count(sql, params![]).await.unwrap()
}

/// Names with numbers, as a query finds them.
async fn counted(database: &Database, sql: &'static str) -> Vec<(String, i64)> {
    let rows: Vec<Counted> = database.rows(sql, params![]).await.unwrap();
    rows.into_iter().map(|row| (row.name, row.number)).collect()
}

fn number_of(counted: &[(String, i64)], name: &str) -> i64 {
    let found = counted.iter().find(|(known, _)| known == name);
    found.map_or(0, |(_, number)| *number)
}

/// Everything that a visitor can read, in an order that follows from the ids.
const CONTENT: [&str; 10] = [
    "SELECT name || '/' || coalesce(code, '') || '/' || coalesce(email, '') AS text
     FROM organizations ORDER BY id",
    "SELECT name AS text FROM people ORDER BY id",
    "SELECT cells || '/' || CAST(opened_at AS TEXT) || '/' || coalesce(next_target, '') AS text
     FROM sheets ORDER BY id",
    "SELECT item_key || '/' || coalesce(first_on, '') || '/' || coalesce(second_on, '') || '/'
         || coalesce(target_on, '') || '/' || remark || '/' || CAST(changed_at AS TEXT) AS text
     FROM answers ORDER BY sheet_id, item_key",
    "SELECT title || '/' || hash || '/' || expires_key || '/' || CAST(uploaded_at AS TEXT) AS text
     FROM evidence ORDER BY id",
    "SELECT item || '/' || CAST(linked_at AS TEXT) AS text
     FROM evidence_links ORDER BY evidence_id, sheet_id, item",
    "SELECT name || '/' || role || '/' || day_phone || '/' || night_phone AS text
     FROM contact_entries ORDER BY id",
    "SELECT probe || '/' || outcome || '/' || finding AS text
     FROM probe_results ORDER BY organization_id, probe",
    "SELECT member_name || '/' || sent_on || '/' || delivery AS text
     FROM reminder_recipients ORDER BY reminder_id, member_id",
    "SELECT ticked || '/' || checked_on AS text FROM self_checks ORDER BY id",
];

async fn fingerprint(database: &Database) -> Vec<String> {
    let mut fingerprints = Vec::new();
    for sql in CONTENT {
        let rows: Vec<Text> = database.rows(sql, params![]).await.unwrap();
        assert!(!rows.is_empty(), "{sql}");
        let mut hasher = Sha256::new();
        for row in rows {
            hasher.update(row.text.as_bytes());
            hasher.update(b"\n");
        }
        fingerprints.push(format!("{:x?}", hasher.finalize()));
    }
    fingerprints
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_make_the_same_believable_region() {
    let mut first: Option<Vec<String>> = None;
    let mut runs = apps(features).await;
    runs.truncate(2);
    if runs.len() < 2 {
        runs.extend(apps(features).await.into_iter().take(1));
    }
    for run in &runs {
        yagura_demonstration::fill(&run.app, |_| {}).await.unwrap();
        let made = fingerprint(run.app.database()).await;
        match &first {
            None => first = Some(made),
            Some(first) => assert_eq!(*first, made, "{}", run.engine),
        }
        it_is_believable(run).await;
        nothing_is_left_to_work_out(run).await;
        nothing_lies_in_the_future(run).await;
    }
}

async fn it_is_believable(run: &TestApp) {
    let database = run.app.database();
    let kinds = counted(
        database,
        "SELECT kind AS name, count(*) AS number FROM organizations GROUP BY kind",
    )
    .await;
    let members: i64 = ["hospital", "clinic", "dental_clinic", "pharmacy"]
        .iter()
        .map(|kind| number_of(&kinds, kind))
        .sum();
    assert_eq!(members, 392, "{kinds:?}");
    assert_eq!(number_of(&kinds, "vendor"), 60);
    assert_eq!(yagura_demonstration::MEMBERS, 392);
    assert_eq!(yagura_demonstration::VENDORS, 60);

    let contradicted = count(
        database,
        "SELECT count(*) AS n FROM sheets
         WHERE kind = 'institution' AND fiscal_year = 2026 AND contradiction > 0",
    )
    .await;
    assert!((16..=40).contains(&contradicted), "{contradicted}");
    let opened = count(
        database,
        "SELECT count(*) AS n FROM sheets WHERE kind = 'institution' AND fiscal_year = 2026",
    )
    .await;
    assert!((340..=380).contains(&opened), "{opened}");
    let finished = count(
        database,
        "SELECT count(*) AS n FROM sheets WHERE kind = 'institution' AND fiscal_year = 2026
           AND round1_done_at IS NOT NULL",
    )
    .await;
    assert!((260..=330).contains(&finished), "{finished}");

    // Every state of a row occurs often enough to be seen.
    for (state, column) in [
        (
            "verified",
            "SELECT CAST(sum(verified) AS BIGINT) AS n FROM sheets WHERE fiscal_year = 2026",
        ),
        (
            "documented",
            "SELECT CAST(sum(documented) AS BIGINT) AS n FROM sheets WHERE fiscal_year = 2026",
        ),
        (
            "declared",
            "SELECT CAST(sum(declared) AS BIGINT) AS n FROM sheets WHERE fiscal_year = 2026",
        ),
        (
            "no",
            "SELECT CAST(sum(no_count) AS BIGINT) AS n FROM sheets WHERE fiscal_year = 2026",
        ),
        (
            "unanswered",
            "SELECT CAST(sum(unanswered) AS BIGINT) AS n FROM sheets WHERE fiscal_year = 2026",
        ),
    ] {
        let number = count(database, column).await;
        assert!(number >= 300, "{state}: {number}");
    }

    let outcomes = counted(
        database,
        "SELECT probe || ' ' || outcome AS name, count(*) AS number FROM probe_results
         GROUP BY probe, outcome",
    )
    .await;
    for (found, least) in [
        ("safety-manager-appointed satisfied", 300),
        ("safety-manager-appointed violated", 15),
        ("contact-chart-confirmed satisfied", 230),
        ("contact-chart-confirmed violated", 50),
        ("evidence-current satisfied", 120),
        ("evidence-current violated", 5),
        ("evidence-current unknown", 100),
        ("account-two-factor satisfied", 5),
        ("account-two-factor violated", 100),
        ("account-two-factor unknown", 8),
        ("remote-maintenance-confirmed satisfied", 100),
        ("source-restricted violated", 10),
        ("vulnerabilities-in-time violated", 10),
    ] {
        assert!(
            number_of(&outcomes, found) >= least,
            "{found}: {outcomes:?}"
        );
    }

    let years = count(
        database,
        "SELECT count(DISTINCT fiscal_year) AS n FROM sheets",
    )
    .await;
    assert_eq!(years, 4);
    let sums = count(
        database,
        "SELECT count(DISTINCT fiscal_year) AS n FROM region_statistics",
    );
    assert_eq!(sums.await, 4);
    let blobs = count(database, "SELECT count(*) AS n FROM blobs").await;
    assert!((10..=16).contains(&blobs), "{blobs}");
    let reminders = count(
        database,
        "SELECT count(*) AS n FROM reminders WHERE state = 'sent'",
    );
    assert_eq!(reminders.await, 3);
    let links = counted(
        database,
        "SELECT kind AS name, count(*) AS number FROM invitations GROUP BY kind",
    )
    .await;
    assert_eq!(number_of(&links, "inspection_pack"), 4, "{links:?}");
    assert!(number_of(&links, "vendor") >= 10, "{links:?}");
    let strange = count(
        database,
        "SELECT count(*) AS n FROM contact_entries
         WHERE day_phone NOT LIKE '000-%' OR night_phone NOT LIKE '000-%' AND night_phone <> ''",
    )
    .await;
    assert_eq!(strange, 0, "a number that somebody could have");
}

/// The cells were worked out when the sheets were written; the program would work out the same.
async fn nothing_is_left_to_work_out(run: &TestApp) {
    let app = &run.app;
    let owners: Vec<Owner> = app
        .database()
        .rows("SELECT DISTINCT owner_id AS id FROM sheets", params![])
        .await
        .unwrap();
    let packs = app.packs();
    let mut tx = app.database().begin_long().await.unwrap();
    let mut changed = 0;
    for owner in owners {
        let recomputed = recompute_organization(&mut tx, &packs, app.ids(), owner.id, app.now());
        changed += recomputed.await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(changed, 0, "{}", run.engine);
}

async fn nothing_lies_in_the_future(run: &TestApp) {
    let now = run.app.now();
    let today = run.app.today();
    for sql in [
        "SELECT count(*) AS n FROM answer_history WHERE changed_at > $1",
        "SELECT count(*) AS n FROM evidence WHERE uploaded_at > $1",
        "SELECT count(*) AS n FROM evidence_links WHERE linked_at > $1",
        "SELECT count(*) AS n FROM contact_confirmations WHERE confirmed_at > $1",
        "SELECT count(*) AS n FROM notifications WHERE created_at > $1",
        "SELECT count(*) AS n FROM invitations WHERE created_at > $1",
        "SELECT count(*) AS n FROM sheets WHERE round1_done_at > $1 OR opened_at > $1",
    ] {
        let found = run.app.database().count(sql, params![now]).await.unwrap();
        assert_eq!(found, 0, "{sql}");
    }
    for sql in [
        "SELECT count(*) AS n FROM answers WHERE first_on > $1 OR second_on > $1",
        "SELECT count(*) AS n FROM evidence WHERE issued_on > $1",
        "SELECT count(*) AS n FROM answers WHERE second_on < first_on OR target_on < first_on OR $1 = ''",
    ] {
        let found = run.app.database().count(sql, params![today]).await.unwrap();
        assert_eq!(found, 0, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_region_can_be_made_on_the_first_days_of_a_fiscal_year() {
    for day in ["2027-04-01", "2027-04-02"] {
        let run = apps(features).await.into_iter().next().unwrap();
        run.clock
            .set(Instant::from_jst(parse_date(day).unwrap(), 9, 0));
        yagura_demonstration::fill(&run.app, |_| {}).await.unwrap();
        let sheets = count(
            run.app.database(),
            "SELECT count(*) AS n FROM sheets WHERE fiscal_year = 2027 AND kind = 'institution'",
        )
        .await;
        assert_eq!(sheets > 0, day == "2027-04-02", "{day}: {sheets}");
        nothing_lies_in_the_future(&run).await;
    }
}
