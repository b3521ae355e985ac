//! What each person came for.

use yagura_e2e::{Browser, Look, StepError};

use super::{
    DIRECTOR, PASSWORD, SAFETY_MANAGER, SECRETARIAT, VENDOR, answer_an_item, journey, own_sheet,
    shown_link,
};

#[tokio::test]
async fn the_director_answers_sets_a_target_and_attaches_evidence() {
    journey("director", Look::DESK, async |browser| {
        browser.open("/demo").await?;
        browser.picture("demo").await?;
        browser.become_person(DIRECTOR).await?;
        browser.picture("home-clinic").await?;
        let sheet = answer_an_item(browser, "2-3", "更新の契約を手配中(見本)").await?;
        browser.picture("item").await?;
        let item = browser.path().await?;
        browser.press("a[href^='/evidence/new']").await?;
        browser
            .choose_file(
                "#field-file",
                "contract.txt",
                "保守契約書(見本)\n第5条 セキュリティ\n",
            )
            .await?;
        browser
            .type_into("#field-title", "保守契約書(試験で登録)")
            .await?;
        browser.press("main form button.primary").await?;
        browser.open(&item).await?;
        browser.says("保守契約書(試験で登録)").await?;
        browser.open(&sheet).await?;
        browser.picture("checklist").await?;
        browser.open(&format!("{sheet}/new")).await?;
        browser.says("昨年度").await
    })
    .await;
}

#[tokio::test]
async fn the_register_is_filled_from_a_list() {
    journey("register", Look::DESK, async |browser| {
        browser.become_person(SAFETY_MANAGER).await?;
        browser.open("/inventory/import").await?;
        let list = "管理番号,機器名,種別,メーカー,IPアドレス,使用状況\n\
                    E-1,試験用の受付端末,PC,架空電機,192.0.2.11,使用中\n\
                    E-2,試験用の装置,ルータ,架空通信,192.0.2.1,使用中\n";
        browser
            .choose_file("#field-files", "devices.csv", list)
            .await?;
        browser.press("main form button.primary").await?;
        browser.says("取込みの確認").await?;
        browser.says("試験用の受付端末").await?;
        let preview = browser.path().await?;
        browser.open(&format!("{preview}/columns")).await?;
        browser.says("機器名").await?;
        browser.open(&preview).await?;
        browser.press("form[action$='/confirm'] button").await?;
        browser.says("取込み済み").await?;
        browser.open("/inventory/assets?q=試験用").await?;
        browser.says("試験用の受付端末").await?;
        browser.open("/inventory/strangers").await
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_in_a_form_is_said_beside_it() {
    journey("errors", Look::DESK, async |browser| {
        browser.become_person(DIRECTOR).await?;
        for form in [
            "/evidence/new",
            "/vendors/invite",
            "/people/invite",
            "/inspection/links",
            "/contacts/new",
        ] {
            browser.send_empty(form).await?;
        }
        browser.become_person(SECRETARIAT).await?;
        browser.send_empty("/members/new").await
    })
    .await;
}

#[tokio::test]
async fn the_pack_is_printed_and_read_by_a_link() {
    journey("pack", Look::DESK, async |browser| {
        browser.become_person(DIRECTOR).await?;
        browser.open("/inspection").await?;
        browser.picture("inspection").await?;
        for (link, kind, at_least) in [
            ("a[href*='sheet.pdf']", "%PDF", 10_000),
            ("a[href*='sheet.xlsx']", "PK", 5_000),
            ("a[href*='.zip']", "PK", 20_000),
        ] {
            let file = browser.attribute(link, "href").await?;
            browser.is_file(&file, kind, at_least).await?;
        }
        browser.open("/inspection/links").await?;
        browser.type_into("#field-until", "2026-12-10").await?;
        browser.press("main form button.primary").await?;
        let link = shown_link(browser).await?;
        browser.open(&link).await?;
        browser.says("チェックリスト").await?;
        let sheet = browser.attribute("a[href*='sheet.pdf']", "href").await?;
        browser.is_file(&sheet, "%PDF", 10_000).await?;
        // Whoever holds the link reads the pack and nothing else of the institution.
        browser.open("/audit-log").await?;
        browser.says_not("記録の連鎖").await
    })
    .await;
}

#[tokio::test]
async fn the_vendor_answers_a_customer_with_drafts_of_another() {
    journey("vendor", Look::DESK, async |browser| {
        browser.become_person(VENDOR).await?;
        browser.open("/customers").await?;
        browser.picture("customers").await?;
        browser.press("a[href$='/drafts']").await?;
        browser.tick("main input[name='item']").await?;
        browser.press("main form button.primary").await?;
        browser.open("/customers?state=not_begun").await?;
        browser.press("form[action$='/open'] button").await?;
        answer_first_row(browser).await
    })
    .await;
}

async fn answer_first_row(browser: &mut Browser) -> Result<(), StepError> {
    let item = browser.attribute("main a[href*='/items/']", "href").await?;
    browser.open(&item).await?;
    browser.tick("label[for='field-first-yes']").await?;
    browser.press("button[name='then'][value='stay']").await?;
    browser.says("保存しました").await
}

#[tokio::test]
async fn a_new_vendor_comes_by_a_one_time_link_with_two_factors_and_answers() {
    journey("invited", Look::DESK, async |browser| {
        browser.become_person(DIRECTOR).await?;
        browser.open("/vendors/invite").await?;
        browser
            .type_into("#field-name", "架空はるかぜ保守サービス株式会社")
            .await?;
        browser
            .type_into("#field-email", "harukaze@example.jp")
            .await?;
        browser.press("main form button.primary").await?;
        let link = shown_link(browser).await?;

        // Another machine: no session of the institution.
        browser.forget_cookies().await?;
        browser.open(&link).await?;
        browser.says("架空はるかぜ保守サービス株式会社").await?;
        browser.type_into("#field-name", "春風 遥").await?;
        browser
            .type_into("#field-login", "harukaze@example.jp")
            .await?;
        browser.type_into("#field-password", PASSWORD).await?;
        browser.press("main form button.primary").await?;
        let secret = browser.text("main ol.steps code").await?;
        let code = browser.code_of_app(&secret).await?;
        browser.type_into("#field-code", &code).await?;
        browser
            .press("main form[action='/account/second-factor'] button.primary")
            .await?;
        browser.present("ul.codes").await?;
        browser.press("main a.button.primary").await?;
        browser.open("/customers").await?;
        browser.says("みどり坂内科クリニック").await?;
        browser.press("form[action$='/open'] button").await?;
        answer_first_row(browser).await?;

        browser.open(&link).await?;
        browser.says("リンク").await?;
        browser.says_not("春風 遥さんとして").await
    })
    .await;
}

#[tokio::test]
async fn the_secretariat_reads_the_matrix_exports_and_sends_a_reminder() {
    journey("secretariat", Look::DESK, async |browser| {
        browser.become_person(SECRETARIAT).await?;
        browser.picture("home-region").await?;
        browser.open("/region/matrix").await?;
        browser.says("392").await?;
        browser.picture("matrix").await?;
        for workbook in [
            "/region/matrix.xlsx",
            "/members/roll.xlsx",
            "/region/call-list.xlsx",
            "/region/comparison.xlsx",
        ] {
            browser.is_file(workbook, "PK", 3_000).await?;
        }
        browser.open("/region/comparison").await?;
        browser.picture("comparison").await?;
        browser.open("/region/reminders/new").await?;
        browser.press("main form button.primary").await?;
        browser
            .press("form[action='/region/reminders'] button.primary")
            .await?;
        browser.open("/region/reminders").await?;
        browser.says("チェックリストへの回答のお願い").await
    })
    .await;
}

#[tokio::test]
async fn sheet_and_matrix_print_on_a4() {
    journey("print", Look::DESK, async |browser| {
        let sheet = own_sheet(browser).await?;
        browser.open(&sheet).await?;
        let paper = browser.print("sheet").await?;
        is_on_paper(
            &paper,
            &["令和8年度チェックリスト", "みどり坂内科クリニック"],
        )?;
        browser.become_person(SECRETARIAT).await?;
        browser.open("/region/matrix").await?;
        let paper = browser.print("matrix").await?;
        is_on_paper(&paper, &["392", "2-①"])
    })
    .await;
}

/// The page's content is on the paper; what only a screen needs is not.
fn is_on_paper(paper: &str, words: &[&str]) -> Result<(), StepError> {
    for word in words {
        if !paper.contains(word) {
            return Err(StepError::Absent(format!("「{word}」 on paper: {paper}")));
        }
    }
    for word in ["攻撃かもしれない", "絞り込む", "お知らせ"] {
        if paper.contains(word) {
            return Err(StepError::Absent(format!(
                "paper without 「{word}」: {paper}"
            )));
        }
    }
    Ok(())
}
