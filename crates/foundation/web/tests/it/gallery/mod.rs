//! Every component with sample data, and the three pages of the design, as HTML.
//!
//! With `YAGURA_GALLERY=folder` the pages are written there, with their assets, to be looked at and
//! to be walked by axe-core:
//! `YAGURA_GALLERY=/tmp/gallery cargo test -p yagura-web --test it gallery`.

mod parts;
mod scenes;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::{env, fs};

use maud::Markup;
use yagura_web::assets;
use yagura_web::i18n::{Catalogue, Lang, MESSAGES, Translator};

fn translator(lang: Lang) -> Translator {
    Translator::new(lang, Arc::new(Catalogue::build(MESSAGES).unwrap()))
}

fn pages(t: &Translator) -> Vec<(&'static str, Markup)> {
    vec![
        ("parts", parts::page(t)),
        ("forms", parts::forms_page(t)),
        ("clinic-home", scenes::clinic_home(t)),
        ("checklist-item", scenes::checklist_item(t)),
        ("region-matrix", scenes::region_matrix(t)),
        ("members", scenes::members(t)),
        ("sign-in", scenes::sign_in(t)),
        ("menu", scenes::menu(t)),
        ("glossary", scenes::glossary(t)),
    ]
}

#[test]
fn the_gallery_is_written_on_demand() {
    let Ok(folder) = env::var("YAGURA_GALLERY") else {
        return;
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ["yagura.css", "yagura.js", "icon.svg"] {
        let path = assets::url(name).strip_prefix(assets::BASE).unwrap();
        fs::write(
            folder.join("assets").join(path),
            assets::lookup(path).unwrap().bytes,
        )
        .unwrap();
    }
    for lang in Lang::ALL {
        for (name, page) in pages(&translator(lang)) {
            let html = page.into_string();
            fs::write(folder.join(format!("{name}.{}.html", lang.code())), html).unwrap();
        }
    }
}

#[test]
fn every_class_has_a_rule_and_no_page_breaks_the_security_policy() {
    let css = String::from_utf8(assets::lookup("yagura.css").unwrap().bytes.to_vec()).unwrap();
    let mut without_rule = BTreeSet::new();
    for (name, page) in pages(&translator(Lang::Ja)) {
        let html = page.into_string();
        for forbidden in [
            " style=\"",
            "<style",
            " onclick",
            "javascript:",
            "<script>",
            "http://",
            "https://",
        ] {
            assert!(!html.contains(forbidden), "{name} contains {forbidden}");
        }
        for value in html.split(" class=\"").skip(1) {
            for class in value.split('"').next().unwrap().split_whitespace() {
                if !css.contains(&format!(".{class}")) {
                    without_rule.insert(class.to_owned());
                }
            }
        }
    }
    assert_eq!(without_rule, BTreeSet::new());
}

#[test]
fn ids_are_unique_and_every_link_within_a_page_leads_somewhere() {
    for (name, page) in pages(&translator(Lang::Ja)) {
        let html = page.into_string();
        let values = |attribute: &str| -> Vec<String> {
            html.split(&format!(" {attribute}=\""))
                .skip(1)
                .map(|part| part.split('"').next().unwrap().to_owned())
                .collect()
        };
        let ids = values("id");
        let known: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(known.len(), ids.len(), "{name} repeats an id");
        let links = values("href")
            .into_iter()
            .filter_map(|href| href.strip_prefix('#').map(str::to_owned));
        let described = values("aria-describedby")
            .into_iter()
            .flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for target in links
            .chain(described)
            .chain(values("for"))
            .chain(values("aria-labelledby"))
        {
            assert!(
                known.contains(&target),
                "{name}: nothing has the id {target}"
            );
        }
    }
}

#[test]
fn a_page_of_the_matrix_stays_small() {
    let html = scenes::region_matrix(&translator(Lang::Ja)).into_string();
    assert!(html.len() < 160_000, "{} bytes", html.len());
}
