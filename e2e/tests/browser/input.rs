//! The same job without scripts, without a mouse, on a phone and enlarged.

use yagura_e2e::Look;

use super::{DIRECTOR, SECRETARIAT, VENDOR, answer_an_item, journey, own_sheet};

#[tokio::test]
async fn without_scripts_the_director_answers_attaches_and_prints_all_the_same() {
    journey("plain", Look::PLAIN, async |browser| {
        let sheet = answer_an_item(browser, "2-5", "スクリプトなしで回答(見本)").await?;
        browser.press("a[href^='/evidence/new']").await?;
        browser
            .choose_file(
                "#field-file",
                "plain.txt",
                "保守契約書(見本)\n第5条 セキュリティ\n",
            )
            .await?;
        browser
            .type_into("#field-title", "スクリプトなしの書類")
            .await?;
        browser.press("main form button.primary").await?;
        browser.says("スクリプトなしの書類").await?;
        browser.open(&sheet).await?;
        let paper = browser.print("plain").await?;
        if !paper.contains("令和8年度チェックリスト") {
            return Err(yagura_e2e::StepError::Absent(format!("the sheet: {paper}")));
        }
        browser.open("/menu").await?;
        browser.present("main a[href='/inspection']").await?;
        browser.open("/emergency").await
    })
    .await;
}

#[tokio::test]
async fn by_keyboard_alone_an_item_is_answered() {
    journey("keyboard", Look::DESK, async |browser| {
        let sheet = own_sheet(browser).await?;
        browser.open(&format!("{sheet}/items/2-8")).await?;
        // The first stop leads past the navigation.
        browser.tab_to("a.skip").await?;
        browser.key("\u{e007}").await?;
        browser.tab_to("input[name='first']").await?;
        browser.key(" ").await?;
        browser.tab_to("#field-remark").await?;
        browser.key("鍵盤だけで回答(見本)").await?;
        browser.tab_to("button[name='then'][value='stay']").await?;
        browser.enter().await?;
        browser.says("保存しました").await
    })
    .await;
}

/// Pages that no one may have to scroll sideways.
const OF_THE_DIRECTOR: [&str; 14] = [
    "/",
    "/menu",
    "/checklists",
    "/evidence",
    "/evidence/new",
    "/contacts",
    "/emergency",
    "/inspection",
    "/vendors",
    "/people",
    "/sharing",
    "/audit-log",
    "/account",
    "/self-check",
];
const OF_THE_SECRETARIAT: [&str; 8] = [
    "/",
    "/region/matrix",
    "/members",
    "/members/import",
    "/region/comparison",
    "/region/trend",
    "/region/call-list",
    "/region/reminders/new",
];

#[tokio::test]
async fn on_a_phone_the_pages_fit() {
    journey("phone", Look::PHONE, async |browser| {
        let sheet = answer_an_item(browser, "2-7", "電話機から回答(見本)").await?;
        browser.picture("item-phone").await?;
        for page in ["", "/quick", "/history", "/new", "/drafts"] {
            browser.open(&format!("{sheet}{page}")).await?;
        }
        for path in OF_THE_DIRECTOR {
            browser.open(path).await?;
        }
        browser.become_person(SECRETARIAT).await?;
        for path in OF_THE_SECRETARIAT {
            browser.open(path).await?;
        }
        browser.become_person(VENDOR).await?;
        browser.open("/customers").await
    })
    .await;
}

#[tokio::test]
async fn at_two_hundred_per_cent_the_pages_fit() {
    journey("enlarged", Look::ENLARGED, async |browser| {
        let sheet = own_sheet(browser).await?;
        for page in ["", "/quick", "/items/2-3"] {
            browser.open(&format!("{sheet}{page}")).await?;
        }
        browser.become_person(DIRECTOR).await?;
        for path in OF_THE_DIRECTOR {
            browser.open(path).await?;
        }
        browser.become_person(SECRETARIAT).await?;
        for path in OF_THE_SECRETARIAT {
            browser.open(path).await?;
        }
        Ok(())
    })
    .await;
}
