//! Renders every sample document into a folder, to look at.
//!
//! `cargo run -p yagura-documents --example render_samples -- FOLDER [NAME …]`
//!
//! `LANGUAGE=en` prints English labels. Prints pages, bytes and milliseconds of each document.

#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

use std::time::Instant;

use yagura_documents::Language;
use yagura_documents::forms::Document;
use yagura_documents::pdf::render;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder")?;
    let names: Vec<String> = arguments.collect();
    let english = std::env::var("LANGUAGE").is_ok_and(|language| language == "en");
    std::fs::create_dir_all(&folder)?;
    for (name, mut document) in Document::samples() {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        if english {
            document.imprint_mut().language = Language::English;
        }
        let start = Instant::now();
        let pdf = render(&document)?;
        let milliseconds = start.elapsed().as_millis();
        println!(
            "{name}: {} pages, {} bytes, {milliseconds} ms",
            pdf.pages,
            pdf.bytes.len()
        );
        std::fs::write(format!("{folder}/{name}.pdf"), &pdf.bytes)?;
    }
    Ok(())
}
