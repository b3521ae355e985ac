//! Two people at the same row.

use yagura_e2e::{Browser, Look, Setting, StepError};

use super::{journey, own_sheet};

const ROW: &str = "items/3-2";

#[tokio::test]
async fn the_second_writer_is_told_and_shown_both() {
    let Some(setting) = Setting::from_environment() else {
        return;
    };
    let mut other = Browser::start(&setting, Look::DESK, "together-first")
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    journey("together", Look::DESK, async |browser| {
        let sheet = own_sheet(browser).await?;
        browser.open(&format!("{sheet}/{ROW}")).await?;
        write(browser, "後の人の備考").await?;

        own_sheet(&mut other).await?;
        other.open(&format!("{sheet}/{ROW}")).await?;
        write(&mut other, "先の人の備考").await?;
        other.press("button[name='then'][value='stay']").await?;
        other.says("保存しました").await?;

        browser.press("button[name='then'][value='stay']").await?;
        browser.says("ほかの人が先に保存しました").await?;
        browser.says("先の人の備考").await?;
        browser.says("後の人の備考").await?;
        browser.press("main form button.primary").await?;
        browser.says_not("ほかの人が先に").await?;
        browser.holds("#field-remark", "先の人の備考").await?;
        browser.holds("#field-remark", "後の人の備考").await
    })
    .await;
    let violations = other.close().await.unwrap();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

async fn write(browser: &mut Browser, remark: &str) -> Result<(), StepError> {
    browser.tick("label[for='field-first-no']").await?;
    browser.type_into("#field-target", "R8.12.25").await?;
    browser.type_into("#field-remark", remark).await
}
