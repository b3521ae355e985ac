//! The program in a real Chromium: what `e2e/run` starts, and how the tests drive it.
//!
//! Without `YAGURA_E2E=1` the tests say that they are skipped, so that `cargo test --workspace`
//! asks for no browser.

mod crawl;
mod steps;

pub use crawl::Crawl;

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// Where things are; set by `e2e/run`.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The demonstration's address, without a slash at the end.
    pub base: String,
    /// The address of chromedriver.
    pub driver: String,
    /// The text of axe-core.
    pub axe: String,
    /// The folder for screenshots.
    pub screenshots: PathBuf,
    /// A folder for profiles of browsers and files to upload.
    pub work: PathBuf,
    /// A folder for pictures of what went wrong.
    pub failed: PathBuf,
}

impl Setting {
    /// The setting; `None` where no browser was asked for.
    ///
    /// # Panics
    /// Where a browser was asked for and the setting is incomplete.
    #[must_use]
    #[expect(
        clippy::panic,
        clippy::print_stderr,
        reason = "a test that cannot run says so"
    )]
    pub fn from_environment() -> Option<Self> {
        if std::env::var("YAGURA_E2E").ok().as_deref() != Some("1") {
            eprintln!("skipped: set YAGURA_E2E=1 (e2e/run does) to drive a real Chromium");
            return None;
        }
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: start e2e/run"))
        };
        let axe = variable("YAGURA_E2E_AXE");
        Some(Self {
            base: variable("YAGURA_E2E_URL"),
            driver: variable("YAGURA_E2E_DRIVER"),
            axe: std::fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{axe}: {error}")),
            screenshots: variable("YAGURA_E2E_SCREENSHOTS").into(),
            work: variable("YAGURA_E2E_WORK").into(),
            failed: variable("YAGURA_E2E_FAILED").into(),
        })
    }
}

/// How a browser is set up.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Width of the window in CSS pixels.
    pub width: u32,
    /// Height of the window in CSS pixels.
    pub height: u32,
    /// Pixels of the screen for each CSS pixel, where a screen of its own is played: Chromium's
    /// window is never narrower than some 500.
    pub pixel_ratio: Option<f64>,
    /// Whether scripts run.
    pub script: bool,
}

impl Look {
    /// A desk.
    pub const DESK: Self = Self {
        width: 1280,
        height: 900,
        pixel_ratio: None,
        script: true,
    };
    /// A phone.
    pub const PHONE: Self = Self {
        width: 360,
        height: 740,
        pixel_ratio: Some(1.0),
        script: true,
    };
    /// A desk at 200 %: half as many pixels, each twice as large (WCAG 2.2, 1.4.4).
    pub const ENLARGED: Self = Self {
        width: 640,
        height: 450,
        pixel_ratio: Some(2.0),
        script: true,
    };
    /// A closed network's old browser: no script.
    pub const PLAIN: Self = Self {
        width: 1280,
        height: 900,
        pixel_ratio: None,
        script: false,
    };
}

/// A browser with one person in it.
pub struct Browser {
    client: Client,
    setting: Setting,
    look: Look,
    /// What axe-core found, page by page.
    pub violations: Vec<String>,
}

/// Why a step could not be taken.
#[derive(Debug)]
pub enum StepError {
    /// No browser could be started.
    Start(Box<NewSessionError>),
    /// The browser refused a command.
    Command(Box<CmdError>),
    /// Something that the page should hold is not there.
    Absent(String),
}

impl From<CmdError> for StepError {
    fn from(error: CmdError) -> Self {
        Self::Command(Box::new(error))
    }
}

impl std::fmt::Display for StepError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Start(error) => write!(formatter, "no browser: {error}"),
            Self::Command(error) => write!(formatter, "browser: {error}"),
            Self::Absent(what) => write!(formatter, "absent: {what}"),
        }
    }
}

impl Browser {
    /// Starts a browser with a profile of its own.
    ///
    /// # Errors
    /// [`StepError::Start`].
    pub async fn start(setting: &Setting, look: Look, name: &str) -> Result<Self, StepError> {
        let profile = setting.work.join(format!("profile-{name}"));
        let mut preferences = json!({ "intl.accept_languages": "ja,en" });
        if !look.script {
            put(
                &mut preferences,
                "profile.managed_default_content_settings.javascript",
                json!(2),
            );
        }
        let mut options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--lang=ja",
                format!("--window-size={},{}", look.width, look.height),
                format!("--user-data-dir={}", profile.display()),
            ],
            "prefs": preferences,
        });
        if let Some(ratio) = look.pixel_ratio {
            let metrics =
                json!({ "width": look.width, "height": look.height, "pixelRatio": ratio });
            put(
                &mut options,
                "mobileEmulation",
                json!({ "deviceMetrics": metrics }),
            );
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        capabilities.insert(
            "timeouts".to_owned(),
            json!({ "pageLoad": 120_000, "script": 120_000 }),
        );
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&setting.driver)
            .await
            .map_err(|error| StepError::Start(Box::new(error)))?;
        Ok(Self {
            client,
            setting: setting.clone(),
            look,
            violations: Vec::new(),
        })
    }

    /// Opens an address of the program.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn open(&mut self, path: &str) -> Result<(), StepError> {
        self.client
            .goto(&format!("{}{path}", self.setting.base))
            .await?;
        self.look_at().await
    }

    /// Looks at the present page with axe-core, and for parts that stick out of a narrow window.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn look_at(&mut self) -> Result<(), StepError> {
        if !self.look.script {
            return Ok(());
        }
        let at = self.path().await?;
        self.client.execute(&self.setting.axe, vec![]).await?;
        let found = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, { resultTypes: ['violations'] }).then(
                   result => done(result.violations.map(violation => violation.id + ': ' +
                     violation.help + ' at ' + violation.nodes.slice(0, 3).map(node =>
                       node.target.join(' ') + ' ' + node.html.slice(0, 160)).join(' | '))),
                   error => done(['axe-core itself: ' + error]))",
                vec![],
            )
            .await?;
        for violation in found.as_array().into_iter().flatten() {
            self.violations
                .push(format!("{at}: {}", violation.as_str().unwrap_or_default()));
        }
        let wide = self
            .client
            .execute(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth",
                vec![],
            )
            .await?;
        if wide.as_i64().unwrap_or(0) > 1 {
            self.violations.push(format!(
                "{at}: the page is {wide} pixels wider than its window of {}",
                self.look.width
            ));
        }
        Ok(())
    }

    /// The present path and query.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn path(&self) -> Result<String, StepError> {
        let url = self.client.current_url().await?;
        Ok(match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        })
    }

    /// Picks the n-th person of the demonstration.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn become_person(&mut self, number: usize) -> Result<(), StepError> {
        self.open("/demo").await?;
        let buttons = self
            .client
            .find_all(Locator::Css("ul.personas button"))
            .await?;
        let button = buttons
            .into_iter()
            .nth(number)
            .ok_or_else(|| StepError::Absent(format!("person {number} on /demo")))?;
        self.press_element(button).await
    }

    async fn press_element(&mut self, element: Element) -> Result<(), StepError> {
        let before = self.root().await?;
        element.click().await?;
        self.next_page(before).await
    }

    async fn root(&self) -> Result<Element, StepError> {
        Ok(self.client.find(Locator::Css("html")).await?)
    }

    async fn next_page(&mut self, before: Element) -> Result<(), StepError> {
        // The old page is gone when its root is: then the new one is there.
        for _ in 0..200 {
            if before.tag_name().await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.client.wait().for_element(Locator::Css("main")).await?;
        self.look_at().await
    }

    /// Follows a link or presses a button that a CSS selector finds.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn press(&mut self, selector: &str) -> Result<(), StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        let element = found.map_err(|_| StepError::Absent(selector.to_owned()))?;
        self.press_element(element).await
    }

    /// Presses something that leads nowhere, such as a box.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn tick(&mut self, selector: &str) -> Result<(), StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        found
            .map_err(|_| StepError::Absent(selector.to_owned()))?
            .click()
            .await?;
        Ok(())
    }

    /// Types into a field, in place of what stands there.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn type_into(&mut self, selector: &str, words: &str) -> Result<(), StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        let field = found.map_err(|_| StepError::Absent(selector.to_owned()))?;
        field.clear().await?;
        field.send_keys(words).await?;
        Ok(())
    }

    /// Chooses a file with this content to upload.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn choose_file(
        &mut self,
        selector: &str,
        file: &str,
        content: &str,
    ) -> Result<(), StepError> {
        let path = self.setting.work.join(file);
        std::fs::write(&path, content)
            .map_err(|error| StepError::Absent(format!("{}: {error}", path.display())))?;
        let found = self.client.find(Locator::Css(selector)).await;
        let field = found.map_err(|_| StepError::Absent(selector.to_owned()))?;
        field.send_keys(&path.display().to_string()).await?;
        Ok(())
    }

    /// The text of the first element that a selector finds.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn text(&self, selector: &str) -> Result<String, StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        Ok(found
            .map_err(|_| StepError::Absent(selector.to_owned()))?
            .text()
            .await?)
    }

    /// An attribute of the first element that a selector finds.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn attribute(&self, selector: &str, name: &str) -> Result<String, StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        let element = found.map_err(|_| StepError::Absent(selector.to_owned()))?;
        let value = element.attr(name).await?;
        value.ok_or_else(|| StepError::Absent(format!("{name} of {selector}")))
    }

    /// Whether the page holds words.
    ///
    /// # Errors
    /// [`StepError::Absent`] where it does not.
    pub async fn says(&self, words: &str) -> Result<(), StepError> {
        let page = self.text("body").await?;
        if page.contains(words) {
            return Ok(());
        }
        let at = self.path().await?;
        Err(StepError::Absent(format!("「{words}」 on {at}: {page}")))
    }

    /// Ends the browser.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn close(self) -> Result<Vec<String>, StepError> {
        self.client.close().await?;
        Ok(self.violations)
    }
}

fn put(object: &mut serde_json::Value, name: &str, value: serde_json::Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
