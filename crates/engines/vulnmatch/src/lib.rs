//! Which published vulnerabilities (CVE) affect which assets.
//!
//! The crate knows nothing of any product that uses it. It reads what the sources publish, compiles
//! it into one file that is mapped into memory, and answers, for the set of products of one asset,
//! every vulnerability that touches it: *affected*, or *affected if* something named is present
//! besides, with the source it rests on, how far it may be trusted, and why.
//!
//! | module | holds |
//! |---|---|
//! | [`cpe`] | CPE names: well-formed names, both written forms, the relations of NISTIR 7696 |
//! | [`versions`] | the order of versions, by vendor, product and `versionType` |
//! | [`prose`] | versions in words, Japanese and English |
//! | [`model`] | statements, conditions, criteria, ranges: one form for all sources |
//! | [`criteria`] | whether a criterion covers a product, with our decisions where standards are silent |
//! | [`affected`] | the `affected` blocks of CVE records as criteria |
//! | [`applicability`] | conditions over all products of an asset: AND is never flattened |
//! | [`index`] | the compiled index, and the products of many assets |
//! | [`names`] | products as people write them, as candidates of CPE names |
//! | [`packages`] | installed software as products, and who may judge it |
//! | [`feeds`] | readers of NVD, its overrides, CVE records, KEV, EPSS, JVN and CSAF |
//!
//! ```
//! use vulnmatch::applicability::Outcome;
//! use vulnmatch::cpe::Name;
//! use vulnmatch::feeds::{Limits, nvd};
//! use vulnmatch::index::{Builder, Index, Scratch};
//!
//! let feed = br#"{"vulnerabilities": [{"cve": {"id": "CVE-2024-0001", "configurations": [
//!   {"nodes": [{"operator": "OR", "negate": false, "cpeMatch": [{"vulnerable": true,
//!     "criteria": "cpe:2.3:o:paloaltonetworks:pan-os:*:*:*:*:*:*:*:*",
//!     "versionStartIncluding": "10.1.0", "versionEndExcluding": "10.1.14-h11"}]}]}]}}]}"#;
//! let mut builder = Builder::new();
//! let report = nvd::compile(feed.as_slice(), &Limits::default(), &mut builder)?;
//! assert_eq!((report.records, report.set_aside), (1, 0));
//! let index = Index::from_bytes(builder.finish()?)?;
//! let asset = [Name::product('o', "paloaltonetworks", "pan-os").with_version("10.1.14-h9")];
//! let findings = index.findings(&asset, &mut Scratch::default());
//! assert_eq!(findings[0].id.to_string(), "CVE-2024-0001");
//! assert_eq!(findings[0].outcome, Outcome::Affected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is no network, no clock and no global state; the only `unsafe` is the mapping of a file.

pub mod affected;
pub mod applicability;
pub mod cpe;
pub mod criteria;
pub mod feeds;
pub mod index;
pub mod model;
pub mod names;
pub mod packages;
pub mod prose;
pub mod versions;
