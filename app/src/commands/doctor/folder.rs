//! The data folder, the disk under it, and the keys in it.

use std::path::Path;

use yagura_store::Cause;

use super::Checks;
use crate::commands::failure::cause_words;
use crate::config::Config;

/// Below this much free space the doctor warns, in bytes.
const LITTLE_SPACE: u64 = 2_000_000_000;
/// Below this much it says that the installation is in danger.
const NO_SPACE: u64 = 200_000_000;

pub(super) fn check(checks: &mut Checks<'_>, config: &Config) {
    let folder = &config.data;
    let path = || ("path", folder.display().to_string());
    if !folder.is_dir() {
        checks.fail(
            "data_folder",
            ("cli-doctor-folder-absent", "cli-doctor-folder-absent-mend"),
            vec![path()],
        );
        return;
    }
    match try_writing(folder) {
        Ok(()) => checks.ok("data_folder", "cli-doctor-folder-ok", vec![path()]),
        Err(error) => checks.fail(
            "data_folder",
            (
                "cli-doctor-folder-read-only",
                "cli-doctor-folder-read-only-mend",
            ),
            vec![
                path(),
                ("reason", cause_words(checks.t, &Cause::from(&error))),
            ],
        ),
    }
    disk(checks, folder);
    keys(checks, folder);
}

fn try_writing(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"yagura doctor");
    let removed = std::fs::remove_file(&probe);
    written.and(removed)
}

#[cfg(unix)]
fn disk(checks: &mut Checks<'_>, folder: &Path) {
    let Ok(figures) = rustix::fs::statvfs(folder) else {
        return;
    };
    let free = figures.f_bavail.saturating_mul(figures.f_frsize);
    let arguments = vec![
        ("path", folder.display().to_string()),
        ("megabytes", (free / 1_000_000).to_string()),
    ];
    let keys = ("cli-doctor-disk-little", "cli-doctor-disk-mend");
    if free < NO_SPACE {
        checks.fail("disk", keys, arguments);
    } else if free < LITTLE_SPACE {
        checks.warn("disk", keys, arguments);
    } else {
        checks.ok("disk", "cli-doctor-disk-ok", arguments);
    }
}

#[cfg(not(unix))]
fn disk(_checks: &mut Checks<'_>, _folder: &Path) {}

fn keys(checks: &mut Checks<'_>, folder: &Path) {
    let folder = folder.join("keys");
    let mut bad = false;
    for name in ["audit.key", "files.key", "secrets.key"] {
        let file = folder.join(name);
        let path = || vec![("path", file.display().to_string())];
        match std::fs::metadata(&file) {
            Err(_) => {
                bad = true;
                checks.fail(
                    "keys",
                    ("cli-doctor-key-absent", "cli-doctor-key-absent-mend"),
                    path(),
                );
            }
            Ok(metadata) if is_open_to_others(&metadata) => {
                bad = true;
                checks.fail(
                    "keys",
                    ("cli-doctor-key-open", "cli-doctor-key-open-mend"),
                    path(),
                );
            }
            Ok(_) if !is_readable_key(&file) => {
                bad = true;
                checks.fail(
                    "keys",
                    ("cli-doctor-key-bad", "cli-doctor-key-bad-mend"),
                    path(),
                );
            }
            Ok(_) => {}
        }
    }
    if !bad {
        checks.ok(
            "keys",
            "cli-doctor-keys-ok",
            vec![("path", folder.display().to_string())],
        );
    }
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

fn is_readable_key(file: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else {
        return false;
    };
    if file.ends_with("audit.key") {
        yagura_kernel::audit::SigningKey::from_secret_text(text.trim()).is_ok()
    } else {
        data_encoding::HEXLOWER
            .decode(text.trim().as_bytes())
            .is_ok_and(|bytes| bytes.len() == 32)
    }
}
