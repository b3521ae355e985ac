//! Fetching feeds from their sources: NVD by its API with key, pages and resuming, the catalogue of
//! what is exploited, EPSS, and JVN by MyJVN. Only the command line does this; an installation in a
//! closed network loads files and bundles instead.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use yagura_kernel::time::Instant;

use crate::import::{FileKind, ImportError, Importer, Loaded, Origin, kind_of};
use crate::model::Feed;
use crate::store::feeds as stored;

/// The largest answer, in bytes: a page of 2,000 records of NVD has some 30 million.
const LARGEST: usize = 256 << 20;
/// How often a request is tried.
const TRIES: u32 = 6;
/// NVD gives at most 2,000 records a page, and asks for changes of at most 120 days.
const NVD_PAGE: u64 = 2_000;
const NVD_DAYS: i64 = 119;
/// MyJVN gives at most 50 overviews a page, and details of at most 10.
const JVN_PAGE: u64 = 50;
const JVN_DETAILS: usize = 10;

/// Where the feeds are fetched from, and how gently.
#[derive(Debug, Clone)]
pub struct Sources {
    /// NVD's API.
    pub nvd: String,
    /// The key for it, which allows ten times as many requests.
    pub nvd_key: Option<String>,
    /// The catalogue of what is exploited.
    pub kev: String,
    /// EPSS.
    pub epss: String,
    /// MyJVN.
    pub jvn: String,
    /// How long to wait before a request is tried again, doubled each time.
    pub back_off: Duration,
    /// How long to wait between requests to the same source.
    pub pause: Duration,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            nvd: "https://services.nvd.nist.gov/rest/json/cves/2.0".to_owned(),
            nvd_key: None,
            kev: "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
                .to_owned(),
            epss: "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz".to_owned(),
            jvn: "https://jvndb.jvn.jp/myjvn".to_owned(),
            back_off: Duration::from_secs(6),
            pause: Duration::from_secs(6),
        }
    }
}

/// The feeds that can be fetched.
pub const FETCHED: [Feed; 4] = [Feed::Kev, Feed::Epss, Feed::Jvn, Feed::Nvd];

/// Where the fetching of NVD and JVN goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Resume {
    /// Everything changed before this was fetched.
    #[serde(default, with = "yagura_kernel::time::rfc3339::option")]
    since: Option<Instant>,
    /// What is being fetched: up to when, and from which record on.
    #[serde(default, with = "yagura_kernel::time::rfc3339::option")]
    until: Option<Instant>,
    #[serde(default)]
    start: u64,
}

/// Fetches from the sources.
#[derive(Debug)]
pub struct Fetcher<'a> {
    importer: &'a Importer<'a>,
    sources: &'a Sources,
    client: reqwest::Client,
}

fn failed(address: &str, reason: impl std::fmt::Display) -> ImportError {
    // A key in the address must not reach a log.
    let address = address.split('?').next().unwrap_or_default().to_owned();
    ImportError::Fetch {
        address,
        reason: reason.to_string(),
    }
}

impl<'a> Fetcher<'a> {
    /// A fetcher.
    ///
    /// # Errors
    /// [`ImportError::Internal`] where this machine cannot make encrypted connections.
    pub fn new(importer: &'a Importer<'a>, sources: &'a Sources) -> Result<Self, ImportError> {
        // Another part of the program may have installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(20))
            .timeout(Duration::from_secs(300))
            .user_agent(concat!("yagura/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ImportError::Internal(error.to_string()))?;
        Ok(Self {
            importer,
            sources,
            client,
        })
    }

    /// Fetches a feed and notes how it stands.
    ///
    /// # Errors
    /// [`ImportError::Store`]; that a source does not answer is told with the feed.
    pub async fn feed(&self, feed: Feed) -> Result<Loaded, ImportError> {
        let outcome = match feed {
            Feed::Kev => self.file(&self.sources.kev).await,
            Feed::Epss => self.file(&self.sources.epss).await,
            Feed::Jvn => self.jvn().await,
            _ => self.nvd().await,
        };
        let (loaded, as_of) = match outcome {
            Ok(found) => found,
            Err(ImportError::Store(error)) => return Err(ImportError::Store(error)),
            Err(error) => (
                Loaded {
                    error: Some(error.to_string()),
                    ..nothing(feed)
                },
                None,
            ),
        };
        self.importer.note(feed, &loaded, as_of).await?;
        Ok(loaded)
    }

    /// An answer, tried again where the source is busy or the line breaks.
    async fn get(&self, address: &str) -> Result<Vec<u8>, ImportError> {
        let mut wait = self.sources.back_off;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(address).await {
                Ok(bytes) => return Ok(bytes),
                Err((again, error)) if !again || tries >= TRIES => return Err(error),
                Err(_) => {}
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2);
        }
    }

    async fn once(&self, address: &str) -> Result<Vec<u8>, (bool, ImportError)> {
        let mut request = self.client.get(address);
        if let Some(key) = &self.sources.nvd_key
            && address.starts_with(&self.sources.nvd)
        {
            request = request.header("apiKey", key);
        }
        let line = |error: reqwest::Error| (true, failed(address, error.without_url()));
        let mut answer = request.send().await.map_err(line)?;
        let status = answer.status();
        if !status.is_success() {
            // NVD answers 403 where one asks too often.
            let again = matches!(status.as_u16(), 403 | 408 | 429) || status.is_server_error();
            return Err((again, failed(address, format!("HTTP {}", status.as_u16()))));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(line)? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err((false, failed(address, format!("more than {LARGEST} bytes"))));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    async fn file(&self, address: &str) -> Result<(Loaded, Option<Instant>), ImportError> {
        let origin = Origin::Bytes(self.get(address).await?);
        let kind = kind_of(&origin.head());
        if kind.is_none() {
            return Err(failed(address, "the answer is no feed"));
        }
        self.importer.read(address.to_owned(), kind, origin).await
    }

    async fn resume(&self, feed: Feed) -> Result<Resume, ImportError> {
        let (text, _) =
            stored::resume(self.importer.app().database(), self.importer.proof(), feed).await?;
        Ok(text
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or(Resume {
                since: None,
                until: None,
                start: 0,
            }))
    }

    async fn put_resume(&self, feed: Feed, resume: &Resume) -> Result<(), ImportError> {
        let text = json!(resume).to_string();
        let mut tx = self.importer.app().database().begin().await?;
        stored::note_resume(&mut tx, self.importer.proof(), feed, Some(&text)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everything of NVD the first time, then what changed; page by page, each noted, so that a
    /// break costs one page.
    async fn nvd(&self) -> Result<(Loaded, Option<Instant>), ImportError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            total_results: u64,
        }
        let now = self.importer.app().now();
        let mut resume = self.resume(Feed::Nvd).await?;
        let mut whole = nothing(Feed::Nvd);
        let mut as_of = None;
        loop {
            let until = *resume.until.get_or_insert_with(|| match resume.since {
                Some(since) => since.plus_days(NVD_DAYS).min(now),
                None => now,
            });
            let mut address = format!(
                "{}?resultsPerPage={NVD_PAGE}&startIndex={}",
                self.sources.nvd, resume.start
            );
            if let Some(since) = resume.since {
                address.push_str(&format!(
                    "&lastModStartDate={}&lastModEndDate={}",
                    since.to_rfc3339(),
                    until.to_rfc3339()
                ));
            }
            let bytes = self.get(&address).await?;
            let head: Head =
                serde_json::from_slice(&bytes).map_err(|error| failed(&address, error))?;
            let origin = Origin::Bytes(bytes);
            let (page, of) = self
                .importer
                .read(self.sources.nvd.clone(), Some(FileKind::Nvd), origin)
                .await?;
            if let Some(error) = &page.error {
                return Err(failed(&address, error));
            }
            as_of = as_of.max(of);
            add(&mut whole, page);
            resume.start += NVD_PAGE;
            if resume.start < head.total_results {
                self.put_resume(Feed::Nvd, &resume).await?;
                self.pause(self.sources.nvd_key.is_some()).await;
                continue;
            }
            resume = Resume {
                since: Some(until),
                until: None,
                start: 0,
            };
            self.put_resume(Feed::Nvd, &resume).await?;
            if until >= now {
                // Everything up to now is here, though nothing may have changed for days.
                return Ok((whole, Some(now)));
            }
            self.pause(self.sources.nvd_key.is_some()).await;
        }
    }

    async fn pause(&self, with_key: bool) {
        let pause = if with_key {
            self.sources.pause / 10
        } else {
            self.sources.pause
        };
        tokio::time::sleep(pause).await;
    }

    /// The overviews of what JVN changed since the last time, and the details of each.
    async fn jvn(&self) -> Result<(Loaded, Option<Instant>), ImportError> {
        let now = self.importer.app().now();
        let mut resume = self.resume(Feed::Jvn).await?;
        let mut whole = nothing(Feed::Jvn);
        // Without a date MyJVN gives the last week; the years before come as files.
        let since = resume
            .since
            .unwrap_or_else(|| now.plus_days(-30))
            .jst_date();
        let today = now.jst_date();
        loop {
            let address = format!(
                "{}?method=getVulnOverviewList&feed=hnd&lang=ja&startItem={}&maxCountItem={JVN_PAGE}\
                 &rangeDatePublic=n&rangeDateFirstPublished=n&rangeDatePublished=n\
                 &datePublishedStartY={}&datePublishedStartM={}&datePublishedStartD={}\
                 &datePublishedEndY={}&datePublishedEndM={}&datePublishedEndD={}",
                self.sources.jvn,
                resume.start + 1,
                since.year(),
                u8::from(since.month()),
                since.day(),
                today.year(),
                u8::from(today.month()),
                today.day(),
            );
            let bytes = self.get(&address).await?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let total = total_of(&text).ok_or_else(|| failed(&address, "no status:Status"))?;
            let mut ids = Vec::new();
            let limits = vulnmatch::feeds::Limits::default();
            vulnmatch::feeds::jvn::overviews(bytes.as_slice(), &limits, &mut |overview| {
                ids.push(overview.id);
            })?;
            let origin = Origin::Bytes(bytes);
            let kind = Some(FileKind::JvnOverviews);
            let (page, _) = self
                .importer
                .read(self.sources.jvn.clone(), kind, origin)
                .await?;
            add(&mut whole, page);
            for some in ids.chunks(JVN_DETAILS) {
                self.pause(true).await;
                let address = format!(
                    "{}?method=getVulnDetailInfo&feed=hnd&lang=ja&vulnId={}",
                    self.sources.jvn,
                    some.join("+")
                );
                let origin = Origin::Bytes(self.get(&address).await?);
                let kind = Some(FileKind::JvnDetails);
                let (page, _) = self
                    .importer
                    .read(self.sources.jvn.clone(), kind, origin)
                    .await?;
                add(&mut whole, page);
            }
            resume.start += JVN_PAGE;
            if resume.start >= total {
                break;
            }
            self.put_resume(Feed::Jvn, &resume).await?;
            self.pause(true).await;
        }
        resume = Resume {
            since: Some(now),
            until: None,
            start: 0,
        };
        self.put_resume(Feed::Jvn, &resume).await?;
        Ok((whole, Some(now)))
    }
}

/// `totalRes` of the status of a MyJVN answer.
fn total_of(text: &str) -> Option<u64> {
    let rest = text.split_once("totalRes=\"")?.1;
    rest.split_once('"')?.0.parse().ok()
}

fn nothing(feed: Feed) -> Loaded {
    Loaded {
        file: String::new(),
        feed: Some(feed),
        records: 0,
        set_aside: 0,
        examples: Vec::new(),
        changed: 0,
        error: None,
    }
}

fn add(whole: &mut Loaded, page: Loaded) {
    whole.file = page.file;
    whole.records += page.records;
    whole.set_aside += page.set_aside;
    whole.changed += page.changed;
    whole.examples.extend(page.examples);
    whole.examples.truncate(50);
    whole.error = whole.error.take().or(page.error);
}
