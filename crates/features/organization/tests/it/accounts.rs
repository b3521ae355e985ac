//! Helping those who cannot sign in.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use yagura_identity::accounts::{self, AccountListing, AccountStatus};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_web::testing::{TestPerson, text};

use crate::support::{World, link_in, worlds};

const LOGIN: &str = "newcomer@clinic.example.jp";

/// Invites somebody, who registers with a password, and says their page and their account.
async fn newcomer(world: &World) -> (String, AccountListing) {
    let form = [("email", LOGIN), ("role", "staff")];
    let (_, page) = world
        .app
        .post(world.director, "/people/invite", &form)
        .await;
    let (status, _) = world.accept(&link_in(&page), "架空新人", LOGIN).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let account = account(world).await;
    let held = yagura_store::directory::assignments_of(
        world.app.app.database(),
        account.person,
        world.today(),
    )
    .await
    .unwrap();
    (format!("/people/assignments/{}", held[0].id), account)
}

async fn account(world: &World) -> AccountListing {
    let login = yagura_identity::login::Login::parse(LOGIN).unwrap();
    let found = accounts::of_login(world.app.app.database(), &login).await;
    found.unwrap().unwrap()
}

async fn sign_in(world: &World, password: &str) -> StatusCode {
    let body = format!("login={}&password={password}", LOGIN.replace('@', "%40"));
    let request = Request::post("/sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    text(world.app.send(None, request).await).await.0
}

/// Sets the password `yellow+lantern+harbour+nine` by a link.
async fn set_password(world: &World, link: &str) -> StatusCode {
    let path = link.split_once("/invitations/").unwrap().1;
    let request = Request::post(format!("/invitations/{path}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("password=yellow+lantern+harbour+nine"))
        .unwrap();
    text(world.app.send(None, request).await).await.0
}

#[tokio::test]
async fn a_manager_hands_over_a_link_by_which_a_forgotten_password_is_set_anew() {
    for world in worlds().await {
        let (page, _) = newcomer(&world).await;
        let (status, shown) = world.app.get(world.director, &page).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            shown.contains(LOGIN) && shown.contains("二要素認証"),
            "{shown}"
        );
        let act = format!("{page}/password-link");
        let (status, answer) = world.app.post(world.director, &act, &[]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let link = link_in(&answer);
        let path = link.split_once("/invitations/").unwrap().1;
        assert_eq!(set_password(&world, &link).await, StatusCode::SEE_OTHER);
        let old = sign_in(&world, "purple+otter+umbrella+seven").await;
        assert_ne!(old, StatusCode::SEE_OTHER);
        let new = sign_in(&world, "yellow+lantern+harbour+nine").await;
        assert_eq!(new, StatusCode::SEE_OTHER);
        let told = world.mails().await;
        assert!(
            told.iter()
                .any(|(to, body)| to == LOGIN && body.contains("パスワードを決め直すリンク")),
            "{told:?}"
        );
        assert!(
            told.iter()
                .all(|(to, body)| to != LOGIN || !body.contains(path)),
            "the mail that tells of it does not carry the link"
        );
    }
}

#[tokio::test]
async fn whoever_is_locked_cannot_sign_in_until_unlocked() {
    for world in worlds().await {
        let (page, _) = newcomer(&world).await;
        let (status, to) = world
            .app
            .post(
                world.director,
                &format!("{page}/account"),
                &[("act", "lock")],
            )
            .await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, page.as_str())
        );
        assert_eq!(account(&world).await.status, AccountStatus::Locked);
        assert_eq!(world.told.of_people(), 1, "other features were told");
        let (status, _) = world
            .app
            .post(
                world.director,
                &format!("{page}/account"),
                &[("act", "delete")],
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "there is no such act");
        let refused = sign_in(&world, "purple+otter+umbrella+seven").await;
        assert_ne!(refused, StatusCode::SEE_OTHER);
        let (status, _) = world
            .app
            .post(world.director, &format!("{page}/password-link"), &[])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "not while it is locked");
        world
            .app
            .post(
                world.director,
                &format!("{page}/account"),
                &[("act", "unlock")],
            )
            .await;
        assert_eq!(world.told.of_people(), 1);
        let taken = sign_in(&world, "purple+otter+umbrella+seven").await;
        assert_eq!(taken, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn the_api_does_the_same() {
    for world in worlds().await {
        let (page, _) = newcomer(&world).await;
        let path = format!("/api/v1{page}/account");
        let get = async || {
            world
                .api(world.director, Method::GET, &path, json!({}))
                .await
        };
        let (status, shown) = get().await;
        assert_eq!((status, &shown["login"]), (StatusCode::OK, &json!(LOGIN)));
        assert_eq!(shown["status"], "active");
        let lock = json!({ "act": "lock" });
        let (status, _) = world
            .api(world.director, Method::POST, &path, lock.clone())
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(get().await.1["status"], "locked");
        let (status, _) = world
            .api(world.regional_manager, Method::POST, &path, lock)
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "another organisation's");

        let all = "/api/v1/installation/accounts";
        let unlock = json!({ "login": LOGIN, "act": "unlock" });
        let (status, _) = world
            .api(world.director, Method::POST, all, unlock.clone())
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = world
            .api(world.administrator, Method::POST, all, unlock)
            .await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let found = format!("{all}?login=newcomer%40clinic.example.jp");
        let (_, found) = world
            .api(world.administrator, Method::GET, &found, json!({}))
            .await;
        assert_eq!(found["items"][0]["status"], "active");
        let link = format!("{all}/password-link");
        let (status, made) = world
            .api(
                world.administrator,
                Method::POST,
                &link,
                json!({ "login": LOGIN }),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert!(made["link"].as_str().unwrap().contains("/invitations/"));
    }
}

#[tokio::test]
async fn who_works_elsewhere_too_is_helped_by_the_installation_only() {
    for world in worlds().await {
        let (page, account) = newcomer(&world).await;
        let other = world
            .app
            .organization(OrganizationKind::Clinic, "架空第二診療所", None)
            .await;
        let elsewhere = TestPerson {
            person: account.person,
            organization: other.id,
        };
        world.assign(elsewhere, Role::Director, None).await;

        let (_, shown) = world.app.get(world.director, &page).await;
        assert!(shown.contains("ほかの組織でも"), "{shown}");
        let link = format!("{page}/password-link");
        let acts = format!("{page}/account");
        assert!(
            !shown.contains(&link) && !shown.contains(&acts),
            "nothing is offered"
        );
        let (status, answer) = world.app.post(world.director, &link, &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        for act in ["sign_out", "remove_second_factors", "lock", "unlock"] {
            let form = [("act", act)];
            let (status, answer) = world.app.post(world.director, &acts, &form).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{act}: {answer}");
            assert!(answer.contains("ほかの組織でも"), "{act}: {answer}");
        }
        let lock = [("login", LOGIN), ("act", "lock")];
        let (status, _) = world
            .app
            .post(world.director, "/installation/accounts", &lock)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (_, found) = world
            .app
            .get(
                world.administrator,
                "/installation/accounts?login=newcomer%40clinic.example.jp",
            )
            .await;
        assert!(found.contains("架空新人"), "{found}");
        let (status, _) = world
            .app
            .post(world.administrator, "/installation/accounts", &lock)
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(self::account(&world).await.status, AccountStatus::Locked);
    }
}

#[tokio::test]
async fn a_first_password_is_given_by_the_installation_only() {
    for world in worlds().await {
        let (page, account) = newcomer(&world).await;
        let mut tx = world.app.app.database().begin().await.unwrap();
        tx.execute(
            "UPDATE accounts SET password_hash = NULL WHERE id = $1",
            yagura_store::params![account.id],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();

        let (_, shown) = world.app.get(world.director, &page).await;
        let link = format!("{page}/password-link");
        assert!(!shown.contains(&link), "not offered: {shown}");
        let (status, answer) = world.app.post(world.director, &link, &[]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(answer.contains("システム管理者だけ"), "{answer}");

        let all = "/installation/accounts";
        let found = format!("{all}?login=newcomer%40clinic.example.jp");
        let (_, found) = world.app.get(world.administrator, &found).await;
        assert!(found.contains("最初のパスワード"), "{found}");
        let (status, answer) = world
            .app
            .post(
                world.administrator,
                &format!("{all}/password-link"),
                &[("login", LOGIN)],
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(
            set_password(&world, &link_in(&answer)).await,
            StatusCode::SEE_OTHER
        );
        let taken = sign_in(&world, "yellow+lantern+harbour+nine").await;
        assert_eq!(taken, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn ones_own_account_and_strangers_are_not_to_be_had() {
    for world in worlds().await {
        let own = world.assignment(world.director).await;
        let page = format!("/people/assignments/{own}");
        let (status, shown) = world.app.get(world.director, &page).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!shown.contains(&format!("{page}/account")), "{shown}");
        let (status, _) = world
            .app
            .post(
                world.director,
                &format!("{page}/account"),
                &[("act", "lock")],
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = world.app.get(world.regional_manager, &page).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, answer) = world
            .app
            .get(
                world.administrator,
                "/installation/accounts?login=nobody%40example.jp",
            )
            .await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            answer.contains("この名前のアカウントはありません"),
            "{answer}"
        );
    }
}
