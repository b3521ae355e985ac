//! The main job of every person in a real Chromium; see `e2e/run`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use yagura_e2e::{Browser, Look, Setting, StepError};

mod everywhere;
mod input;
mod journeys;
mod requests;
mod together;

const DIRECTOR: usize = 0;
const SAFETY_MANAGER: usize = 1;
const VENDOR: usize = 2;
const SECRETARIAT: usize = 3;
const PREFECTURE: usize = 4;
const INSPECTOR: usize = 5;
const ADMINISTRATOR: usize = 6;

/// What a newcomer of these tests chooses; no guesser's list has it.
const PASSWORD: &str = "kuruma-wa-midori-no-hashi-42";

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
        let _ = browser.picture_of_failure(name).await;
    }
    let at = browser.path().await.unwrap_or_default();
    let violations = browser.close().await.unwrap();
    if let Err(error) = done {
        panic!("{name}, at {at}: {error}\n{}", violations.join("\n"));
    }
    assert!(violations.is_empty(), "{name}:\n{}", violations.join("\n"));
}

/// The director's sheet of this year, such as `/checklists/{id}`.
async fn own_sheet(browser: &mut Browser) -> Result<String, StepError> {
    browser.become_person(DIRECTOR).await?;
    browser.open("/checklists").await?;
    let sheet = browser.path().await?;
    Ok(sheet.split('?').next().unwrap_or_default().to_owned())
}

/// Answers an item with a no and a target date, and leaves a remark. Each journey has an item of
/// its own, so that they do not meet.
async fn answer_an_item(
    browser: &mut Browser,
    item: &str,
    remark: &str,
) -> Result<String, StepError> {
    let sheet = own_sheet(browser).await?;
    let item = format!("{sheet}/items/{item}");
    browser.open(&item).await?;
    browser.tick("label[for='field-first-no']").await?;
    browser
        .type_into("#field-target", "令和8年12月20日")
        .await?;
    browser.type_into("#field-remark", remark).await?;
    browser.press("button[name='then'][value='stay']").await?;
    browser.says("保存しました").await?;
    browser.open(&item).await?;
    browser.holds("#field-remark", remark).await?;
    Ok(sheet)
}

/// The path of a one-time link that the page shows.
async fn shown_link(browser: &Browser) -> Result<String, StepError> {
    let page = browser.text("main").await?;
    let found = page
        .split_whitespace()
        .find_map(|word| word.find("/invitations/").and_then(|at| word.get(at..)));
    found
        .map(str::to_owned)
        .ok_or_else(|| StepError::Absent(format!("a link to hand over in {page}")))
}
