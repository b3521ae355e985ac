//! Programs as installers of Windows and macOS write themselves into a system.

use super::{Ground, Package, Product};
use crate::cpe::{Attribute, Name, Value};
use crate::model::Confidence;
use crate::names::{self, Dictionary};
use crate::versions::says_nothing;

/// The least score of the dictionary that counts for a program: nothing of its name is left over.
const LEAST: u8 = 80;

/// What a program is, by what it calls itself.
pub(super) fn products(package: &Package<'_>, dictionary: &Dictionary) -> Vec<Product> {
    let version = package.version.filter(|version| !says_nothing(version));
    if let Some(java) = java(package.name, version) {
        return java;
    }
    let called = plain(package.name, version);
    let with_vendor = package.vendor.map(|vendor| format!("{vendor} {called}"));
    let mut found = Vec::new();
    for text in std::iter::once(package.name)
        .chain(std::iter::once(&*called))
        .chain(with_vendor.as_deref())
    {
        for candidate in dictionary.candidates(text) {
            let confirmed = candidate.ground == names::Ground::Confirmed;
            // A program is no operating system, however much its name begins like one.
            let is_program = candidate.name.literal(Attribute::Part) == Some("a");
            let counts = match candidate.ground {
                names::Ground::Confirmed => true,
                names::Ground::Alias | names::Ground::Listed => candidate.score >= LEAST,
                names::Ground::Similar => false,
            };
            if !(confirmed || is_program && counts) {
                continue;
            }
            let mut name = candidate.name;
            if let Some(version) = version
                && *name.get(Attribute::Version) == Value::Any
            {
                name.set(Attribute::Version, Value::text(version));
            }
            if !found.iter().any(|known: &Product| known.name == name) {
                found.push(Product {
                    name,
                    at_most: if confirmed || candidate.score >= 90 {
                        Confidence::Exact
                    } else {
                        Confidence::Rough
                    },
                    score: candidate.score,
                    ground: match candidate.ground {
                        names::Ground::Confirmed => Ground::Confirmed,
                        names::Ground::Alias => Ground::Alias,
                        names::Ground::Listed | names::Ground::Similar => Ground::Listed,
                    },
                });
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// The name without architecture, language, and the version that stands beside it anyway.
fn plain(name: &str, version: Option<&str>) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut depth = 0u32;
    for character in name.chars() {
        match character {
            '(' | '（' | '[' => depth = depth.saturating_add(1),
            ')' | '）' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(character),
            _ => {}
        }
    }
    let is_noise = |word: &str| {
        let word = word.to_lowercase();
        matches!(
            &*word,
            "x64"
                | "x86"
                | "64-bit"
                | "32-bit"
                | "64bit"
                | "32bit"
                | "-"
                | "64"
                | "version"
                | "日本語版"
        ) || version.is_some_and(|version| {
            let word = word.strip_prefix('v').unwrap_or(&word);
            // 「19.00」 beside 「19.00.00.0」.
            word.len() > 2 && word.contains('.') && version.to_lowercase().starts_with(word)
        })
    };
    kept.split_whitespace()
        .filter(|word| !is_noise(word))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Java names its releases otherwise than its installer counts: 「Java 8 Update 202 (64-bit)」,
/// 8.0.2020.8.
fn java(name: &str, version: Option<&str>) -> Option<Vec<Product>> {
    let mut words = name.split_whitespace();
    let first = words.next()?;
    let mut release = words.next()?;
    let mut product = "jre";
    if first != "Java" {
        return None;
    }
    if release == "SE" {
        if words.next() != Some("Development") || words.next() != Some("Kit") {
            return None;
        }
        product = "jdk";
        release = words.next()?;
    }
    let number: u32 = release.parse().ok()?;
    let name = Name::product('a', "oracle", product);
    let name = match (words.next(), words.next()) {
        (Some("Update"), Some(update)) if number <= 8 => {
            let update: u32 = update.parse().ok()?;
            name.with_version(&format!("1.{number}.0"))
                .with_update(&format!("update{update}"))
        }
        _ if number <= 8 => name.with_version(&format!("1.{number}.0")),
        _ => match version {
            Some(version) => name.with_version(version),
            None => name,
        },
    };
    Some(vec![Product {
        name,
        at_most: Confidence::Exact,
        score: 95,
        ground: Ground::Alias,
    }])
}
