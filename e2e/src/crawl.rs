//! Every page that one person can reach by links, each looked at once.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;

use crate::{Browser, StepError};

/// What ends like this, or begins like that, is a file, leads out of the crawl, or is the same for
/// everybody and looked at as a stranger.
const FILES: [&str; 9] = [
    ".pdf", ".xlsx", ".zip", ".csv", ".toml", ".yaml", ".json", "/file", "/content",
];
const LEFT_OUT: [&str; 8] = [
    "/assets",
    "/api/docs",
    "/glossary",
    "/language",
    "/api/v1",
    "/demo",
    "/sign-out",
    "/invitations",
];

/// A walk along the links of one person.
#[derive(Debug, Default)]
pub struct Crawl {
    known: BTreeSet<String>,
    waiting: VecDeque<String>,
    /// The pages that were looked at, as shapes of addresses.
    pub seen: Vec<String>,
    /// Pages that answered with something other than success.
    pub broken: Vec<String>,
}

impl Crawl {
    /// Looks at every page that can be reached from `/`. Of pages that differ only in the record
    /// that they show, one is looked at.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn walk(mut self, browser: &mut Browser) -> Result<Self, StepError> {
        self.add("/");
        while let Some(path) = self.waiting.pop_front() {
            browser.open(&path).await?;
            self.seen.push(shape(&path));
            let page = browser
                .client
                .execute(
                    "const entry = performance.getEntriesByType('navigation')[0];
                     return [entry ? entry.responseStatus : 0,
                       [...document.querySelectorAll('a[href]:not([download])')]
                         .map(link => link.getAttribute('href'))];",
                    vec![],
                )
                .await?;
            let status = page.get(0).and_then(Value::as_u64).unwrap_or(0);
            if status != 200 {
                self.broken.push(format!("{path} answered {status}"));
            }
            for link in page.get(1).and_then(Value::as_array).into_iter().flatten() {
                self.add(link.as_str().unwrap_or_default());
            }
        }
        Ok(self)
    }

    fn add(&mut self, link: &str) {
        let link = link.split('#').next().unwrap_or_default();
        let path = link.split('?').next().unwrap_or_default();
        let inner = path.starts_with('/') && !path.starts_with("//");
        if !inner
            || FILES.iter().any(|end| path.ends_with(end))
            || LEFT_OUT.iter().any(|start| path.starts_with(start))
        {
            return;
        }
        if self.known.insert(shape(link)) {
            self.waiting.push_back(link.to_owned());
        }
    }
}

/// An address without what tells one record from another: ids, keys of rows, values of a query.
fn shape(link: &str) -> String {
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let mut before = "";
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| {
            let is_record = part.len() == 36 && part.matches('-').count() == 4;
            let shown = match before {
                _ if is_record => "{id}",
                "items" => "{item}",
                "packs" if part != "import" => "{pack}",
                "printed" => "{code}",
                _ => part,
            };
            before = part;
            shown
        })
        .collect();
    let mut names: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        parts.join("/")
    } else {
        format!("{}?{}", parts.join("/"), names.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn records_of_one_kind_have_one_shape() {
        assert_eq!(
            shape("/checklists/01a2012d-fa7d-7672-bdcb-09da7250c9b3/items/2-3"),
            "/checklists/{id}/items/{item}"
        );
        assert_eq!(
            shape("/members?state=done&q=a&state=open"),
            "/members?q&state"
        );
        assert_eq!(shape("/packs/import"), "/packs/import");
        assert_eq!(shape("/packs/mhlw-checklist-r07-vendor"), "/packs/{pack}");
    }
}
