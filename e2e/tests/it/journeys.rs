//! What each person came for, with scripts, without, and on a phone. Every page that is reached is
//! looked at by axe-core; a narrow window may not have to be scrolled sideways.

use yagura_e2e::{Browser, Look, Setting, StepError};

const DIRECTOR: usize = 0;
const SAFETY_MANAGER: usize = 1;
const VENDOR: usize = 2;
const SECRETARIAT: usize = 3;
const PREFECTURE: usize = 4;
const INSPECTOR: usize = 5;
const ADMINISTRATOR: usize = 6;

async fn journey<F>(name: &str, look: Look, steps: F)
where
    F: AsyncFnOnce(&mut Browser) -> Result<(), StepError>,
{
    let Some(setting) = Setting::from_environment() else {
        return;
    };
    let mut browser = Browser::start(&setting, look, name)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let done = steps(&mut browser).await;
    if done.is_err() {
        let _ = browser.picture(&format!("../../failed-{name}")).await;
    }
    let at = browser.path().await.unwrap_or_default();
    let violations = browser.close().await.unwrap();
    if let Err(error) = done {
        panic!("{name}, at {at}: {error}\n{}", violations.join("\n"));
    }
    assert!(violations.is_empty(), "{name}:\n{}", violations.join("\n"));
}

/// Answers an item with a no and a target date, and leaves a remark.
async fn answer_an_item(browser: &mut Browser, remark: &str) -> Result<(), StepError> {
    browser.become_person(DIRECTOR).await?;
    browser.open("/checklists").await?;
    let sheet = browser.path().await?;
    let sheet = sheet.split('?').next().unwrap_or_default().to_owned();
    browser.open(&format!("{sheet}/items/2-3")).await?;
    browser.tick("label[for='field-first-no']").await?;
    browser
        .type_into("#field-target", "令和8年12月20日")
        .await?;
    browser.type_into("#field-remark", remark).await?;
    browser.press("button[name='then'][value='stay']").await?;
    browser.says("保存しました").await?;
    browser.open(&format!("{sheet}/items/2-3")).await?;
    browser.says(remark).await
}

#[tokio::test]
async fn the_director_answers_sets_a_target_and_attaches_evidence() {
    journey("director", Look::DESK, async |browser| {
        browser.open("/demo").await?;
        browser.picture("demo").await?;
        browser.become_person(DIRECTOR).await?;
        browser.picture("home-clinic").await?;
        answer_an_item(browser, "更新の契約を手配中(見本)").await?;
        browser.picture("item").await?;
        let item = browser.path().await?;
        browser.press("a[href^='/evidence/new']").await?;
        browser.choose_file("#field-file", "contract.txt").await?;
        browser.type_into("#field-title", "保守契約書").await?;
        browser.press("main form button.primary").await?;
        browser.open(&item).await?;
        browser.says("保守契約書").await?;
        let sheet = item.split("/items/").next().unwrap_or_default().to_owned();
        browser.open(&sheet).await?;
        browser.picture("checklist").await?;
        for path in ["new", "history", "drafts", "gate", "quick"] {
            browser.open(&format!("{sheet}/{path}")).await?;
        }
        for path in [
            "/evidence",
            "/contacts",
            "/emergency",
            "/vendors",
            "/vendors/invite",
            "/self-check",
            "/people",
            "/people/invite",
            "/sharing",
            "/audit-log",
            "/notices",
            "/glossary",
            "/menu",
            "/account",
            "/printed",
            "/region/comparison",
        ] {
            browser.open(path).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_pack_is_printed_and_read_by_a_link() {
    journey("pack", Look::DESK, async |browser| {
        browser.become_person(DIRECTOR).await?;
        browser.open("/inspection").await?;
        browser.picture("inspection").await?;
        let sheet = browser.attribute("a[href*='sheet.pdf']", "href").await?;
        let (status, first, length) = browser.file(&sheet).await?;
        if status != 200 || first != "%PDF" || length < 10_000 {
            return Err(StepError::Absent(format!(
                "{sheet}: {status}, {first}, {length} bytes"
            )));
        }
        let workbook = browser.attribute("a[href*='sheet.xlsx']", "href").await?;
        let (status, first, _) = browser.file(&workbook).await?;
        if status != 200 || !first.starts_with("PK") {
            return Err(StepError::Absent(format!("{workbook}: {status}, {first}")));
        }
        browser.open("/inspection/links").await?;
        browser.type_into("#field-until", "2026-12-10").await?;
        browser.press("main form button.primary").await?;
        let page = browser.text("main").await?;
        let link = page
            .split_whitespace()
            .find_map(|word| word.find("/invitations/").and_then(|at| word.get(at..)))
            .map(str::to_owned);
        let link = match link {
            Some(link) => link,
            None => {
                browser
                    .attribute("main input[value*='/invitations/']", "value")
                    .await?
            }
        };
        let at = link.find("/invitations/").unwrap_or(0);
        let path = link.get(at..).unwrap_or_default().to_owned();
        browser.open(&path).await?;
        browser.says("チェックリスト").await
    })
    .await;
}

#[tokio::test]
async fn the_vendor_answers_a_customer_with_drafts_of_another() {
    journey("vendor", Look::DESK, async |browser| {
        browser.become_person(VENDOR).await?;
        browser.open("/customers").await?;
        browser.picture("customers").await?;
        browser.press("a[href*='/drafts']").await?;
        browser.press("main form button.primary").await?;
        browser.open("/customers").await?;
        browser.press("form[action$='/open'] button").await?;
        let item = browser.attribute("main a[href*='/items/']", "href").await?;
        browser.open(&item).await?;
        browser.tick("label[for='field-first-yes']").await?;
        browser.press("button[name='then'][value='stay']").await?;
        browser.says("保存しました").await
    })
    .await;
}

#[tokio::test]
async fn the_secretariat_reads_the_matrix_and_sends_a_reminder() {
    journey("secretariat", Look::DESK, async |browser| {
        browser.become_person(SECRETARIAT).await?;
        browser.picture("home-region").await?;
        browser.open("/region/matrix").await?;
        browser.picture("matrix").await?;
        browser.open("/region/matrix?view=text").await?;
        for path in [
            "/members",
            "/members/new",
            "/members/import",
            "/region/call-list",
            "/region/trend",
        ] {
            browser.open(path).await?;
        }
        browser.open("/region/comparison").await?;
        browser.picture("comparison").await?;
        browser.open("/region/reminders/new").await?;
        browser.press("main form button.primary").await?;
        browser.press("main form button.primary").await?;
        browser.open("/region/reminders").await?;
        browser.says("チェックリストへの回答のお願い").await
    })
    .await;
}

#[tokio::test]
async fn the_others_see_their_first_page() {
    journey("others", Look::DESK, async |browser| {
        for person in [SAFETY_MANAGER, PREFECTURE, INSPECTOR, ADMINISTRATOR] {
            browser.become_person(person).await?;
            browser.open("/menu").await?;
        }
        browser.open("/installation").await?;
        browser.open("/installation/organizations/new").await?;
        browser.open("/api/docs").await?;
        browser.open("/sign-in").await
    })
    .await;
}

#[tokio::test]
async fn without_scripts_the_director_answers_and_attaches_all_the_same() {
    journey("plain", Look::PLAIN, async |browser| {
        answer_an_item(browser, "スクリプトなしで回答(見本)").await?;
        browser.press("a[href^='/evidence/new']").await?;
        browser.choose_file("#field-file", "plain.txt").await?;
        browser
            .type_into("#field-title", "スクリプトなしの書類")
            .await?;
        browser.press("main form button.primary").await?;
        browser.says("スクリプトなしの書類").await?;
        browser.open("/emergency").await
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_the_pages_fit() {
    journey("phone", Look::PHONE, async |browser| {
        answer_an_item(browser, "電話機から回答(見本)").await?;
        browser.picture("item-phone").await?;
        for path in [
            "/",
            "/menu",
            "/checklists",
            "/evidence",
            "/contacts",
            "/emergency",
            "/inspection",
            "/vendors",
            "/people",
            "/audit-log",
        ] {
            browser.open(path).await?;
        }
        browser.become_person(SECRETARIAT).await?;
        for path in [
            "/",
            "/region/matrix",
            "/members",
            "/region/comparison",
            "/region/call-list",
        ] {
            browser.open(path).await?;
        }
        browser.become_person(VENDOR).await?;
        browser.open("/customers").await
    })
    .await;
}
