//! What commands share: words, progress, output, and errors that say how to mend them.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use yagura_kernel::audit::{AuditActor, AuditEntry, AuditOutcome, Detail};
use yagura_kernel::id::{AuditEntryId, OrganizationId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, authorize,
};
use yagura_kernel::probe::Finding;
use yagura_store::{Cause, DatabaseUrl, StoreError, Transaction, audit};
use yagura_web::App;
use yagura_web::i18n::{Catalogue, CatalogueErrors, Lang, Source, Translator};

use crate::config::Config;
use crate::installation::{Installation, features};

pub use super::failure::{CommandError, failure};

/// The words of the command line.
pub const MESSAGES: &[Source<'static>] = &[
    Source::ja("app/ja.ftl", include_str!("../../locales/ja.ftl")),
    Source::en("app/en.ftl", include_str!("../../locales/en.ftl")),
];

/// How many remarks are printed one by one.
pub(super) const MOST_REMARKS: usize = 50;

/// The words of the command line, of the features and of the foundation in a language.
///
/// # Errors
/// A fault in the message files, which is one of the program.
pub fn words(lang: Lang) -> Result<Translator, CatalogueErrors> {
    let features = features();
    let sources = MESSAGES
        .iter()
        .chain(yagura_web::i18n::MESSAGES)
        .chain(features.iter().flat_map(|feature| feature.messages()));
    Ok(Translator::new(lang, Arc::new(Catalogue::build(sources)?)))
}

/// The language of the terminal: English where the environment says so, else Japanese.
#[must_use]
pub fn language(chosen: Option<&str>) -> Lang {
    let of_environment = || {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
    };
    let wanted = chosen
        .map(str::to_owned)
        .or_else(of_environment)
        .unwrap_or_default();
    if wanted.starts_with("en") {
        Lang::En
    } else {
        Lang::Ja
    }
}

/// A message with arguments that are ready to be shown.
pub(super) fn said(t: &Translator, key: &str, arguments: Vec<(&'static str, String)>) -> String {
    t.finding(&Finding {
        message: key.to_owned(),
        arguments: arguments
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}

/// Writes a line for a person or a script.
pub(super) fn line(text: impl AsRef<str>) {
    // A reader that went away (`| head`) is no failure of the command.
    let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
}

/// Writes what was found for a script.
pub(super) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn bar(message: String, in_bytes: bool) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let template = if in_bytes {
        "{msg} {bar:30} {bytes}/{total_bytes} {eta}"
    } else {
        "{msg} {bar:30} {pos}/{len} {eta}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar
}

/// Reads a file that must not be larger than a bound.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, CommandError> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| CommandError::File {
        path: path.to_owned(),
        cause: Cause::from(&error),
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(CommandError::FileTooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Whether the settings lead to an installation that was made before.
pub(super) fn exists(config: &Config) -> bool {
    match &config.database {
        DatabaseUrl::Sqlite(path) => path.exists(),
        DatabaseUrl::Postgres(_) => config.data.join("keys").exists(),
    }
}

/// Opens an installation that was made before.
pub(super) async fn open(config: &Config) -> Result<Installation, CommandError> {
    if !exists(config) {
        return Err(CommandError::NoInstallation(config.data.clone()));
    }
    Ok(Installation::open(config, false).await?)
}

/// The program's own right to an action on an organisation's records, or on the installation's.
pub(super) fn right<A: ActionType>(
    organization: OrganizationId,
    kind: OrganizationKind,
    standing: Standing,
) -> Result<Authorized<A>, CommandError> {
    let principal = Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: kind,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    Ok(authorize(
        &principal,
        &Resource {
            organization,
            standing,
        },
    )?)
}

/// Puts what a command did into the audit log.
pub(super) async fn log(
    app: &App,
    tx: &mut Transaction,
    action: &str,
    resource: (&str, String),
    organization: Option<OrganizationId>,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    audit::append(
        tx,
        &AuditEntry {
            id: AuditEntryId::from(app.ids().id()),
            at: app.now(),
            actor: AuditActor::System,
            acting_organization: None,
            action: action.to_owned(),
            resource_kind: resource.0.to_owned(),
            resource_id: Some(resource.1),
            organization,
            outcome: AuditOutcome::Done,
            detail: Detail::from(detail),
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminals_language_is_japanese_unless_it_says_english() {
        assert_eq!(language(Some("en_GB.UTF-8")), Lang::En);
        assert_eq!(language(Some("ja")), Lang::Ja);
        assert_eq!(language(Some("C")), Lang::Ja);
    }
}
