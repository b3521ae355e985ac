//! The one-stop desk on a phone: choosing, filling in, confirming, and the form editor.

use yagura_e2e::{Browser, Look, StepError};

use super::{SAFETY_MANAGER, journey};

/// Files an exception; each call of `press` is one more screen.
async fn file_an_exception(browser: &mut Browser, rule: &str) -> Result<(), StepError> {
    browser.become_person(SAFETY_MANAGER).await?;
    browser.open("/requests").await?;
    browser
        .press("a[href='/requests/new/form-exception']")
        .await?;
    // Confirming with gaps leads to each field, and nothing that was typed is lost.
    browser.type_into("#field-rule", rule).await?;
    browser.press("main form button.primary").await?;
    browser.present("a[href='#field-until']").await?;
    browser
        .type_into("#field-reason", "装置が古い(見本)")
        .await?;
    browser
        .type_into("#field-compensation", "専用の1本に限る(見本)")
        .await?;
    browser.tick("label[for='field-personal-no']").await?;
    browser
        .tick("#field-department option:nth-of-type(2)")
        .await?;
    browser.type_into("#field-from", "令和81年1月1日").await?;
    browser.type_into("#field-until", "2099-12-31").await?;
    browser.press("main form button.primary").await?;
    browser.says("内容と決裁の順を確かめて").await?;
    browser.press("main form button.primary").await?;
    browser.says(rule).await?;
    browser.says("決裁待ち").await
}

#[tokio::test]
async fn on_a_phone_a_request_is_filed_in_three_screens() {
    journey("request-phone", Look::PHONE, async |browser| {
        file_an_exception(browser, "電話機からの申請(見本)").await?;
        for path in [
            "/requests/worklist",
            "/requests/all",
            "/requests/delegations",
            "/requests/seats",
            "/requests/forms",
            "/requests/forms/form-exception",
            "/requests/forms/form-exception/preview",
        ] {
            browser.open(path).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_a_condition_is_composed() {
    journey("request-condition", Look::PHONE, async |browser| {
        browser.become_person(SAFETY_MANAGER).await?;
        browser.open("/requests/forms/form-exception").await?;
        // The safety manager's step only where it concerns personal information.
        browser.tick("#part-s3 details.more summary").await?;
        browser
            .tick("#field-s3-when-c0-field option[value='personal']")
            .await?;
        browser.press("button[value='answers-s3']").await?;
        browser.tick("label[for='field-s3-when-c0-is-yes']").await?;
        browser.press("form#editor button.primary").await?;
        browser
            .says("「個人情報に関わりますか」が「はい」のとき")
            .await
    })
    .await;
}
