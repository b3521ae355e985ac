//! Documents of vendors: OpenVEX 0.2.0 and the VEX profile of CSAF 2.0, read into one form.
//!
//! A document that is neither is refused with the place of the fault; a statement that cannot be
//! read is set aside with its place and stops nothing.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};
use vulnmatch::cpe::{Attribute, Name, Value};
use vulnmatch::model::VulnerabilityId;

use super::products::{Resolved, TextState, text_key};
use super::request::{Answer, Status};
use super::state::Justification;

/// The largest document, in bytes.
pub const LARGEST: usize = 4 << 20;
/// The most statements that are read of a document: a vulnerability and a product each.
pub const MOST_STATEMENTS: usize = 20_000;
/// The most faults that are told of a document.
const MOST_FAULTS: usize = 200;
/// How deep a tree of products may be. The reader of JSON has a limit of its own above this.
const DEEPEST: usize = 40;
/// The most characters of a product's name.
const LONGEST_NAME: usize = 300;

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VexError {
    /// It is larger than [`LARGEST`].
    #[error("the document is larger than 4 MiB")]
    TooLarge,
    /// It is no JSON.
    #[error("line {line}, column {column}: not JSON")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is JSON and neither OpenVEX nor CSAF.
    #[error("neither OpenVEX nor CSAF")]
    Unknown,
    /// It has more than [`MOST_STATEMENTS`].
    #[error("more than 20000 statements")]
    TooMany,
}

/// What is wrong with a part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// It names no vulnerability by a number that is known: CVE or JVNDB.
    Vulnerability,
    /// It has no status, or one that is unknown.
    Status,
    /// It names no product.
    Product,
    /// It does not say what its status needs: a reason, or what is to be done.
    Incomplete,
    /// The tree of products is too deep.
    Deep,
}

impl Fault {
    /// The code as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::Status => "status",
            Self::Product => "product",
            Self::Incomplete => "incomplete",
            Self::Deep => "deep",
        }
    }
}

/// A product as a document names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Product {
    /// In words.
    pub name: String,
    /// Its version, where it stands apart.
    pub version: String,
    /// Its CPE name.
    pub cpe: Option<Name>,
    /// Its package URL.
    pub purl: String,
}

/// What a document says of a vulnerability in a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VexStatement {
    /// Where it stands, as a JSON pointer.
    pub place: String,
    /// The vulnerability.
    pub vulnerability: VulnerabilityId,
    /// The product.
    pub product: Product,
    /// What is said.
    pub answer: Answer,
}

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// Who wrote it, as it says itself.
    pub author: String,
    /// What it says.
    pub statements: Vec<VexStatement>,
    /// What could not be read, with its place; at most some hundred.
    pub faults: Vec<(String, Fault)>,
    /// How many parts could not be read in all.
    pub set_aside: usize,
}

impl Document {
    fn fault(&mut self, place: &str, fault: Fault) {
        self.set_aside += 1;
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((place.to_owned(), fault));
        }
    }

    fn say(
        &mut self,
        place: &str,
        vulnerability: VulnerabilityId,
        product: &Product,
        answer: Answer,
    ) -> Result<(), VexError> {
        if self.statements.len() >= MOST_STATEMENTS {
            return Err(VexError::TooMany);
        }
        match answer.checked() {
            Ok(answer) => self.statements.push(VexStatement {
                place: place.to_owned(),
                vulnerability,
                product: product.clone(),
                answer,
            }),
            Err(_) => self.fault(place, Fault::Incomplete),
        }
        Ok(())
    }
}

/// Reads a document.
///
/// # Errors
/// [`VexError`] where it is none.
pub fn read(bytes: &[u8]) -> Result<Document, VexError> {
    if bytes.len() > LARGEST {
        return Err(VexError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json: Json = serde_json::from_slice(bytes).map_err(|error| VexError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    let is_openvex = json
        .get("@context")
        .and_then(Json::as_str)
        .is_some_and(|context| context.contains("openvex"));
    if is_openvex {
        openvex(&json)
    } else if json.pointer("/document/csaf_version").is_some() {
        csaf(&json)
    } else {
        Err(VexError::Unknown)
    }
}

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn items<'a>(json: &'a Json, name: &str) -> &'a [Json] {
    json.get(name)
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.trim().chars().take(LONGEST_NAME).collect()
}

fn cpe(text: &str) -> Option<Name> {
    let text = text.trim();
    (text.len() <= 1_000 && text.to_ascii_lowercase().starts_with("cpe:"))
        .then(|| Name::parse_lenient(text).ok())
        .flatten()
}

/// The vulnerability of an OpenVEX statement: its name, its id or one of its aliases. A CVE number
/// may stand at the end of an address.
fn vulnerability_of(json: &Json) -> Option<VulnerabilityId> {
    let number = |text: &str| -> Option<VulnerabilityId> {
        let tail = text.rsplit('/').next().unwrap_or(text);
        tail.trim().parse().ok()
    };
    let said = json.get("vulnerability")?;
    if let Some(text) = said.as_str() {
        return number(text);
    }
    number(text(said, "name"))
        .or_else(|| {
            let mut aliases = items(said, "aliases").iter().filter_map(Json::as_str);
            aliases.find_map(number)
        })
        .or_else(|| number(text(said, "@id")))
}

fn openvex_product(json: &Json) -> Option<Product> {
    let mut product = Product::default();
    let mut take = |identifier: &str| {
        if let Some(name) = cpe(identifier) {
            product.cpe = Some(name);
        } else if identifier.starts_with("pkg:") {
            product.purl = cut(identifier);
        } else if !identifier.is_empty() && product.name.is_empty() {
            product.name = cut(identifier);
        }
    };
    if let Some(id) = json.as_str() {
        take(id);
    } else {
        let identifiers = json.get("identifiers").unwrap_or(&Json::Null);
        for name in ["cpe23", "cpe22", "purl"] {
            take(text(identifiers, name));
        }
        take(text(json, "@id"));
    }
    product.is_named().then_some(product)
}

fn openvex(json: &Json) -> Result<Document, VexError> {
    let mut document = Document {
        author: cut(text(json, "author")),
        ..Document::default()
    };
    for (number, statement) in items(json, "statements").iter().enumerate() {
        let place = format!("/statements/{number}");
        let Some(vulnerability) = vulnerability_of(statement) else {
            document.fault(&place, Fault::Vulnerability);
            continue;
        };
        let Some(status) = Status::from_code(text(statement, "status")) else {
            document.fault(&place, Fault::Status);
            continue;
        };
        let words = match status {
            Status::NotAffected => ["impact_statement", "status_notes"],
            _ => ["action_statement", "status_notes"],
        };
        let statement_text = words
            .iter()
            .map(|name| text(statement, name))
            .find(|words| !words.trim().is_empty())
            .unwrap_or_default();
        let answer = Answer {
            status,
            justification: Justification::from_code(text(statement, "justification")),
            statement: statement_text.to_owned(),
            fixed_version: String::new(),
            planned_on: None,
        };
        let mut named = 0;
        for (number, product) in items(statement, "products").iter().enumerate() {
            let place = format!("{place}/products/{number}");
            // What the product consists of is what a register may have on its list.
            let parts = items(product, "subcomponents").iter();
            let all: Vec<Product> = std::iter::once(product)
                .chain(parts)
                .filter_map(openvex_product)
                .collect();
            if all.is_empty() {
                document.fault(&place, Fault::Product);
            }
            for one in &all {
                document.say(&place, vulnerability, one, answer.clone())?;
            }
            named += 1;
        }
        if named == 0 {
            document.fault(&place, Fault::Product);
        }
    }
    Ok(document)
}

/// The products of a CSAF document by their ids.
fn tree(json: &Json, document: &mut Document) -> HashMap<String, Product> {
    let mut found: HashMap<String, Product> = HashMap::new();
    let tree = json.get("product_tree").unwrap_or(&Json::Null);
    for product in items(tree, "full_product_names") {
        learn(product, "", &mut found);
    }
    let mut waiting: Vec<(&Json, String, String, usize)> = items(tree, "branches")
        .iter()
        .enumerate()
        .map(|(number, branch)| {
            let place = format!("/product_tree/branches/{number}");
            (branch, place, String::new(), 0)
        })
        .collect();
    while let Some((branch, place, version, depth)) = waiting.pop() {
        if depth > DEEPEST {
            document.fault(&place, Fault::Deep);
            continue;
        }
        let version = if text(branch, "category") == "product_version" {
            cut(text(branch, "name"))
        } else {
            version
        };
        if let Some(product) = branch.get("product") {
            learn(product, &version, &mut found);
        }
        for (number, below) in items(branch, "branches").iter().enumerate() {
            let place = format!("{place}/branches/{number}");
            waiting.push((below, place, version.clone(), depth + 1));
        }
    }
    // 「A as a component of B」: what is said of it is said of the component.
    for relation in items(tree, "relationships") {
        let full = relation.get("full_product_name").unwrap_or(&Json::Null);
        let component = found.get(text(relation, "product_reference")).cloned();
        learn(full, "", &mut found);
        if let Some(component) = component
            && let Some(product) = found.get_mut(text(full, "product_id"))
        {
            if product.cpe.is_none() {
                product.cpe = component.cpe;
            }
            if product.purl.is_empty() {
                product.purl = component.purl;
            }
        }
    }
    found
}

fn learn(json: &Json, version: &str, found: &mut HashMap<String, Product>) {
    let id = text(json, "product_id");
    if id.is_empty() || found.len() > MOST_STATEMENTS {
        return;
    }
    let helper = json
        .get("product_identification_helper")
        .unwrap_or(&Json::Null);
    found.insert(
        id.to_owned(),
        Product {
            name: cut(text(json, "name")),
            version: version.to_owned(),
            cpe: cpe(text(helper, "cpe")),
            purl: cut(text(helper, "purl")),
        },
    );
}

/// In which lists of a CSAF document the products of a status stand.
const LISTS: [(&str, Status); 6] = [
    ("known_not_affected", Status::NotAffected),
    ("fixed", Status::Fixed),
    ("first_fixed", Status::Fixed),
    ("known_affected", Status::Affected),
    ("last_affected", Status::Affected),
    ("under_investigation", Status::UnderInvestigation),
];

/// The part of a list that is about a product, or about all of them.
fn about<'a>(list: &'a [Json], id: &str) -> Option<&'a Json> {
    let names = |one: &&Json| {
        items(one, "product_ids")
            .iter()
            .any(|other| other.as_str() == Some(id))
    };
    list.iter().find(names).or_else(|| {
        list.iter()
            .find(|one| one.get("product_ids").is_none() && one.get("group_ids").is_none())
    })
}

fn csaf(json: &Json) -> Result<Document, VexError> {
    let publisher = json.pointer("/document/publisher").unwrap_or(&Json::Null);
    let mut document = Document {
        author: cut(text(publisher, "name")),
        ..Document::default()
    };
    let products = tree(json, &mut document);
    for (number, vulnerability) in items(json, "vulnerabilities").iter().enumerate() {
        let place = format!("/vulnerabilities/{number}");
        let Ok(id) = text(vulnerability, "cve").trim().parse::<VulnerabilityId>() else {
            document.fault(&place, Fault::Vulnerability);
            continue;
        };
        let none = Map::new();
        let lists = vulnerability
            .get("product_status")
            .and_then(Json::as_object)
            .unwrap_or(&none);
        // Only these two say something of the whole, the others of each product.
        let impacts: Vec<Json> = items(vulnerability, "threats")
            .iter()
            .filter(|threat| text(threat, "category") == "impact")
            .cloned()
            .collect();
        let flags = items(vulnerability, "flags");
        let remedies = items(vulnerability, "remediations");
        let mut said = 0;
        for (list, status) in LISTS {
            let ids = lists.get(list).and_then(Json::as_array);
            for (number, product_id) in ids.into_iter().flatten().enumerate() {
                said += 1;
                let place = format!("{place}/product_status/{list}/{number}");
                let product_id = product_id.as_str().unwrap_or_default();
                let named = products
                    .get(product_id)
                    .filter(|product| product.is_named());
                let Some(product) = named else {
                    document.fault(&place, Fault::Product);
                    continue;
                };
                let words = match status {
                    Status::NotAffected => about(&impacts, product_id),
                    _ => about(remedies, product_id),
                };
                let flag = about(flags, product_id).map(|flag| text(flag, "label"));
                let answer = Answer {
                    status,
                    justification: flag.and_then(Justification::from_code),
                    statement: words
                        .map(|words| text(words, "details"))
                        .unwrap_or_default()
                        .to_owned(),
                    fixed_version: if status == Status::Fixed {
                        product.version.clone()
                    } else {
                        String::new()
                    },
                    planned_on: None,
                };
                document.say(&place, id, product, answer)?;
            }
        }
        if said == 0 {
            document.fault(&place, Fault::Status);
        }
    }
    Ok(document)
}

/// The name and the version of a package URL.
fn package(purl: &str) -> Option<(&str, &str)> {
    let rest = purl.strip_prefix("pkg:")?;
    let rest = rest.split(['?', '#']).next()?;
    let (path, version) = rest.rsplit_once('@').unwrap_or((rest, ""));
    let name = path.rsplit('/').next()?;
    (!name.is_empty() && path.contains('/')).then_some((name, version))
}

fn version_fits(said: &str, carrier: &Name) -> bool {
    said.is_empty()
        || match carrier.get(Attribute::Version) {
            Value::Any => true,
            _ => carrier.literal(Attribute::Version) == Some(said.to_lowercase().as_str()),
        }
}

impl Product {
    /// Whether anything says which product it is; a version alone does not.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        !self.name.is_empty() || self.cpe.is_some() || !self.purl.is_empty()
    }

    /// Whether it is one of the products under which a finding stands, as CPE names. Words count
    /// where somebody confirmed which product they mean: `texts` are those of the device.
    #[must_use]
    pub fn is_one_of(&self, carriers: &[Name], texts: &[Resolved]) -> bool {
        carriers.iter().any(|carrier| self.is(carrier, texts))
    }

    fn is(&self, carrier: &Name, texts: &[Resolved]) -> bool {
        if let Some(cpe) = &self.cpe {
            let same = [Attribute::Part, Attribute::Vendor, Attribute::Product]
                .into_iter()
                .all(|attribute| {
                    cpe.literal(attribute).is_some()
                        && cpe.literal(attribute) == carrier.literal(attribute)
                });
            // A document that names a device names it without a version.
            return same && version_fits(cpe.literal(Attribute::Version).unwrap_or(""), carrier);
        }
        if let Some((name, version)) = package(&self.purl) {
            let same = carrier.literal(Attribute::Product) == Some(name.to_lowercase().as_str());
            return same && version_fits(version, carrier);
        }
        let named = text_key(&self.name);
        if named.is_empty() || !version_fits(&self.version, carrier) {
            return false;
        }
        let carrier = carrier.to_string();
        texts.iter().any(|text| {
            text.state != TextState::Unknown
                && text.state != TextState::Guessed
                && text.cpes.contains(&carrier)
                && text_key(&text.text) == named
        })
    }

    /// What it is called on pages.
    #[must_use]
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        self.cpe
            .as_ref()
            .map_or_else(|| self.purl.clone(), ToString::to_string)
    }
}

/// What must hold of the reader whatever it is given; used by the fuzz target and by the run of its
/// corpus.
///
/// # Panics
/// Where it does not hold.
#[doc(hidden)]
#[expect(clippy::panic, reason = "a property that does not hold must be loud")]
pub fn property(bytes: &[u8]) {
    let Ok(document) = read(bytes) else { return };
    assert!(document.statements.len() <= MOST_STATEMENTS);
    assert!(document.faults.len() <= MOST_FAULTS && document.set_aside >= document.faults.len());
    for statement in &document.statements {
        if !statement.product.is_named() {
            panic!("a statement about nothing at {}", statement.place);
        }
        let again = statement.answer.clone().checked();
        assert_eq!(again.as_ref(), Ok(&statement.answer), "checked twice");
        if let Some(cpe) = &statement.product.cpe {
            let same = statement.product.is_one_of(std::slice::from_ref(cpe), &[]);
            let is_plain = [Attribute::Part, Attribute::Vendor, Attribute::Product]
                .into_iter()
                .all(|attribute| cpe.literal(attribute).is_some());
            let is_versioned = !matches!(cpe.get(Attribute::Version), Value::Text(_))
                || cpe.literal(Attribute::Version).is_some();
            assert!(same || !is_plain || !is_versioned, "a product is itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::products::TextKind;
    use super::*;

    fn read_json(json: &Json) -> Document {
        let bytes = json.to_string().into_bytes();
        property(&bytes);
        read(&bytes).unwrap()
    }

    #[test]
    fn openvex_is_read_with_every_way_to_name_a_product() {
        let document = read_json(&json!({
            "@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "架空画像",
            "statements": [
                { "vulnerability": { "@id": "https://nvd.nist.gov/vuln/detail/CVE-2026-0001" },
                  "products": [
                    { "@id": "pkg:generic/kakuu/pacs@3.1" },
                    { "@id": "画像サーバ", "identifiers": { "cpe23": "cpe:2.3:a:kakuu:pacs:3.1:*:*:*:*:*:*:*" },
                      "subcomponents": [{ "@id": "架空ビューア" }] },
                  ],
                  "status": "not_affected", "justification": "component_not_present" },
                { "vulnerability": "CVE-2026-0002", "products": ["画像サーバ"], "status": "affected" },
                { "vulnerability": { "name": "GHSA-x", "aliases": ["CVE-2026-0003"] },
                  "products": [{ "@id": "p" }], "status": "affected", "action_statement": "更新" },
                { "vulnerability": { "name": "ひみつ" }, "products": [{ "@id": "p" }], "status": "fixed" },
                { "vulnerability": { "name": "CVE-2026-0004" }, "products": [], "status": "fixed" },
                { "vulnerability": { "name": "CVE-2026-0005" }, "products": [{ "@id": "p" }], "status": "ok" },
            ],
        }));
        assert_eq!(document.author, "架空画像");
        let said: Vec<(String, String)> = document
            .statements
            .iter()
            .map(|one| (one.vulnerability.to_string(), one.product.label()))
            .collect();
        let pairs = [
            ("CVE-2026-0001", "pkg:generic/kakuu/pacs@3.1"),
            ("CVE-2026-0001", "画像サーバ"),
            ("CVE-2026-0001", "架空ビューア"),
            ("CVE-2026-0003", "p"),
        ];
        assert_eq!(
            said,
            pairs.map(|(id, name)| (id.to_owned(), name.to_owned()))
        );
        assert_eq!(
            document.faults,
            [
                ("/statements/1/products/0".to_owned(), Fault::Incomplete),
                ("/statements/3".to_owned(), Fault::Vulnerability),
                ("/statements/4".to_owned(), Fault::Product),
                ("/statements/5".to_owned(), Fault::Status),
            ]
        );
    }

    #[test]
    fn csaf_is_read_through_its_tree_of_products() {
        let document = read_json(&json!({
            "document": { "category": "csaf_vex", "csaf_version": "2.0",
                "publisher": { "name": "架空画像" } },
            "product_tree": {
                "branches": [{ "category": "vendor", "name": "架空", "branches": [
                    { "category": "product_name", "name": "PACS", "branches": [
                        { "category": "product_version", "name": "3.2", "product": {
                            "product_id": "P2", "name": "架空 PACS 3.2", "product_identification_helper": {
                                "cpe": "cpe:2.3:a:kakuu:pacs:3.2:*:*:*:*:*:*:*" } } },
                        { "category": "product_version", "name": "3.1", "product": {
                            "product_id": "P1", "name": "架空 PACS" } },
                    ] },
                ] }],
                "relationships": [{ "category": "default_component_of", "product_reference": "P2",
                    "relates_to_product_reference": "P1",
                    "full_product_name": { "product_id": "R", "name": "PACS の中の PACS" } }],
            },
            "vulnerabilities": [
                { "cve": "CVE-2026-0001",
                  "product_status": { "known_not_affected": ["P1"], "fixed": ["P2"],
                      "known_affected": ["R", "X"] },
                  "flags": [{ "label": "vulnerable_code_not_present", "product_ids": ["P1"] }],
                  "remediations": [{ "category": "vendor_fix", "details": "3.3 にする" }] },
                { "title": "番号なし", "product_status": { "fixed": ["P2"] } },
                { "cve": "CVE-2026-0002" },
            ],
        }));
        let said: Vec<(&str, &str, &str)> = document
            .statements
            .iter()
            .map(|one| {
                let answer = &one.answer;
                (
                    one.product.name.as_str(),
                    answer.status.code(),
                    answer.statement.as_str(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                ("架空 PACS", "not_affected", ""),
                ("架空 PACS 3.2", "fixed", "3.3 にする"),
                ("PACS の中の PACS", "affected", "3.3 にする"),
            ]
        );
        assert_eq!(document.statements[1].answer.fixed_version, "3.2");
        assert!(document.statements[2].product.cpe.is_some());
        assert_eq!(document.set_aside, 3);
    }

    #[test]
    fn a_product_of_which_only_the_version_is_said_is_none() {
        let document = read_json(&json!({
            "document": { "category": "csaf_vex", "csaf_version": "2.0" },
            "product_tree": { "branches": [{ "category": "product_version", "name": "3.2",
                "product": { "product_id": "P" } }] },
            "vulnerabilities": [{ "cve": "CVE-2026-0001", "product_status": { "fixed": ["P"] } }],
        }));
        let place = "/vulnerabilities/0/product_status/fixed/0".to_owned();
        assert_eq!(document.faults, [(place, Fault::Product)]);
        assert!(document.statements.is_empty());
    }

    #[test]
    fn what_is_no_document_is_refused_with_its_place() {
        assert_eq!(
            read(b"{\n  \"a\": }"),
            Err(VexError::NotJson { line: 2, column: 8 })
        );
        for bytes in [&b"{}"[..], b"[]", b"3", b"{\"@context\": 4}"] {
            assert_eq!(read(bytes), Err(VexError::Unknown));
        }
        assert_eq!(read(&vec![b' '; LARGEST + 1]), Err(VexError::TooLarge));
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(matches!(
            read(deep.as_bytes()),
            Err(VexError::NotJson { .. })
        ));
        let many: Vec<Json> = (0..=MOST_STATEMENTS)
            .map(|n| json!(format!("p{n}")))
            .collect();
        let many = json!({ "@context": "https://openvex.dev/ns", "statements": [
            { "vulnerability": "CVE-2026-1", "products": many, "status": "fixed" } ] });
        let refused = read(many.to_string().as_bytes());
        assert!(refused == Err(VexError::TooMany) || refused.is_ok_and(|one| one.set_aside > 0));
    }

    #[test]
    fn products_are_told_by_cpe_package_and_confirmed_words() {
        let name = |text: &str| Name::parse_lenient(text).unwrap();
        let carrier = name("cpe:2.3:a:kakuu:pacs:3.1:*:*:*:*:*:*:*");
        let texts = |state| {
            [Resolved {
                kind: TextKind::Device,
                text: "架空 PACS".to_owned(),
                state,
                certainty: 100,
                cpes: vec![carrier.to_string()],
            }]
        };
        let is = |product: Product, state| {
            product.is_one_of(std::slice::from_ref(&carrier), &texts(state))
        };
        let of_cpe = |text: &str| Product {
            cpe: Some(name(text)),
            ..Product::default()
        };
        let of_purl = |text: &str| Product {
            purl: text.to_owned(),
            ..Product::default()
        };
        let of_name = |text: &str, version: &str| Product {
            name: text.to_owned(),
            version: version.to_owned(),
            ..Product::default()
        };
        for (product, state, expected) in [
            (of_cpe("cpe:2.3:a:kakuu:pacs"), TextState::Guessed, true),
            (of_cpe("cpe:2.3:a:kakuu:pacs:3.1"), TextState::Guessed, true),
            (
                of_cpe("cpe:2.3:a:kakuu:pacs:3.2"),
                TextState::Guessed,
                false,
            ),
            (
                of_cpe("cpe:2.3:a:kakuu:viewer"),
                TextState::Confirmed,
                false,
            ),
            (of_cpe("cpe:2.3:a:kakuu:*"), TextState::Confirmed, false),
            (
                of_purl("pkg:generic/kakuu/pacs@3.1"),
                TextState::Guessed,
                true,
            ),
            (of_purl("pkg:generic/pacs@3.0"), TextState::Guessed, false),
            (of_name("架空ＰＡＣＳ", ""), TextState::Confirmed, true),
            (of_name("架空ＰＡＣＳ", "3.1"), TextState::Shared, true),
            (of_name("架空ＰＡＣＳ", "3.2"), TextState::Confirmed, false),
            (of_name("架空ＰＡＣＳ", ""), TextState::Guessed, false),
            (Product::default(), TextState::Confirmed, false),
        ] {
            assert_eq!(is(product.clone(), state), expected, "{product:?}");
        }
    }
}
