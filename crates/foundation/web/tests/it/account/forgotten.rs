use std::time::Instant;

use axum::http::StatusCode;
use yagura_store::{params, row};
use yagura_web::MailRoute;
use yagura_web::testing::TestApp;

use super::support::{Browser, PASSWORD, code, director, recorded, services};

const DIRECTOR: &str = "director@clinic.example.jp";
const NOBODY: &str = "somebody@clinic.example.jp";
const NEW: &str = "asagao yuugata bendai";

/// The mails that were sent, in English, which needs no encoding.
fn mails(app: &TestApp) -> Vec<String> {
    let MailRoute::Folder(folder) = &app.app.config().mail else {
        panic!("mail goes into a folder in tests")
    };
    std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
                .collect()
        })
        .unwrap_or_default()
}

fn link_of(mail: &str) -> String {
    let plain = mail.replace("=\r\n", "");
    let start = plain.find("/invitations/").unwrap();
    plain[start..].split_whitespace().next().unwrap().to_owned()
}

async fn in_english(app: &TestApp) -> Browser<'_> {
    let mut browser = Browser::new(app).from("192.0.2.77");
    browser.get("/language?to=en&back=/sign-in").await;
    browser
}

async fn ask(browser: &mut Browser<'_>, address: &str) -> String {
    let answer = browser
        .post("/sign-in/forgotten", &[("address", address)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.page);
    answer.page.replace(address, "…")
}

#[tokio::test]
async fn a_stranger_is_told_the_same_whether_there_is_an_account_or_not() {
    for app in services().await {
        director(&app).await;
        let mut browser = in_english(&app).await;
        browser.get("/sign-in").await.says("/sign-in/forgotten");
        browser
            .get("/sign-in/forgotten")
            .await
            .says("e-mail address");
        let known = ask(&mut browser, DIRECTOR).await;
        let unknown = ask(&mut browser, NOBODY).await;
        assert_eq!(known, unknown);
        assert!(known.contains("on its way"));
        // Both leave a job; who is meant is found out only there.
        assert_eq!(app.run_jobs().await, 2);
        let mails = mails(&app);
        assert_eq!(mails.len(), 1);
        assert!(mails[0].contains(&format!("To: {DIRECTOR}")), "{mails:?}");
        assert_eq!(recorded(&app, "password.reset_asked").await, 1);
    }
}

#[tokio::test]
async fn the_answer_takes_equally_long() {
    let app = services().await.into_iter().next().unwrap();
    director(&app).await;
    let mut browser = Browser::new(&app);
    let mut took = Vec::new();
    for address in [DIRECTOR, NOBODY] {
        let began = Instant::now();
        for _ in 0..3 {
            ask(&mut browser, address).await;
        }
        took.push(began.elapsed().as_secs_f64());
    }
    // Wide, so that a busy machine does not fail it: hashing a password or sending a mail in the
    // request would be tens of times as much.
    assert!(took[0] < 5.0 * took[1] + 0.2, "{took:?}");
}

#[tokio::test]
async fn the_link_sets_a_new_password_ends_sessions_and_asks_for_the_second_factor_all_the_same() {
    for app in services().await {
        let mut open = director(&app).await;
        let (secret, _) = open.set_up_app().await;
        let mut browser = in_english(&app).await;
        ask(&mut browser, DIRECTOR).await;
        app.run_jobs().await;
        let link = link_of(&mails(&app)[0]);
        // The link is in the mail alone: the database, its jobs included, does not hold it.
        row! { struct Payload { payload: String } }
        let payloads: Vec<Payload> = app
            .app
            .database()
            .rows("SELECT payload FROM jobs", params![])
            .await
            .unwrap();
        let token = link.rsplit('/').next().unwrap();
        assert!(payloads.iter().all(|job| !job.payload.contains(token)));

        browser.get(&link).await.says("signs every device out");
        let weak = browser.post(&link, &[("password", "short")]).await;
        weak.says("13 characters or more");
        browser
            .post(&link, &[("password", NEW)])
            .await
            .leads_to("/sign-in");
        browser
            .get("/sign-in")
            .await
            .says("The password was changed");
        open.get("/account")
            .await
            .leads_to("/sign-in?back=/account");
        let again = browser.post(&link, &[("password", PASSWORD)]).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST);

        let old = [("login", DIRECTOR), ("password", PASSWORD)];
        let refused = browser.post("/sign-in", &old).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        let new = [("login", DIRECTOR), ("password", NEW)];
        browser
            .post("/sign-in", &new)
            .await
            .leads_to("/sign-in/second-factor?back=/");
        browser
            .get("/account")
            .await
            .leads_to("/sign-in/second-factor");
        let code = code(&app, &secret);
        browser
            .post("/sign-in/second-factor", &[("code", &code)])
            .await
            .leads_to("/");
        assert_eq!(recorded(&app, "password.reset").await, 1);
        assert!(recorded(&app, "session.revoked").await >= 1);
    }
}

#[tokio::test]
async fn a_link_is_over_after_an_hour() {
    for app in services().await {
        director(&app).await;
        let mut browser = in_english(&app).await;
        ask(&mut browser, DIRECTOR).await;
        app.run_jobs().await;
        let link = link_of(&mails(&app)[0]);
        app.clock.advance_seconds(3_600);
        assert_eq!(browser.get(&link).await.status, StatusCode::BAD_REQUEST);
        let late = browser.post(&link, &[("password", NEW)]).await;
        assert_eq!(late.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn neither_a_mailbox_nor_the_service_is_flooded() {
    for app in services().await {
        director(&app).await;
        // One mailbox, from many addresses: three mails, and the same words throughout.
        let mut answers = Vec::new();
        for number in 1..=9 {
            let mut browser = Browser::new(&app).from(&format!("192.0.2.{number}"));
            answers.push(ask(&mut browser, DIRECTOR).await);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "the words do not tell");
        app.run_jobs().await;
        assert_eq!(mails(&app).len(), 3);
        // Many mailboxes, from one address.
        let mut browser = Browser::new(&app).from("192.0.2.99");
        for number in 0..20 {
            ask(&mut browser, &format!("person{number}@clinic.example.jp")).await;
        }
        let stopped = browser
            .post("/sign-in/forgotten", &[("address", NOBODY)])
            .await;
        assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS);
        stopped.says("30");
    }
}

#[tokio::test]
async fn what_is_no_address_leaves_nothing_behind() {
    for app in services().await {
        let mut browser = Browser::new(&app);
        for typed in ["", "hanako", "a@b@c", PASSWORD] {
            let answer = browser
                .post("/sign-in/forgotten", &[("address", typed)])
                .await;
            answer.says("メールアドレスを記入してください");
        }
        assert_eq!(app.run_jobs().await, 0);
    }
}
