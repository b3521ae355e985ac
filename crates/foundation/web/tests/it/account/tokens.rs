use axum::http::{Method, StatusCode};
use yagura_kernel::person::Role;
use yagura_web::testing::TestApp;

use super::support::{Browser, PASSWORD, clinic, director, member, recorded, services};

const FIELDS: [(&str, &str); 4] = [
    ("name", "電子カルテ連携"),
    ("scope", "tokens.manage"),
    ("scope", "people.read"),
    ("last_day", "令和9年2月1日"),
];

/// Makes a token through the page and returns its text and id.
pub(super) async fn make(browser: &mut Browser<'_>) -> (String, String) {
    let answer = browser.post("/account/tokens", &FIELDS).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.to);
    let text = answer.after(r#"id="token">"#).to_owned();
    assert!(text.starts_with("ygr_") && text.len() == 44, "{text}");
    let list = browser.get("/account/tokens").await;
    let id = list
        .page
        .split("/account/tokens/")
        .find_map(|rest| rest.split_once("/revoke"))
        .map(|(id, _)| id.to_owned())
        .unwrap();
    (text, id)
}

fn bearer<'a>(app: &'a TestApp, text: &str) -> Browser<'a> {
    let mut browser = Browser::new(app);
    browser.bearer = Some(text.to_owned());
    browser
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_taken_back() {
    for app in services().await {
        let mut browser = director(&app).await;
        browser.get("/account").await.says("/account/tokens");
        let page = browser.get("/account/tokens").await;
        page.says("組織の人と役割を見る");
        page.says_not("様式を取り込む");
        let (text, id) = make(&mut browser).await;
        let list = browser.get("/account/tokens").await;
        list.says("電子カルテ連携");
        list.says(&text[..10]);
        list.says("令和9年2月1日");
        list.says("まだ使っていません");
        list.says_not(&text);

        let mut program = bearer(&app, &text);
        let (status, own) = program.json(Method::GET, "/api/v1/tokens").await;
        assert_eq!(status, StatusCode::OK, "{own}");
        assert_eq!(own["items"][0]["id"], id.as_str());
        assert_eq!(own["items"][0]["scopes"].as_array().unwrap().len(), 2);
        assert!(!own.to_string().contains(&text));
        // Beyond its scopes it is refused, though its owner may.
        let (status, _) = program
            .json(Method::GET, "/api/v1/organization-tokens")
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        browser
            .get("/account/tokens")
            .await
            .says_not("まだ使っていません");

        let revoke = format!("/account/tokens/{id}/revoke");
        browser.post(&revoke, &[]).await.leads_to("/account/tokens");
        let list = browser.get("/account/tokens").await;
        list.says("トークンを取り消しました");
        list.says("取り消し済み");
        let (status, _) = program.json(Method::GET, "/api/v1/tokens").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            browser.post(&revoke, &[]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(recorded(&app, "token.created").await, 1);
        assert_eq!(recorded(&app, "token.revoked").await, 1);
    }
}

#[tokio::test]
async fn a_program_takes_its_own_token_back() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (text, id) = make(&mut browser).await;
        let mut program = bearer(&app, &text);
        let path = format!("/api/v1/tokens/{id}");
        let (status, _) = program.json(Method::DELETE, &path).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, _) = program.json(Method::DELETE, &path).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_said_beside_its_field() {
    for app in services().await {
        let mut browser = director(&app).await;
        for (name, scope, last_day, words) in [
            (
                "",
                "people.read",
                "2027-02-01",
                "「名前」を入力してください",
            ),
            ("連携", "", "2027-02-01", "1つ以上選んでください"),
            // No role of a director gives it.
            (
                "連携",
                "packs.manage",
                "2027-02-01",
                "1つ以上選んでください",
            ),
            (
                "連携",
                "people.read",
                "2026-11-20",
                "今日か、それより後の日",
            ),
            ("連携", "people.read", "2027-11-23", "366 日より先"),
            (
                "連携",
                "people.read",
                "",
                "「使える最後の日」を入力してください",
            ),
        ] {
            let fields = [("name", name), ("scope", scope), ("last_day", last_day)];
            let answer = browser.post("/account/tokens", &fields).await;
            answer.says(words);
            answer.says(&format!(r#"value="{last_day}""#));
            answer.says_not("ygr_");
        }
        // The last day is a whole one.
        let fields = [
            ("name", "連携"),
            ("scope", "tokens.manage"),
            ("last_day", "2026-11-21"),
        ];
        let answer = browser.post("/account/tokens", &fields).await;
        let text = answer.after(r#"id="token">"#).to_owned();
        app.clock.advance_seconds(15 * 3_600 - 1);
        let mut program = bearer(&app, &text);
        let (status, _) = program.json(Method::GET, "/api/v1/tokens").await;
        assert_eq!(status, StatusCode::OK, "23:59:59 in Japan");
        app.clock.advance_seconds(1);
        let (status, _) = program.json(Method::GET, "/api/v1/tokens").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn making_a_token_needs_a_fresh_sign_in() {
    for app in services().await {
        let mut browser = director(&app).await;
        app.clock.advance_seconds(15 * 60);
        let page = browser.get("/account/tokens").await;
        page.says("/account/confirm?back=/account/tokens");
        page.says_not(r#"name="scope""#);
        browser
            .post("/account/tokens", &FIELDS)
            .await
            .leads_to("/account/confirm?back=/account/tokens");
        browser
            .get("/account/confirm?back=/account/tokens")
            .await
            .says(r#"value="/account/tokens""#);
        let wrong = [("password", "wrong"), ("back", "/account/tokens")];
        browser
            .post("/account/confirm", &wrong)
            .await
            .says("いまのパスワードが合いません");
        let right = [("password", PASSWORD), ("back", "/account/tokens")];
        browser
            .post("/account/confirm", &right)
            .await
            .leads_to("/account/tokens");
        make(&mut browser).await;
        assert_eq!(recorded(&app, "sign_in.confirmed").await, 1);
        let away = [("password", PASSWORD), ("back", "https://evil.example")];
        browser.post("/account/confirm", &away).await.leads_to("/");
    }
}

#[tokio::test]
async fn those_who_manage_the_people_see_and_take_back_every_token_of_the_organisation() {
    for app in services().await {
        let clinic = clinic(&app).await;
        member(&app, &clinic, Role::Director, "director@clinic.example.jp").await;
        member(
            &app,
            &clinic,
            Role::SystemOperator,
            "operator@clinic.example.jp",
        )
        .await;
        let mut operator = Browser::signed_in(&app, "operator@clinic.example.jp").await;
        let (text, id) = make(&mut operator).await;
        let own = operator.get("/account/tokens").await;
        own.says_not("/account/organization-tokens");
        let refused = operator.get("/account/organization-tokens").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);

        let mut head = Browser::signed_in(&app, "director@clinic.example.jp").await;
        let page = head.get("/account/tokens").await;
        page.says("/account/organization-tokens");
        page.says_not("電子カルテ連携");
        let all = head.get("/account/organization-tokens").await;
        all.says("電子カルテ連携");
        all.says("架空 system_operator");
        let (status, listed) = head.json(Method::GET, "/api/v1/organization-tokens").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(listed["items"][0]["owner"], "架空 system_operator");

        // The head of another organisation knows nothing of it.
        let other = app
            .organization(
                yagura_kernel::organization::OrganizationKind::Hospital,
                "見本病院",
                None,
            )
            .await;
        member(&app, &other, Role::Director, "director@other.example.jp").await;
        let mut foreign = Browser::signed_in(&app, "director@other.example.jp").await;
        foreign
            .get("/account/organization-tokens")
            .await
            .says_not("電子カルテ連携");
        let revoke = format!("/account/organization-tokens/{id}/revoke");
        let path = format!("/api/v1/organization-tokens/{id}");
        assert_eq!(
            foreign.post(&revoke, &[]).await.status,
            StatusCode::NOT_FOUND
        );
        let (status, _) = foreign.json(Method::DELETE, &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);

        head.post(&revoke, &[])
            .await
            .leads_to("/account/organization-tokens");
        let mut program = bearer(&app, &text);
        let (status, _) = program.json(Method::GET, "/api/v1/tokens").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, _) = head.json(Method::DELETE, &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "it is taken back already");
    }
}

#[tokio::test]
async fn those_who_may_not_make_tokens_are_not_shown_how() {
    for app in services().await {
        let clinic = clinic(&app).await;
        member(&app, &clinic, Role::Staff, "staff@clinic.example.jp").await;
        let mut staff = Browser::signed_in(&app, "staff@clinic.example.jp").await;
        staff
            .get("/account")
            .await
            .says_not(r#"href="/account/tokens""#);
        let refused = staff.post("/account/tokens", &FIELDS).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
}
