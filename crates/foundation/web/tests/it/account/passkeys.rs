use axum::http::{Method, StatusCode};
use yagura_identity::passkeys::testing::Authenticator;
use yagura_web::testing::{PUBLIC_URL, TestApp};

use super::support::{Answer, Browser, PASSWORD, code, director, manager, recorded, services};

const DIRECTOR: &str = "director@clinic.example.jp";
const MANAGER: &str = "manager@region.example.jp";

/// What the script does on a form: asks for the options, asks the device, sends the form.
async fn ceremony(
    browser: &mut Browser<'_>,
    device: &mut Authenticator,
    form: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let (status, options) = browser.json(Method::POST, &format!("{form}/options")).await;
    assert_eq!(status, StatusCode::OK, "{options}");
    let credential = if form == "/account/passkeys" {
        device.create(&options)
    } else {
        device.get(&options)
    };
    let ceremony = options["ceremony"].as_str().unwrap().to_owned();
    let mut all = fields.to_vec();
    all.extend([("ceremony", ceremony.as_str()), ("credential", &credential)]);
    browser.post(form, &all).await
}

async fn register(browser: &mut Browser<'_>, number: u8, name: &str) -> (Authenticator, Answer) {
    let mut device = Authenticator::new(number, PUBLIC_URL);
    let answer = ceremony(browser, &mut device, "/account/passkeys", &[("name", name)]).await;
    (device, answer)
}

#[tokio::test]
async fn a_passkey_is_registered_named_listed_used_and_removed() {
    for app in services().await {
        let mut browser = director(&app).await;
        let page = browser.get("/account/factors").await;
        page.says(r#"data-passkey="register""#);
        page.says(r#"data-host="localhost""#);
        page.says(" hidden "); // until a script shows it
        let (mut device, answer) = register(&mut browser, 1, "医院の携帯").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.to);
        assert_eq!(answer.page.matches("<li><code>").count(), 10);
        answer.says(r#"href="/account/factors""#);
        let list = browser.get("/account/factors").await;
        list.says("医院の携帯");
        list.says("まだ使っていません");
        list.says("残り 10 個");

        // As the second factor, after the password.
        let mut next = Browser::signed_in(&app, DIRECTOR).await;
        next.get("/account")
            .await
            .leads_to("/sign-in/second-factor");
        next.get("/sign-in/second-factor")
            .await
            .says(r#"data-options="/sign-in/second-factor/passkey/options""#);
        let fields = [("back", "/account/factors")];
        ceremony(
            &mut next,
            &mut device,
            "/sign-in/second-factor/passkey",
            &fields,
        )
        .await
        .leads_to("/account/factors");
        let list = next.get("/account/factors").await;
        list.says_not("まだ使っていません");

        // A second one shows no codes again; then the first can be removed.
        let (_, answer) = register(&mut next, 2, "").await;
        answer.leads_to("/account/factors");
        let list = next.get("/account/factors").await;
        list.says("パスキーを登録しました");
        list.says("名前のないパスキー");
        let id = list
            .page
            .split("/account/passkeys/")
            .find_map(|rest| rest.split_once("/remove"))
            .unwrap()
            .0
            .to_owned();
        let remove = format!("/account/passkeys/{id}/remove");
        next.post(&remove, &[]).await.leads_to("/account/factors");
        next.get("/account/factors").await.says_not("医院の携帯");
        assert_eq!(next.post(&remove, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(recorded(&app, "second_factor.enrolled").await, 2);
        assert_eq!(recorded(&app, "second_factor.removed").await, 1);
    }
}

#[tokio::test]
async fn a_passkey_alone_signs_in() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (mut device, _) = register(&mut browser, 1, "携帯").await;
        let mut next = Browser::new(&app);
        let page = next.get("/sign-in?back=/account/factors").await;
        page.says(r#"data-options="/sign-in/passkey/options""#);
        page.says("data-passkey-autofill");
        page.says(r#"autocomplete="username webauthn""#);
        let fields = [("back", "/account/factors")];
        ceremony(&mut next, &mut device, "/sign-in/passkey", &fields)
            .await
            .leads_to("/account/factors");
        assert_eq!(next.get("/account").await.status, StatusCode::OK);
        next.get("/account").await.says("パスキー");

        // A device that is not known here, an answer sent twice, and no answer at all.
        let mut strange = Authenticator::new(9, PUBLIC_URL);
        let mut stranger = Browser::new(&app);
        let refused = ceremony(&mut stranger, &mut strange, "/sign-in/passkey", &fields).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        refused.says("サインインできませんでした");
        let refused = stranger.post("/sign-in/passkey", &fields).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        stranger
            .get("/account")
            .await
            .leads_to("/sign-in?back=/account");
    }
}

#[tokio::test]
async fn whoever_must_have_a_second_factor_may_begin_with_a_passkey() {
    for app in services().await {
        manager(&app).await;
        let mut browser = Browser::signed_in(&app, MANAGER).await;
        browser
            .get("/account")
            .await
            .leads_to("/account/second-factor");
        browser
            .get("/account/second-factor")
            .await
            .says(r#"data-passkey="register""#);
        let (_, answer) = register(&mut browser, 1, "携帯").await;
        assert_eq!(answer.page.matches("<li><code>").count(), 10);
        let page = browser.get("/account/factors").await;
        page.says("最後の1つは外せません");
        page.says_not("/remove");
    }
}

#[tokio::test]
async fn a_half_signed_in_browser_registers_nothing() {
    for app in services().await {
        let mut browser = director(&app).await;
        register(&mut browser, 1, "携帯").await;
        let mut half = Browser::signed_in(&app, DIRECTOR).await;
        let answer = half
            .send(
                Method::POST,
                "/account/passkeys/options",
                "application/json",
                "{}".to_owned(),
            )
            .await;
        answer.leads_to("/sign-in/second-factor");
        let mut stranger = Browser::new(&app);
        stranger
            .post("/account/passkeys", &[])
            .await
            .leads_to("/sign-in");
        // Nor may it carry on what a complete one began.
        let (_, options) = browser
            .json(Method::POST, "/account/passkeys/options")
            .await;
        let mut device = Authenticator::new(5, PUBLIC_URL);
        let credential = device.create(&options);
        let fields = [
            ("ceremony", options["ceremony"].as_str().unwrap()),
            ("credential", &credential),
        ];
        half.post("/account/passkeys", &fields)
            .await
            .leads_to("/sign-in/second-factor");
    }
}

#[tokio::test]
async fn an_old_sign_in_is_confirmed_by_passkey_before_another_is_registered() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (mut device, _) = register(&mut browser, 1, "携帯").await;
        app.clock.advance_seconds(15 * 60);
        let (status, answer) = browser
            .json(Method::POST, "/account/passkeys/options")
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["location"], "/account/confirm?back=/account/factors");
        let page = browser.get("/account/confirm?back=/account/factors").await;
        page.says(r#"data-passkey="sign-in""#);
        ceremony(
            &mut browser,
            &mut device,
            "/sign-in/second-factor/passkey",
            &[("back", "/account/factors")],
        )
        .await
        .leads_to("/account/factors");
        let (_, answer) = register(&mut browser, 2, "別の端末").await;
        answer.leads_to("/account/factors");
    }
}

#[tokio::test]
async fn an_answer_from_another_page_or_for_another_session_is_refused() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (mut device, _) = register(&mut browser, 1, "携帯").await;
        let mut half = Browser::signed_in(&app, DIRECTOR).await;
        device.origin = "https://yagura.example.com".to_owned();
        let refused = ceremony(
            &mut half,
            &mut device,
            "/sign-in/second-factor/passkey",
            &[],
        )
        .await;
        refused.says("サインインできませんでした");
        half.get("/account")
            .await
            .leads_to("/sign-in/second-factor");
        let mut forged = Authenticator::new(3, "https://yagura.example.com");
        let answer = ceremony(&mut browser, &mut forged, "/account/passkeys", &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        only_one(&app, &mut browser).await;
    }
}

async fn only_one(app: &TestApp, browser: &mut Browser<'_>) {
    let list = browser.get("/account/factors").await;
    assert_eq!(
        list.page.matches("/account/passkeys/").count(),
        2,
        "{app:?}",
        app = app.engine
    );
}

#[tokio::test]
async fn without_scripts_an_authenticator_app_does_the_same() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (secret, _) = browser.set_up_app().await;
        let mut next = Browser::new(&app);
        let fields = [("login", DIRECTOR), ("password", PASSWORD)];
        next.post("/sign-in", &fields)
            .await
            .leads_to("/sign-in/second-factor?back=/");
        let code = code(&app, &secret);
        next.post("/sign-in/second-factor", &[("code", &code), ("back", "/")])
            .await
            .leads_to("/");
    }
}
