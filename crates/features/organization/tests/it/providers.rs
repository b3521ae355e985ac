//! The settings of the institution's own sign-in, against a provider on this machine.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use yagura_identity::oidc::testing::{FakeProvider, Mischief};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::time::Clock as _;
use yagura_store::{params, row};

use crate::support::{World, worlds};

const SECRET: &str = "a client secret that nobody may read";
const PATH: &str = "/api/v1/identity-providers";

async fn provider(world: &World) -> FakeProvider {
    FakeProvider::start(world.app.clock.now().as_seconds()).await
}

fn form(issuer: &str) -> Vec<(&str, &str)> {
    vec![
        ("name", "職員アカウント"),
        ("issuer", issuer),
        ("client_id", "yagura-client"),
        ("client_secret", SECRET),
        ("allowed_domains", "@Clinic.example.jp\r\nb.example.jp"),
        ("enabled", "yes"),
    ]
}

async fn add(world: &World, issuer: &str) -> String {
    let (status, to) = world
        .app
        .post(world.director, "/identity-providers/new", &form(issuer))
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
    to
}

async fn listed(world: &World) -> Vec<Value> {
    let (status, answer) = world
        .api(world.director, Method::GET, PATH, json!({}))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_manager_registers_tries_changes_and_removes_a_provider() {
    row! { struct Kept { client_secret: Vec<u8> } }
    for world in worlds().await {
        let fake = provider(&world).await;
        let issuer = fake.issuer();
        let (_, empty) = world.app.get(world.director, "/identity-providers").await;
        assert!(empty.contains("まだ登録されていません"), "{empty}");
        let page = add(&world, &issuer).await;
        let (status, shown) = world.app.get(world.manager, &page).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            shown.contains("http://localhost:8080/sign-in/provider/callback"),
            "{shown}"
        );
        assert!(!shown.contains(SECRET), "the secret is never shown");
        assert!(shown.contains("登録済みです"), "{shown}");
        let kept: Vec<Kept> = world
            .app
            .app
            .database()
            .rows("SELECT client_secret FROM identity_providers", params![])
            .await
            .unwrap();
        let holds = |part: &[u8]| part == SECRET.as_bytes();
        assert!(
            !kept[0].client_secret.windows(SECRET.len()).any(holds),
            "it is sealed"
        );

        let (status, tried) = world
            .app
            .post(world.director, &format!("{page}/try"), &[])
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(tried.contains("認証システムに接続できました"), "{tried}");

        let mut changed = form(&issuer);
        changed[0].1 = "新しい名前";
        changed[3].1 = "";
        changed.retain(|(name, _)| *name != "enabled");
        let (status, to) = world.app.post(world.director, &page, &changed).await;
        assert_eq!((status, &to), (StatusCode::SEE_OTHER, &page));
        let one = listed(&world).await.remove(0);
        assert_eq!(one["name"], "新しい名前");
        assert_eq!(one["enabled"], false);
        assert_eq!(one["has_secret"], true, "an empty field keeps it");
        assert_eq!(
            one["allowed_domains"],
            json!(["clinic.example.jp", "b.example.jp"])
        );

        let (status, to) = world
            .app
            .post(world.director, &format!("{page}/remove"), &[])
            .await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, "/identity-providers")
        );
        assert!(listed(&world).await.is_empty());
        assert_eq!(
            world
                .audited("identity_provider.saved", "identity_provider")
                .await,
            2
        );
        assert_eq!(
            world
                .audited("identity_provider.removed", "identity_provider")
                .await,
            1
        );
        assert_eq!(
            world.audited("people.manage", "identity_provider").await,
            1,
            "the trial"
        );
    }
}

#[tokio::test]
async fn a_trial_says_what_stands_in_the_way() {
    for world in worlds().await {
        let fake = provider(&world).await;
        let page = add(&world, &fake.issuer()).await;
        let try_it = format!("{page}/try");
        for mischief in [
            Mischief::OtherIssuerInDiscovery,
            Mischief::HugeAnswer,
            Mischief::Redirect,
            Mischief::Garbage,
            Mischief::PlainHttpElsewhere,
        ] {
            fake.misbehave(mischief);
            let (status, tried) = world.app.post(world.director, &try_it, &[]).await;
            assert_eq!(status, StatusCode::OK, "{mischief:?}");
            assert!(!tried.contains("接続できました"), "{mischief:?}");
            assert!(
                !tried.contains("<html>secret"),
                "nothing of the answer is shown"
            );
        }
        let id = page.rsplit('/').next().unwrap();
        let trial = format!("{PATH}/{id}/trial");
        let (status, answer) = world
            .api(world.director, Method::POST, &trial, json!({}))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["works"], false);
        assert!(answer["problem"].is_string());
        fake.misbehave(Mischief::None);
        let (_, answer) = world
            .api(world.director, Method::POST, &trial, json!({}))
            .await;
        assert_eq!(answer["works"], true, "{answer}");
        assert!(
            answer["sign_in_page"]
                .as_str()
                .unwrap()
                .starts_with(&fake.issuer())
        );
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_the_secret_is_not_sent_back() {
    for world in worlds().await {
        for (field, value) in [
            ("name", ""),
            ("issuer", "http://idp.example.jp"),
            ("issuer", "https://169.254.169.254/"),
            ("issuer", "file:///etc/passwd"),
            ("issuer", "idp"),
            ("client_id", " "),
            ("allowed_domains", ""),
            ("allowed_domains", "病院"),
        ] {
            let mut form = form("https://idp.example.jp");
            for pair in &mut form {
                if pair.0 == field {
                    pair.1 = value;
                }
            }
            let (status, page) = world
                .app
                .post(world.director, "/identity-providers/new", &form)
                .await;
            assert_eq!(status, StatusCode::OK);
            assert!(
                page.contains(&format!("#field-{field}")),
                "{field}={value:?}: {page}"
            );
            assert!(!page.contains(SECRET));
            let body = json!({
                "name": form[0].1, "issuer": form[1].1, "client_id": form[2].1,
                "allowed_domains": if form[4].1.is_empty() { vec![] } else { vec![form[4].1.split('\r').next()] },
                "enabled": true,
            });
            let (status, answer) = world.api(world.director, Method::POST, PATH, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
            assert_eq!(answer["errors"][0]["field"], field);
        }
        assert!(listed(&world).await.is_empty());
        for _ in 0..5 {
            add(&world, "https://idp.example.jp").await;
        }
        let (status, page) = world
            .app
            .post(
                world.director,
                "/identity-providers/new",
                &form("https://idp.example.jp"),
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(page.contains("5件まで"), "{page}");
    }
}

#[tokio::test]
async fn a_provider_belongs_to_its_organisation() {
    for world in worlds().await {
        let page = add(&world, "https://idp.example.jp").await;
        let id = page.rsplit('/').next().unwrap().to_owned();
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "よその医院", None)
            .await;
        let foreign = world.app.person(&other, Role::Director).await;
        let body = json!({
            "name": "乗っ取り", "issuer": "https://evil.example.jp", "client_id": "x",
            "allowed_domains": ["clinic.example.jp"], "enabled": true,
        });
        let api = format!("{PATH}/{id}");
        for (whom, expected) in [
            (foreign, StatusCode::NOT_FOUND),
            (world.regional_manager, StatusCode::NOT_FOUND),
            (world.staff, StatusCode::FORBIDDEN),
        ] {
            assert_eq!(world.app.get(whom, &page).await.0, expected);
            for act in ["", "/try", "/remove"] {
                let path = format!("{page}{act}");
                let form = form("https://evil.example.jp");
                assert_eq!(
                    world.app.post(whom, &path, &form).await.0,
                    expected,
                    "{path}"
                );
            }
            let (status, _) = world.api(whom, Method::PUT, &api, body.clone()).await;
            assert_eq!(status, expected);
            let (status, _) = world.api(whom, Method::DELETE, &api, json!({})).await;
            assert_eq!(status, expected);
            let trial = format!("{api}/trial");
            let (status, _) = world.api(whom, Method::POST, &trial, json!({})).await;
            assert_eq!(status, expected);
        }
        let (_, theirs) = world.api(foreign, Method::GET, PATH, json!({})).await;
        assert_eq!(theirs["items"], json!([]));
        assert_eq!(listed(&world).await[0]["issuer"], "https://idp.example.jp");
    }
}
