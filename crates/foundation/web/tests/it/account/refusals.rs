//! The pages of the account are left out of the walk over all addresses, because its people have
//! no session. They are walked here.

use axum::http::{Method, StatusCode};
use yagura_identity::passkeys::testing::Authenticator;
use yagura_identity::{accounts, sessions};
use yagura_kernel::id::PersonId;
use yagura_kernel::person::Role;
use yagura_web::server;
use yagura_web::testing::{PUBLIC_URL, TestApp};

use super::support::{Browser, clinic, director, member, services};
use super::tokens::make;

const NOBODYS: &str = "00000000-0000-7000-8000-000000000001";

/// Every address of the account with what stands for its parameters.
fn addresses(app: &TestApp) -> Vec<(Method, String)> {
    let routes = server::all_routes(&app.app);
    let found: Vec<_> = routes
        .table()
        .iter()
        .filter(|route| route.path == "/account" || route.path.starts_with("/account/"))
        .map(|route| {
            let path = ["{session}", "{passkey}", "{token}"]
                .into_iter()
                .fold(route.path.to_owned(), |path, name| {
                    path.replace(name, NOBODYS)
                });
            assert!(!path.contains('{'), "{path} has a parameter unknown here");
            (route.method.clone(), path)
        })
        .collect();
    assert!(found.len() >= 20, "only {}", found.len());
    found
}

async fn refused(browser: &mut Browser<'_>, to: &str) {
    for (method, path) in addresses(browser.app) {
        let kind = "application/x-www-form-urlencoded";
        let answer = browser
            .send(method.clone(), &path, kind, String::new())
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}");
        assert!(
            answer.to == to || answer.to.starts_with(&format!("{to}?back=")),
            "{method} {path} led to {}",
            answer.to
        );
    }
}

#[tokio::test]
async fn strangers_are_sent_to_the_sign_in() {
    for app in services().await {
        refused(&mut Browser::new(&app), "/sign-in").await;
    }
}

#[tokio::test]
async fn half_signed_in_sessions_are_sent_to_their_second_factor() {
    for app in services().await {
        let mut browser = director(&app).await;
        browser.set_up_app().await;
        let mut half = Browser::signed_in(&app, "director@clinic.example.jp").await;
        refused(&mut half, "/sign-in/second-factor").await;
        // Looking did not complete it.
        half.get("/").await.leads_to("/sign-in/second-factor");
    }
}

#[tokio::test]
async fn tokens_are_not_let_in_with_or_without_a_cookie() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (text, _) = make(&mut browser).await;
        // Pages of the sign-in itself go by the cookie alone.
        let by_cookie = |path: &str| {
            path.starts_with("/account/second-factor")
                || path == "/account/passkeys"
                || path == "/account/passkeys/options"
        };
        let mut program = Browser::new(&app);
        program.bearer = Some(text.clone());
        browser.bearer = Some(text);
        for (method, path) in addresses(&app) {
            let kind = "application/x-www-form-urlencoded";
            let alone = program
                .send(method.clone(), &path, kind, String::new())
                .await;
            assert_eq!(alone.status, StatusCode::SEE_OTHER, "{method} {path}");
            assert!(alone.to.starts_with("/sign-in"), "{path} → {}", alone.to);
            if !by_cookie(&path) {
                let both = browser
                    .send(method.clone(), &path, kind, String::new())
                    .await;
                assert_eq!(both.status, StatusCode::SEE_OTHER, "{method} {path}");
                assert!(both.to.starts_with("/sign-in"), "{path} → {}", both.to);
            }
        }
    }
}

#[tokio::test]
async fn what_is_anothers_does_not_exist() {
    for app in services().await {
        let clinic = clinic(&app).await;
        let director = member(&app, &clinic, Role::Director, "director@clinic.example.jp").await;
        let safety = "safety@clinic.example.jp";
        member(&app, &clinic, Role::SafetyManager, safety).await;
        let mut own = Browser::signed_in(&app, "director@clinic.example.jp").await;
        let mut other = Browser::signed_in(&app, safety).await;
        let (_, token) = make(&mut own).await;
        let passkey = passkey_of(&mut own).await;
        let session = session_of(&app, director.person).await;
        for path in [
            format!("/account/tokens/{token}/revoke"),
            format!("/account/sessions/{session}/end"),
            format!("/account/passkeys/{passkey}/remove"),
            format!("/account/tokens/{NOBODYS}/revoke"),
            "/account/tokens/nonsense/revoke".to_owned(),
        ] {
            let answer = other.post(&path, &[]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        let (status, _) = other
            .json(Method::DELETE, &format!("/api/v1/tokens/{token}"))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // And it is all still there.
        assert_eq!(own.get("/account").await.status, StatusCode::OK);
        own.get("/account/tokens").await.says("使えます");
        own.get("/account/factors").await.says(&passkey);
    }
}

/// The id of the latest session of a login.
async fn session_of(app: &TestApp, person: PersonId) -> String {
    let database = app.app.database();
    let account = accounts::of_person(database, person)
        .await
        .unwrap()
        .unwrap();
    let open = sessions::list(database, account.id, app.app.now())
        .await
        .unwrap();
    open[0].id.to_string()
}

/// Registers a passkey and returns its id.
async fn passkey_of(own: &mut Browser<'_>) -> String {
    let (_, options) = own.json(Method::POST, "/account/passkeys/options").await;
    let mut device = Authenticator::new(1, PUBLIC_URL);
    let credential = device.create(&options);
    let fields = [
        ("ceremony", options["ceremony"].as_str().unwrap()),
        ("credential", &credential),
        ("name", "携帯"),
    ];
    let answer = own.post("/account/passkeys", &fields).await;
    assert_eq!(answer.status, StatusCode::OK);
    let list = own.get("/account/factors").await;
    list.page
        .split("/account/passkeys/")
        .find_map(|rest| rest.split_once("/remove"))
        .unwrap()
        .0
        .to_owned()
}
