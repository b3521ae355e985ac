//! What a person does or sees that takes more than one command: keys, paper, codes, pictures.

use fantoccini::Locator;
use fantoccini::wd::{PrintConfigurationBuilder, PrintMargins, PrintSize};
use serde_json::{Value, json};

use crate::{Browser, StepError};

/// The key that goes to the next control (WebDriver, table of normalised key values).
const TAB: &str = "\u{e004}";
/// How many controls a page may put before the one that is looked for.
const MOST_CONTROLS: usize = 120;
/// A sheet of A4 in centimetres.
const A4: PrintSize = PrintSize {
    width: 21.0,
    height: 29.7,
};

impl Browser {
    /// Goes by the Tab key alone to a control that a CSS selector finds; each control on the way
    /// has to show that it has the focus.
    ///
    /// # Errors
    /// [`StepError::Absent`] where the key never leads there, or the focus is not to be seen.
    pub async fn tab_to(&mut self, selector: &str) -> Result<(), StepError> {
        for _ in 0..MOST_CONTROLS {
            self.client.active_element().await?.send_keys(TAB).await?;
            let seen = self
                .client
                .execute(
                    "const at = document.activeElement;
                     const shown = [at, at.nextElementSibling].some(part => part
                       && getComputedStyle(part).outlineStyle !== 'none'
                       && parseFloat(getComputedStyle(part).outlineWidth) >= 2);
                     const box = at.getBoundingClientRect();
                     return [at.matches(arguments[0]), shown,
                       box.bottom > 0 && box.top < innerHeight,
                       at.outerHTML.slice(0, 160)];",
                    vec![json!(selector)],
                )
                .await?;
            let is = |index: usize| seen.get(index).and_then(Value::as_bool).unwrap_or(false);
            let what = seen.get(3).and_then(Value::as_str).unwrap_or_default();
            if !is(1) || !is(2) {
                return Err(StepError::Absent(format!(
                    "a focus that can be seen, at {what}"
                )));
            }
            if is(0) {
                return Ok(());
            }
        }
        Err(StepError::Absent(format!("a way by Tab to {selector}")))
    }

    /// Presses a key where the focus is.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn key(&mut self, key: &str) -> Result<(), StepError> {
        let at = self.client.active_element().await?;
        Ok(at.send_keys(key).await?)
    }

    /// Presses Enter where the focus is and waits for the page to which it leads.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn enter(&mut self) -> Result<(), StepError> {
        let before = self.root().await?;
        self.key("\u{e007}").await?;
        self.next_page(before).await
    }

    /// The present page as a PDF of A4 sheets, as Chromium would print it.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn print(&self, name: &str) -> Result<String, StepError> {
        let paper = PrintConfigurationBuilder::default()
            .size(A4)
            .margins(PrintMargins {
                top: 1.6,
                bottom: 1.8,
                left: 1.4,
                right: 1.4,
            })
            .build()
            .map_err(|error| StepError::Absent(format!("paper: {error}")))?;
        let path = self.setting.work.join(format!("{name}.pdf"));
        let absent =
            |error: std::io::Error| StepError::Absent(format!("{}: {error}", path.display()));
        let mut attempts = 1;
        loop {
            let pdf = self.client.print(paper.clone()).await?;
            std::fs::write(&path, pdf).map_err(absent)?;
            let text = std::process::Command::new("pdftotext")
                .args(["-layout", "-enc", "UTF-8"])
                .arg(&path)
                .arg("-")
                .output()
                .map_err(absent)?;
            let text = String::from_utf8_lossy(&text.stdout).into_owned();
            // A busy machine may print before the first layout: white paper is no answer yet.
            if !text.trim().is_empty() || attempts == 5 {
                return Ok(text);
            }
            attempts += 1;
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }

    /// The six digits that an authenticator app shows now for a secret in base 32 (RFC 6238).
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn code_of_app(&self, secret: &str) -> Result<String, StepError> {
        let code = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 (async () => {
                   const bits = [...arguments[0].replace(/[^A-Z2-7]/g, '')].map(letter =>
                     'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
                   const secret = Uint8Array.from(bits.match(/.{8}/g), byte => parseInt(byte, 2));
                   const key = await crypto.subtle.importKey('raw', secret,
                     { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
                   const counter = new DataView(new ArrayBuffer(8));
                   counter.setUint32(4, Math.floor(Date.now() / 30000));
                   const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer));
                   const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
                   done(String(number % 1000000).padStart(6, '0'));
                 })().catch(error => done(String(error)))",
                vec![json!(secret)],
            )
            .await?;
        Ok(code.as_str().unwrap_or_default().to_owned())
    }

    /// Whether the program gives a file that begins as its kind does and is no shorter than this.
    ///
    /// # Errors
    /// [`StepError::Absent`] where it does not.
    pub async fn is_file(&self, path: &str, begins: &str, at_least: u64) -> Result<(), StepError> {
        let answer = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 fetch(arguments[0]).then(async answer => {
                   const bytes = new Uint8Array(await answer.arrayBuffer());
                   done([answer.status, String.fromCharCode(...bytes.slice(0, 4)), bytes.length]);
                 }, error => done([0, String(error), 0]))",
                vec![json!(path)],
            )
            .await?;
        let part = |index: usize| answer.get(index).and_then(Value::as_u64).unwrap_or(0);
        let first = answer.get(1).and_then(Value::as_str).unwrap_or_default();
        if part(0) == 200 && first.starts_with(begins) && part(2) >= at_least {
            return Ok(());
        }
        Err(StepError::Absent(format!("{path}: {answer}")))
    }

    /// Whether a field holds words.
    ///
    /// # Errors
    /// [`StepError::Absent`] where it does not.
    pub async fn holds(&self, selector: &str, words: &str) -> Result<(), StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        let field = found.map_err(|_| StepError::Absent(selector.to_owned()))?;
        let value = field.prop("value").await?.unwrap_or_default();
        if value.contains(words) {
            return Ok(());
        }
        Err(StepError::Absent(format!(
            "「{words}」 in {selector}: {value}"
        )))
    }

    /// Whether something that a CSS selector finds is on the page.
    ///
    /// # Errors
    /// [`StepError::Absent`] where it is not.
    pub async fn present(&self, selector: &str) -> Result<(), StepError> {
        let found = self.client.find(Locator::Css(selector)).await;
        found
            .map(|_| ())
            .map_err(|_| StepError::Absent(selector.to_owned()))
    }

    /// Whether the page does not hold words.
    ///
    /// # Errors
    /// [`StepError::Absent`] where it does.
    pub async fn says_not(&self, words: &str) -> Result<(), StepError> {
        if self.says(words).await.is_err() {
            return Ok(());
        }
        let at = self.path().await?;
        Err(StepError::Absent(format!("{at} without 「{words}」")))
    }

    /// Leaves every session: the browser of somebody else.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn forget_cookies(&self) -> Result<(), StepError> {
        Ok(self.client.delete_all_cookies().await?)
    }

    /// Sends a form with nothing in it, so that its errors are looked at too.
    ///
    /// # Errors
    /// [`StepError::Absent`] where the program does not say what to mend.
    pub async fn send_empty(&mut self, path: &str) -> Result<(), StepError> {
        self.open(path).await?;
        self.press("main form.form button.primary").await?;
        self.text("[data-error-summary]").await.map(|_| ())
    }

    /// Keeps a picture of the window for the README. Grounds keep their colours; six shades of
    /// each colour are enough for the edges of letters, and make small files.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn picture(&self, name: &str) -> Result<(), StepError> {
        let png = self.client.screenshot().await?;
        let small = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 (async () => {
                   const picture = await createImageBitmap(new Blob([new Uint8Array(arguments[0])]));
                   const canvas = new OffscreenCanvas(picture.width, picture.height);
                   const pen = canvas.getContext('2d');
                   pen.drawImage(picture, 0, 0);
                   const image = pen.getImageData(0, 0, picture.width, picture.height);
                   const shades = image.data;
                   const was = shades.slice();
                   const row = picture.width * 4;
                   const alike = (at, other) => other >= 0 && [0, 1, 2].every(part =>
                     was[at + part] === was[other + part]);
                   for (let at = 0; at < was.length; at += 4) {
                     if (alike(at, at - 4) || alike(at, at - row)) continue;
                     for (const part of [0, 1, 2]) shades[at + part] = Math.round(was[at + part] / 51) * 51;
                   }
                   pen.putImageData(image, 0, 0);
                   const file = await canvas.convertToBlob({ type: 'image/png' });
                   done([...new Uint8Array(await file.arrayBuffer())]);
                 })().catch(error => done(String(error)))",
                vec![json!(png)],
            )
            .await?;
        let small: Vec<u8> = serde_json::from_value(small)
            .map_err(|error| StepError::Absent(format!("picture {name}: {error}")))?;
        self.keep(self.setting.screenshots.join(format!("{name}.png")), &small)
    }

    /// Keeps a picture of a page on which a journey ended too early.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn picture_of_failure(&self, name: &str) -> Result<(), StepError> {
        let png = self.client.screenshot().await?;
        self.keep(self.setting.failed.join(format!("{name}.png")), &png)
    }

    fn keep(&self, path: std::path::PathBuf, content: &[u8]) -> Result<(), StepError> {
        std::fs::write(&path, content)
            .map_err(|error| StepError::Absent(format!("{}: {error}", path.display())))
    }
}
