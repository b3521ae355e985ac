//! From the upload to the probe.

use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use yagura_kernel::probe::Outcome;

use crate::support::{World, key, worlds};

const GOOD: [&str; 2] = ["Kx9!rw-2Lp.Qm7", "vT4#nQ8_zzR1-pW"];

async fn outcomes(world: &World) -> [Outcome; 2] {
    let [strong, reused] = world.measured().await;
    [strong.outcome, reused.outcome]
}

async fn api(world: &World, method: Method, path: &str, body: Option<Json>) -> (StatusCode, Json) {
    world
        .app
        .api(Some(world.director), method, path, body)
        .await
}

async fn key_id(world: &World) -> String {
    let (status, keys) = world
        .app
        .api(
            Some(world.director),
            Method::GET,
            "/api/v1/credentials/keys",
            None,
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    keys[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_verdict_counts_once_a_person_has_compared_the_key() {
    for world in worlds().await {
        let (_, page) = world.app.get(world.director, "/credentials").await;
        assert!(page.contains("点検の結果はまだありません"), "{page}");
        assert_eq!(outcomes(&world).await, [Outcome::Unknown; 2]);
        let file = world.signed(&key(1), &GOOD, 1);
        let (status, said) = world.upload(world.director, &file).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
        assert_eq!(
            outcomes(&world).await,
            [Outcome::Unknown; 2],
            "nobody compared the key"
        );
        assert_eq!(world.count("SELECT count(*) AS n FROM evidence").await, 0);
        let shown = yagura_credentials::model::fingerprint(&key(1).verifying_key());
        let (_, page) = world.app.get(world.director, "/credentials").await;
        assert!(page.contains(&shown), "{page}");

        let path = format!("/credentials/keys/{}/trust", key_id(&world).await);
        let (status, page) = world.app.post(world.director, &path, &[]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("見比べて"), "{page}");
        let (status, _) = world
            .app
            .post(world.staff, &path, &[("compared", "on")])
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = world
            .app
            .post(world.stranger, &path, &[("compared", "on")])
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = world
            .app
            .post(world.director, &path, &[("compared", "on")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(outcomes(&world).await, [Outcome::Satisfied; 2]);
        assert_eq!(world.count("SELECT count(*) AS n FROM evidence").await, 1);
        let links = "SELECT count(*) AS n FROM evidence_links WHERE item IN ('2-7', '2-8')";
        assert_eq!(world.count(links).await, 2);

        // The same file again is the same verdict; a later one of the same key counts at once.
        world.upload(world.director, &file).await;
        let verdicts = "SELECT count(*) AS n FROM credential_verdicts";
        assert_eq!(world.count(verdicts).await, 1);
        let worse = world.signed(&key(1), &["Kx9!rw-2Lp.Qm7", "Kx9!rw-2Lp.Qm7", "short"], 0);
        world.upload(world.director, &worse).await;
        assert_eq!(outcomes(&world).await, [Outcome::Violated; 2]);
        assert_eq!(world.count("SELECT count(*) AS n FROM evidence").await, 2);

        let revoke = path.replace("/trust", "/revoke");
        let (status, _) = world.app.post(world.director, &revoke, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(outcomes(&world).await, [Outcome::Unknown; 2]);
        let again = world.signed(&key(1), &["another-One!4711x"], 0);
        let (status, page) = world.upload(world.director, &again).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("使用を停止"), "{page}");
    }
}

#[tokio::test]
async fn what_was_edited_is_refused_and_leaves_nothing() {
    for world in worlds().await {
        let file = world.signed(&key(1), &["operator"], 1);
        let edited = file.replacen("factory_default", "guessable", 1);
        assert_ne!(edited, file);
        let (status, page) = world.upload(world.director, &edited).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("署名された後に内容が変わっています"),
            "{page}"
        );
        let (status, page) = world.upload(world.director, "{\"a\": 1}").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("点検の結果のファイルではない"), "{page}");
        let (status, page) = world.upload(world.director, "").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("ファイルを選んで"), "{page}");
        let future = world.signed(&key(1), &["operator"], -5);
        let (_, page) = world.upload(world.director, &future).await;
        assert!(page.contains("未来"), "{page}");
        let (status, _) = world.upload(world.staff, &file).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        for sql in [
            "SELECT count(*) AS n FROM credential_keys",
            "SELECT count(*) AS n FROM credential_verdicts",
            "SELECT count(*) AS n FROM evidence",
        ] {
            assert_eq!(world.count(sql).await, 0, "{sql}");
        }
    }
}

#[tokio::test]
async fn an_old_verdict_proves_nothing_any_more() {
    for world in worlds().await {
        let file = world.signed(&key(2), &GOOD, 89);
        world.upload(world.director, &file).await;
        let path = format!("/api/v1/credentials/keys/{}/trust", key_id(&world).await);
        let put = |method| {
            world
                .app
                .api(Some(world.director), method, &path, Some(json!({})))
        };
        assert_eq!(put(Method::PUT).await.0, StatusCode::NO_CONTENT);
        assert_eq!(outcomes(&world).await, [Outcome::Satisfied; 2]);
        world.app.clock.advance_days(2);
        assert_eq!(outcomes(&world).await, [Outcome::Unknown; 2]);
        let [strong, _] = world.measured().await;
        assert_eq!(strong.finding.message, "credentials-probe-old");
    }
}

#[tokio::test]
async fn the_api_takes_lists_and_shows_verdicts() {
    for world in worlds().await {
        let path = "/api/v1/credentials/verdicts";
        for days in [3, 1, 2] {
            let file: Json =
                serde_json::from_str(&world.signed(&key(3), &["operator"], days)).unwrap();
            let (status, said) = api(&world, Method::POST, path, Some(file)).await;
            assert_eq!(status, StatusCode::CREATED, "{said}");
            assert_eq!(said["counts"], false);
            assert_eq!(said["strong"], "violated");
        }
        let (status, refused) = api(&world, Method::POST, path, Some(json!({}))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
        let (_, first) = api(&world, Method::GET, &format!("{path}?limit=2"), None).await;
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        let next = first["next"].as_str().unwrap();
        let (_, rest) = api(
            &world,
            Method::GET,
            &format!("{path}?limit=2&cursor={next}"),
            None,
        )
        .await;
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        assert!(rest.get("next").is_none());
        let order: Vec<&str> = first["items"]
            .as_array()
            .unwrap()
            .iter()
            .chain(rest["items"].as_array().unwrap())
            .map(|one| one["checked_at"].as_str().unwrap())
            .collect();
        assert!(order.is_sorted_by(|one, next| one > next), "{order:?}");
        let (status, _) = api(&world, Method::GET, &format!("{path}?cursor=x"), None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let id = first["items"][0]["id"].as_str().unwrap();
        let (status, page) = world
            .app
            .get(world.director, &format!("/credentials/{id}"))
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("出荷時の初期値") && page.contains("サーバ1 &lt;b&gt;"),
            "{page}"
        );
        let (status, _) = world
            .app
            .get(world.stranger, &format!("/credentials/{id}"))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn of_each_file_the_newest_counts_until_it_is_used_no_more() {
    for world in worlds().await {
        let first = world.signed_files(
            &key(4),
            &[("servers", &GOOD[..1]), ("network", &["operator"])],
            5,
        );
        world.upload(world.director, &first).await;
        let trust = format!("/api/v1/credentials/keys/{}/trust", key_id(&world).await);
        let (status, _) = api(&world, Method::PUT, &trust, Some(json!({}))).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(outcomes(&world).await, [Outcome::Violated; 2]);
        let [strong, _] = world.measured().await;
        assert_eq!((strong.covered, strong.total), (1, 2));

        // The network's file was mended and checked again alone: the servers' older verdict stays.
        let mended = world.signed_files(&key(4), &[("network", &GOOD[1..])], 1);
        world.upload(world.director, &mended).await;
        assert_eq!(
            outcomes(&world).await,
            [Outcome::Satisfied, Outcome::Unknown],
            "what stands in both would not be seen"
        );
        let [_, reused] = world.measured().await;
        assert_eq!(reused.finding.message, "credentials-probe-apart");
        let path = "/api/v1/credentials/files";
        let (status, files) = api(&world, Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{files}");
        let shown: Vec<(&str, i64, i64)> = files
            .as_array()
            .unwrap()
            .iter()
            .map(|file| {
                (
                    file["label"].as_str().unwrap(),
                    file["entries"].as_i64().unwrap(),
                    file["faulty"].as_i64().unwrap(),
                )
            })
            .collect();
        assert_eq!(shown, [("network", 1, 0), ("servers", 1, 0)]);
        let (_, page) = world.app.get(world.director, "/credentials").await;
        assert!(page.contains("確認に使うファイル"), "{page}");
        assert!(
            page.contains("servers") && page.contains("network"),
            "{page}"
        );

        // Checked at once, both are proven.
        let together = world.signed_files(
            &key(4),
            &[("servers", &GOOD[..1]), ("network", &GOOD[1..])],
            0,
        );
        world.upload(world.director, &together).await;
        assert_eq!(outcomes(&world).await, [Outcome::Satisfied; 2]);

        // A file that nobody uses any more grows old for nobody.
        let old = world.signed_files(&key(4), &[("old", &["operator"])], 80);
        world.upload(world.director, &old).await;
        assert_eq!(outcomes(&world).await, [Outcome::Violated; 2]);
        let retire = "/credentials/files/retire";
        let (status, _) = world
            .app
            .post(world.staff, retire, &[("label", "old")])
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = world
            .app
            .post(world.stranger, retire, &[("label", "old")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "theirs has none");
        let (status, _) = world
            .app
            .post(world.director, retire, &[("label", "old")])
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(outcomes(&world).await, [Outcome::Satisfied; 2]);
        let body = json!({ "label": "nothing" });
        let path = "/api/v1/credentials/files/retirement";
        let (status, _) = api(&world, Method::POST, path, Some(body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
