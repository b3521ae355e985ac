//! Every page that each person can reach by links is looked at by axe-core, and fits its window.

use yagura_e2e::{Crawl, Look, StepError};

use super::{
    ADMINISTRATOR, DIRECTOR, INSPECTOR, PREFECTURE, SAFETY_MANAGER, SECRETARIAT, VENDOR, journey,
};

/// Walks as one person; `at_least` pages have to be found, so that a walk that broke off is seen.
async fn everywhere(name: &str, person: usize, at_least: usize) {
    journey(name, Look::DESK, async |browser| {
        browser.become_person(person).await?;
        let crawl = Crawl::default().walk(browser).await?;
        if !crawl.broken.is_empty() {
            return Err(StepError::Absent(crawl.broken.join("\n")));
        }
        if crawl.seen.len() < at_least {
            return Err(StepError::Absent(format!(
                "{at_least} pages, only {}: {}",
                crawl.seen.len(),
                crawl.seen.join(" ")
            )));
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn of_the_director() {
    everywhere("all-director", DIRECTOR, 30).await;
}

#[tokio::test]
async fn of_the_safety_manager() {
    everywhere("all-safety-manager", SAFETY_MANAGER, 30).await;
}

#[tokio::test]
async fn of_the_vendor() {
    everywhere("all-vendor", VENDOR, 10).await;
}

#[tokio::test]
async fn of_the_secretariat() {
    everywhere("all-secretariat", SECRETARIAT, 20).await;
}

#[tokio::test]
async fn of_the_prefecture() {
    everywhere("all-prefecture", PREFECTURE, 10).await;
}

#[tokio::test]
async fn of_the_inspector() {
    everywhere("all-inspector", INSPECTOR, 5).await;
}

#[tokio::test]
async fn of_the_administrator() {
    everywhere("all-administrator", ADMINISTRATOR, 10).await;
}

#[tokio::test]
async fn of_a_stranger() {
    journey("stranger", Look::DESK, async |browser| {
        for path in [
            "/sign-in",
            "/sign-in/forgotten",
            "/glossary",
            "/api/docs",
            "/no-such-page",
        ] {
            browser.open(path).await?;
        }
        Ok(())
    })
    .await;
}
