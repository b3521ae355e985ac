//! What is found, in which order, and what becomes of it.

use uuid::Uuid;
use yagura_inventory::model::Asset;
use yagura_kernel::policy::actions;
use yagura_kernel::time::parse_date;
use yagura_store::StoreError;
use yagura_vulnerabilities::model::state::Decision;
use yagura_vulnerabilities::model::{Justification, State};
use yagura_vulnerabilities::{Filter, Right, VulnerabilityError, decide, events};

use crate::support::{EXPLOITED, KEV, NVD, World, epss, feed, gateway, nvd, proof, worlds};

const FORTIOS: &str = "cpe:2.3:o:fortinet:fortios:*:*:*:*:*:*:*:*";

fn open() -> Filter {
    Filter {
        open: Some(true),
        ..Filter::default()
    }
}

fn decision(state: State) -> Decision {
    Decision {
        state,
        justification: None,
        accepted_until: None,
        note: String::new(),
    }
}

async fn assess(
    world: &World,
    id: Uuid,
    revision: Option<i64>,
    decision: Decision,
) -> Result<usize, VulnerabilityError> {
    let app = &world.app.app;
    let right = proof::<actions::AssessVulnerabilities>(world.hospital.id);
    let mut tx = app.database().begin().await.unwrap();
    let done = decide(
        &mut tx,
        &Right::Assess(&right),
        app.ids(),
        &[(id, revision)],
        &decision,
        app.now(),
    )
    .await?;
    tx.commit().await.unwrap();
    Ok(done)
}

#[tokio::test]
async fn exploited_before_outside_before_epss_before_cvss() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.load("kev.json", KEV).await;
        let at = "2026-11-10T00:00:00.000";
        let product = "cpe:2.3:a:kakuu:emr:*:*:*:*:*:*:*:*";
        let more = [
            nvd("CVE-2026-0001", product, "9.0", 9.8, at),
            nvd("CVE-2026-0002", product, "9.0", 5.0, at),
            nvd("CVE-2026-0003", product, "9.0", 8.0, at),
        ];
        world.load("more.json", &feed(&more)).await;
        world
            .load("epss.csv", &epss(&[("CVE-2026-0002", 0.5)]))
            .await;
        let (gateway, _) = world.gateway("6.0.3").await;
        let server = Asset {
            name: "電子カルテサーバ".to_owned(),
            os: "架空カルテ".to_owned(),
            os_version: "8.1".to_owned(),
            ..Asset::default()
        };
        world.add(&server).await;
        world.round().await;
        assert_eq!(
            world.ids(&open()).await.first().map(String::as_str),
            Some(EXPLOITED),
            "only the gateway is identified by itself"
        );
        // Somebody confirms what the other is.
        let page = world
            .app
            .get(world.operator, "/vulnerabilities/products")
            .await
            .1;
        let place = page.find("架空カルテ").unwrap();
        let href = page[..place].rsplit("href=\"").next().unwrap();
        let href = href.split('"').next().unwrap().to_owned();
        let form = [("other", "cpe:2.3:a:kakuu:emr")];
        let (status, to) = world.app.post(world.operator, &href, &form).await;
        assert_eq!(status, 303, "{to}");
        while world.app.run_jobs().await > 0 {}
        let found = world.found(&open()).await;
        let ids: Vec<String> = found
            .iter()
            .map(|one| one.identifier().to_string())
            .collect();
        assert_eq!(ids[0], EXPLOITED);
        assert_eq!(found[0].asset_id, gateway);
        let ours: Vec<&String> = ids.iter().filter(|id| id.starts_with("CVE-2026")).collect();
        assert_eq!(ours, ["CVE-2026-0002", "CVE-2026-0001", "CVE-2026-0003"]);
        assert_eq!(found.last().unwrap().certainty, 100);
        assert!(
            found[0].certainty < 100,
            "the gateway is a guess and says so"
        );
        let critical = found
            .iter()
            .find(|one| one.severity().code() == "critical" && one.kev_added.is_none());
        assert_eq!(
            critical.unwrap().due_on,
            parse_date("2026-11-24").unwrap(),
            "14 days after the publication"
        );
        // EPSS of another day changes the order and nothing else.
        world
            .load(
                "epss.csv",
                &epss(&[("CVE-2026-0002", 0.001), ("CVE-2026-0003", 0.9)]),
            )
            .await;
        while world.app.run_jobs().await > 0 {}
        let ids = world.ids(&open()).await;
        let ours: Vec<&String> = ids.iter().filter(|id| id.starts_with("CVE-2026")).collect();
        assert_eq!(ours, ["CVE-2026-0003", "CVE-2026-0002", "CVE-2026-0001"]);
    }
}

#[tokio::test]
async fn a_new_vulnerability_reaches_devices_without_the_index_and_agrees_with_it() {
    for world in worlds().await {
        let (gateway_id, _) = world.gateway("7.0.5").await;
        world.round().await;
        assert!(world.found(&open()).await.is_empty());
        let at = "2026-11-20T00:00:00.000";
        let new = feed(&[
            nvd("CVE-2026-1000", FORTIOS, "7.0.6", 9.8, at),
            nvd("CVE-2026-1001", FORTIOS, "7.0.5", 9.8, at),
        ]);
        world.load("nvd.json", &new).await;
        while world.app.run_jobs().await > 0 {}
        let by_delta = world.found(&open()).await;
        assert_eq!(by_delta.len(), 1, "{by_delta:?}");
        assert_eq!(by_delta[0].identifier().to_string(), "CVE-2026-1000");
        assert_eq!(by_delta[0].asset_id, gateway_id);
        // The same by the index.
        let path = "/vulnerabilities/feeds/match";
        let operator = world
            .app
            .organization(
                yagura_kernel::organization::OrganizationKind::Prefecture,
                "運用者",
                None,
            )
            .await;
        let administrator = world
            .app
            .person(&operator, yagura_kernel::person::Role::Administrator)
            .await;
        assert_eq!(world.app.post(administrator, path, &[]).await.0, 303);
        assert_eq!(world.app.post(world.director, path, &[]).await.0, 403);
        while world.app.run_jobs().await > 0 {}
        assert_eq!(world.found(&open()).await, by_delta);
        // The feed says something else: it ends, with its history.
        let later = "2026-11-21T00:00:00.000";
        let changed = feed(&[nvd("CVE-2026-1000", FORTIOS, "7.0.4", 9.8, later)]);
        world.load("nvd.json", &changed).await;
        while world.app.run_jobs().await > 0 {}
        assert!(world.found(&open()).await.is_empty());
        let read = proof::<actions::ReadVulnerabilities>(world.hospital.id);
        let told = events(world.app.app.database(), &read, by_delta[0].id, 10)
            .await
            .unwrap();
        assert_eq!(told[0].event, "ended");
    }
}

#[tokio::test]
async fn whoever_derives_from_findings_is_told_when_a_feed_changes_them() {
    for world in worlds().await {
        let taken = || std::mem::take(&mut *world.told.lock().unwrap());
        world.load("nvd.json", NVD).await;
        let (_, _) = world.gateway("6.0.3").await;
        world.round().await;
        assert!(taken().contains(&world.hospital.id));
        world.round().await;
        assert!(taken().is_empty(), "nothing changed");
        let at = "2026-11-10T00:00:00.000";
        let new = nvd("CVE-2026-7777", FORTIOS, "6.0.9", 9.8, at);
        world.load("day.json", &feed(&[new])).await;
        world.round().await;
        assert_eq!(taken(), [world.hospital.id]);
        let elsewhere = nvd("CVE-2026-7778", FORTIOS, "5.0.0", 9.8, at);
        world.load("other.json", &feed(&[elsewhere])).await;
        world.round().await;
        assert!(taken().is_empty(), "it touches no device");
    }
}

#[tokio::test]
async fn an_update_ends_findings_and_a_step_back_brings_them_again() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        let (id, _) = world.gateway("6.0.3").await;
        world.round().await;
        let only = Filter {
            vulnerability: Some(EXPLOITED.parse().unwrap()),
            ..Filter::default()
        };
        let first = world.found(&only).await.remove(0);
        assert_eq!(first.state(), State::New);
        world.change(id, 1, &gateway("7.4.4")).await;
        world.round().await;
        assert_eq!(world.found(&only).await[0].state(), State::Fixed);
        world.change(id, 2, &gateway("6.0.3")).await;
        world.round().await;
        let again = world.found(&only).await.remove(0);
        assert_eq!((again.id, again.state()), (first.id, State::New));
        // What a person said is remedied stays so: a patch may leave the version as it is.
        assess(&world, first.id, None, decision(State::Fixed))
            .await
            .unwrap();
        let right = proof::<actions::ReadVulnerabilities>(world.hospital.id);
        world
            .change(
                id,
                3,
                &Asset {
                    place: "2階".to_owned(),
                    ..gateway("6.0.3")
                },
            )
            .await;
        world.round().await;
        let kept = yagura_vulnerabilities::get(world.app.app.database(), &right, first.id)
            .await
            .unwrap();
        // The program decided here, so nobody's name stands there; a person's would.
        assert_eq!(kept.asset_id, id);
    }
}

#[tokio::test]
async fn decisions_need_what_their_state_needs_and_the_revision_that_was_read() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.gateway("6.0.3").await;
        world.round().await;
        let one = world.found(&open()).await.remove(0);
        let conflict = assess(&world, one.id, Some(99), decision(State::Affected)).await;
        assert!(matches!(
            conflict,
            Err(VulnerabilityError::Store(StoreError::Conflict))
        ));
        let not_affected = Decision {
            justification: Some(Justification::VulnerableCodeNotInExecutePath),
            note: "SSL-VPN を使っていない".to_owned(),
            ..decision(State::NotAffected)
        };
        assess(&world, one.id, Some(one.revision), not_affected)
            .await
            .unwrap();
        assert!(
            !world
                .ids(&open())
                .await
                .contains(&one.identifier().to_string())
        );
        // To judge is not to accept.
        let accepted = Decision {
            accepted_until: Some(parse_date("2026-12-01").unwrap()),
            note: "x".to_owned(),
            ..decision(State::Accepted)
        };
        assert!(
            assess(&world, one.id, None, accepted.clone())
                .await
                .is_err()
        );
        let app = &world.app.app;
        let right = proof::<actions::AcceptVulnerabilities>(world.hospital.id);
        let mut tx = app.database().begin().await.unwrap();
        decide(
            &mut tx,
            &Right::Accept(&right),
            app.ids(),
            &[(one.id, None)],
            &accepted,
            app.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        // Its day passes: it is open again.
        world.app.clock.advance_days(12);
        let mut tx = app.database().begin().await.unwrap();
        let digest = yagura_store::jobs::NewJob::now(
            "vulnerabilities-digest",
            serde_json::json!({}),
            app.now(),
        );
        yagura_store::jobs::enqueue(&mut tx, app.ids(), digest, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        while world.app.run_jobs().await > 0 {}
        let again = world.found(&open()).await;
        let again = again.iter().find(|found| found.id == one.id).unwrap();
        assert_eq!(again.state(), State::Affected);
        // Another institution's finding does not exist.
        let other = proof::<actions::AssessVulnerabilities>(Uuid::max().into());
        let mut tx = app.database().begin().await.unwrap();
        let foreign = decide(
            &mut tx,
            &Right::Assess(&other),
            app.ids(),
            &[(one.id, None)],
            &decision(State::Fixed),
            app.now(),
        )
        .await;
        assert!(matches!(foreign, Err(VulnerabilityError::NotFound)));
    }
}

#[tokio::test]
async fn what_cannot_wait_is_told_at_once_and_once() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.gateway("6.0.3").await;
        world.round().await;
        assert!(
            world.mails().is_empty(),
            "nothing is known to be exploited yet"
        );
        let database = world.app.app.database();
        let mut tx = database.begin().await.unwrap();
        tx.execute(
            "UPDATE organizations SET email = $1 WHERE id = $2",
            yagura_store::params!["anzen@example.jp", world.hospital.id],
        )
        .await
        .unwrap();
        let (ids, now) = (world.app.app.ids(), world.app.app.now());
        let digest =
            yagura_store::jobs::NewJob::now("vulnerabilities-digest", serde_json::json!({}), now);
        yagura_store::jobs::enqueue(&mut tx, ids, digest, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        while world.app.run_jobs().await > 0 {}
        assert_eq!(world.mails().len(), 1, "the digest");
        world.load("kev.json", KEV).await;
        while world.app.run_jobs().await > 0 {}
        let (_, notices) = world.app.get(world.director, "/notices").await;
        assert!(notices.contains("悪用が確認された脆弱性が"), "{notices}");
        let (_, home) = world.app.get(world.operator, "/").await;
        assert!(
            home.contains("外部接続の機器に、悪用が確認された脆弱性があります"),
            "{home}"
        );
        let count = |page: &str| page.matches("悪用が確認された脆弱性が").count();
        let before = count(&notices);
        world.load("kev.json", KEV).await;
        world.round().await;
        let (_, notices) = world.app.get(world.director, "/notices").await;
        assert_eq!(count(&notices), before);
        assert_eq!(
            world.mails().len(),
            2,
            "what was in the digest is told again when it is exploited, once"
        );
    }
}

#[tokio::test]
async fn without_a_version_only_the_exploited_is_a_finding_and_the_rest_is_counted() {
    for world in worlds().await {
        world.load("nvd.json", NVD).await;
        world.load("kev.json", KEV).await;
        world.gateway("").await;
        world.round().await;
        let found = world.found(&open()).await;
        let ids: Vec<String> = found
            .iter()
            .map(|one| one.identifier().to_string())
            .collect();
        assert_eq!(ids, [EXPLOITED]);
        assert_eq!(found[0].reason, "asset_version_unknown");
        let (_, page) = world
            .app
            .get(world.director, "/vulnerabilities/products")
            .await;
        assert!(page.contains("件の脆弱性を判定できません"), "{page}");
    }
}
