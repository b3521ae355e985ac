use axum::http::StatusCode;

use super::support::{Browser, code, director, manager, recorded, services};

const DIRECTOR: &str = "director@clinic.example.jp";

fn codes_of(page: &str) -> Vec<String> {
    page.split("<li><code>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn an_app_is_set_up_replaced_and_removed() {
    for app in services().await {
        let mut browser = director(&app).await;
        browser.get("/account").await.says("まだ設定していません");
        let (first, done) = browser.set_up_app().await;
        assert_eq!(codes_of(&done.page).len(), 10);
        done.says("data-print");
        done.says(DIRECTOR);
        let page = browser.get("/account/factors").await;
        page.says("令和8年11月21日(土) 9:00");
        page.says("残り 10 個");
        browser
            .get("/account")
            .await
            .says_not("まだ設定していません");

        // Replaced: only the new app's digits are right, the codes stay as they are.
        let (second, done) = browser.set_up_app().await;
        assert_ne!(first, second);
        done.leads_to("/account/factors");
        let mut next = Browser::signed_in(&app, DIRECTOR).await;
        let old = code(&app, &first);
        next.post("/sign-in/second-factor", &[("code", &old)])
            .await
            .says("数字が合いません");
        let new = code(&app, &second);
        next.post(
            "/sign-in/second-factor",
            &[("code", &new), ("back", "/account")],
        )
        .await
        .leads_to("/account");

        next.post("/account/factors/app/remove", &[])
            .await
            .leads_to("/account/factors");
        let page = next.get("/account/factors").await;
        page.says("認証アプリを外しました");
        page.says("認証アプリを設定する");
        page.says_not("回復コードを作り直す");
        assert_eq!(recorded(&app, "second_factor.enrolled").await, 2);
        assert_eq!(recorded(&app, "second_factor.removed").await, 1);
    }
}

#[tokio::test]
async fn the_last_factor_of_a_strict_role_is_not_removed() {
    for app in services().await {
        manager(&app).await;
        let mut browser = Browser::signed_in(&app, "manager@region.example.jp").await;
        let (_, done) = browser.set_up_app().await;
        done.says(r#"href="/""#);
        let page = browser.get("/account/factors").await;
        page.says("あなたの役割には二要素認証が必要です");
        page.says("最後の1つは外せません");
        page.says_not("/account/factors/app/remove");
        // Nor by a request that no page offers.
        browser
            .post("/account/factors/app/remove", &[])
            .await
            .leads_to("/account/factors");
        let page = browser.get("/account/factors").await;
        page.says(r#"role="alert""#);
        page.says("別の端末のアプリに替える");
    }
}

#[tokio::test]
async fn recovery_codes_are_renewed_and_shown_once() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (_, done) = browser.set_up_app().await;
        let old = codes_of(&done.page);
        let mut next = Browser::signed_in(&app, DIRECTOR).await;
        next.post(
            "/sign-in/second-factor",
            &[("code", &old[0]), ("back", "/account/factors")],
        )
        .await
        .leads_to("/account/factors");
        let page = next.get("/account/factors").await;
        page.says("回復コードを1つ使いました。残りは 9 個です");
        page.says("残り 9 個");
        let renewed = next.post("/account/factors/codes", &[]).await;
        let new = codes_of(&renewed.page);
        assert_eq!(new.len(), 10);
        assert!(new.iter().all(|code| !old.contains(code)));
        renewed.says("data-print");
        let page = next.get("/account/factors").await;
        page.says("残り 10 個");
        page.says_not(&new[0]);
        let mut third = Browser::signed_in(&app, DIRECTOR).await;
        third
            .post("/sign-in/second-factor", &[("code", &old[1])])
            .await
            .says("数字が合いません");
        third
            .post("/sign-in/second-factor", &[("code", &new[1])])
            .await
            .leads_to("/");
        assert_eq!(recorded(&app, "second_factor.recovery_codes_made").await, 1);
    }
}

#[tokio::test]
async fn an_old_sign_in_changes_nothing_before_it_is_confirmed() {
    for app in services().await {
        let mut browser = director(&app).await;
        let (secret, _) = browser.set_up_app().await;
        app.clock.advance_seconds(15 * 60);
        let confirm = "/account/confirm?back=/account/factors";
        browser.get("/account/factors").await.says(confirm);
        for path in ["/account/factors/app/remove", "/account/factors/codes"] {
            browser.post(path, &[]).await.leads_to(confirm);
        }
        let enrol = "/account/confirm?back=/account/second-factor";
        browser.get("/account/second-factor").await.leads_to(enrol);
        browser
            .post("/account/second-factor", &[("code", "000000")])
            .await
            .leads_to(enrol);
        // The app confirms as well as the password does.
        browser.get(confirm).await.says("認証アプリで確認する");
        let fields = [
            ("code", code(&app, &secret)),
            ("back", "/account/factors".to_owned()),
        ];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        browser
            .post("/sign-in/second-factor", &fields)
            .await
            .leads_to("/account/factors");
        let renewed = browser.post("/account/factors/codes", &[]).await;
        assert_eq!(renewed.status, StatusCode::OK);
        // Whoever is fresh is not asked.
        browser.get(confirm).await.leads_to("/account/factors");
    }
}

#[tokio::test]
async fn other_devices_are_signed_out_one_by_one_or_all() {
    for app in services().await {
        let mut here = director(&app).await;
        let mut there = Browser::signed_in(&app, DIRECTOR).await;
        let mut elsewhere = Browser::signed_in(&app, DIRECTOR).await;
        let page = here.get("/account").await;
        assert_eq!(page.page.matches("この端末").count(), 1);
        assert_eq!(page.page.matches("/end\"").count(), 2);
        here.post("/account/sessions/end-others", &[])
            .await
            .leads_to("/account");
        here.get("/account").await.says("2 台の端末");
        for other in [&mut there, &mut elsewhere] {
            other
                .get("/account")
                .await
                .leads_to("/sign-in?back=/account");
        }
    }
}
