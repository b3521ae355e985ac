//! `yagura credentials check`: judges the passwords in a KeePass file on the machine where it lies,
//! and writes a signed verdict that names none of them. It needs no installation and no line to a
//! server.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use credentialcheck::verdict::Finding;
use credentialcheck::{
    DeviceClass, Fault, GroupMap, Key, Limits, OpenError, Options, Verdict, check, open,
};
use yagura_credentials::model::{KEY_NAME, SignedVerdict, fingerprint};
use yagura_kernel::id::SystemIds;
use yagura_kernel::time::{Clock as _, SystemClock};
use yagura_store::Cause;
use yagura_web::i18n::Translator;
use zeroize::Zeroizing;

use super::terminal::{CommandError, line, read_file, said};
use crate::keys;

/// Longest master password, in bytes.
const LONGEST_PASSWORD: u64 = 4_096;
/// Largest key file, in bytes.
const LARGEST_KEY_FILE: u64 = 1 << 20;
/// How many findings are printed one by one.
const MOST_FINDINGS: usize = 50;

/// パスワードの点検 / Passwords of devices
#[derive(Debug, Subcommand)]
pub enum Credentials {
    /// KeePass のファイルを手元で点検し、パスワードを含まない結果を書き出します /
    /// Check a KeePass file here and write a verdict that holds no password
    Check(Check),
}

/// 点検 / A check
#[derive(Debug, Args)]
pub struct Check {
    /// KeePass のファイル(.kdbx) / The KeePass file
    file: PathBuf,
    /// キーファイル / Key file that opens it, besides the password or instead of it
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// グループの機器の種類(server、network、medical、terminal、other)。例: --map 検査室=medical /
    /// What devices a group holds
    #[arg(long = "map", value_name = "GROUP=CLASS")]
    maps: Vec<String>,
    /// 結果に題名とグループ名を残しません / Leave titles and groups out
    #[arg(long)]
    without_titles: bool,
    /// 何日変更がないと知らせるか / Days after which an unchanged password is told
    #[arg(long, value_name = "DAYS", default_value_t = credentialcheck::check::UNCHANGED_AFTER_DAYS)]
    unchanged_days: u32,
    /// 署名した結果を書き出すファイル / Where to write the signed verdict
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// 署名の鍵のファイル。なければ作ります [既定: 設定フォルダの credential-check.key] /
    /// File of the key that signs, made where it is absent
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
    /// マスターパスワードを標準入力の1行目から読みます / Read the master password from standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`] where the file cannot be read, opened or judged, or the verdict not written.
/// What was found is no error.
pub fn run(command: Credentials, t: &Translator) -> Result<ExitCode, CommandError> {
    let Credentials::Check(command) = command;
    let map = map_of(&command, t)?;
    let limits = Limits::default();
    let file = read_file(
        &command.file,
        u64::try_from(limits.file).unwrap_or(u64::MAX),
    )?;
    let key_file = command
        .key_file
        .as_deref()
        .map(|path| read_file(path, LARGEST_KEY_FILE))
        .transpose()?;
    let password = password(&command, t)?;
    // An empty answer beside a key file means that there is no password.
    let password = (!password.is_empty() || key_file.is_none()).then(|| password.to_string());
    let key = Key::new(password, key_file);
    eprintln!("{}", t.t("credentials-cli-opening"));
    // Should the reader of the format panic, nothing of what it looked at may reach the terminal.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let opened = open(&file, &key, &limits);
    std::panic::set_hook(hook);
    drop(key);
    let opened = opened.map_err(|error| CommandError::Content {
        path: command.file.clone(),
        reason: why(t, &error).to_owned(),
    })?;
    let micros = SystemClock.now().as_micros();
    let now = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let options = Options {
        map,
        titles: !command.without_titles,
        unchanged_after_days: command.unchanged_days,
        tool: concat!("yagura ", env!("CARGO_PKG_VERSION")).to_owned(),
        ..Options::at(now)
    };
    let verdict = check(&opened, &options);
    drop(opened);
    report(t, &verdict);
    if let Some(out) = &command.out {
        write(t, &command, &verdict, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn map_of(command: &Check, t: &Translator) -> Result<GroupMap, CommandError> {
    let mut map = GroupMap::default();
    for text in &command.maps {
        let pair = text
            .rsplit_once('=')
            .and_then(|(group, class)| Some((group.trim(), DeviceClass::from_word(class)?)));
        let Some((group, class)) = pair.filter(|(group, _)| !group.is_empty()) else {
            return Err(CommandError::Content {
                path: PathBuf::from("--map"),
                reason: said(t, "credentials-cli-map", vec![("given", text.clone())]),
            });
        };
        map.insert(group, class);
    }
    Ok(map)
}

/// The master password: asked for without echo, or the first line of standard input.
fn password(command: &Check, t: &Translator) -> Result<Zeroizing<String>, CommandError> {
    let failed = |error: &std::io::Error| CommandError::File {
        path: PathBuf::from("-"),
        cause: Cause::from(error),
    };
    if command.password_stdin {
        let mut bytes = Zeroizing::new(Vec::new());
        std::io::stdin()
            .take(LONGEST_PASSWORD)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(&error))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| CommandError::Content {
            path: PathBuf::from("-"),
            reason: t.t("credentials-cli-password-utf8").to_owned(),
        })?;
        let text = text.lines().next().unwrap_or_default();
        return Ok(Zeroizing::new(text.to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(CommandError::Content {
            path: command.file.clone(),
            reason: t.t("credentials-cli-no-terminal").to_owned(),
        });
    }
    rpassword::prompt_password(t.t("credentials-cli-password"))
        .map(Zeroizing::new)
        .map_err(|error| failed(&error))
}

fn why<'t>(t: &'t Translator, error: &OpenError) -> &'t str {
    let key = match error {
        OpenError::TooLarge { .. } => "credentials-cli-too-large",
        OpenError::TooMany { .. } => "credentials-cli-too-many",
        OpenError::NotKeePass => "credentials-cli-not-keepass",
        OpenError::OldFormat => "credentials-cli-old-format",
        OpenError::TooCostly => "credentials-cli-too-costly",
        OpenError::WrongKey => "credentials-cli-wrong-key",
        OpenError::NoKey => "credentials-cli-no-key",
        OpenError::Damaged => "credentials-cli-damaged",
        OpenError::Resources => "credentials-cli-resources",
    };
    t.find(key).unwrap_or_default()
}

fn fault_word(t: &Translator, fault: Fault) -> &str {
    t.find(&format!(
        "credentials-fault-{}",
        fault.code().replace('_', "-")
    ))
    .unwrap_or_default()
}

fn class_word(t: &Translator, class: DeviceClass) -> &str {
    t.find(&format!("credentials-class-{}", class.code()))
        .unwrap_or_default()
}

fn report(t: &Translator, verdict: &Verdict) {
    for counts in &verdict.classes {
        let faulty = counts.entries.saturating_sub(counts.faultless);
        let sum = vec![
            ("class", class_word(t, counts.class).to_owned()),
            ("entries", counts.entries.to_string()),
            ("faulty", faulty.to_string()),
        ];
        line(said(t, "credentials-class-sum", sum));
        for fault in Fault::ALL {
            if let Some(count) = counts.faults.get(&fault) {
                line(format!("  {}: {count}", fault_word(t, fault)));
            }
        }
    }
    let ignored = verdict.ignored;
    let left_out = vec![
        ("recycled", ignored.recycled.to_string()),
        ("templates", ignored.templates.to_string()),
        ("notes", ignored.notes.to_string()),
        ("references", ignored.references.to_string()),
    ];
    let left_out = said(t, "credentials-ignored-counts", left_out);
    line(format!("{}: {left_out}", t.t("credentials-ignored")));
    line("");
    for finding in verdict.findings.iter().take(MOST_FINDINGS) {
        line(one(t, finding));
    }
    let more = verdict.findings.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        line(said(
            t,
            "credentials-cli-more",
            vec![("count", more.to_string())],
        ));
    }
    if verdict.findings.is_empty() {
        line(t.t("credentials-no-findings"));
    }
}

fn one(t: &Translator, finding: &Finding) -> String {
    let words: Vec<&str> = Fault::ALL
        .into_iter()
        .filter(|fault| finding.faults.contains(fault))
        .map(|fault| fault_word(t, fault))
        .collect();
    let place: Vec<&str> = [&finding.group, &finding.title]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    let place = place.join("/");
    format!("{}. {place}: {}", finding.number, words.join("、"))
}

fn write(
    t: &Translator,
    command: &Check,
    verdict: &Verdict,
    out: &Path,
) -> Result<(), CommandError> {
    let path = match &command.signing_key {
        Some(path) => path.clone(),
        None => default_key().ok_or_else(|| CommandError::Content {
            path: PathBuf::from("--signing-key"),
            reason: t.t("credentials-cli-no-folder").to_owned(),
        })?,
    };
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        std::fs::create_dir_all(parent).map_err(|error| CommandError::File {
            path: parent.to_owned(),
            cause: Cause::from(&error),
        })?;
    }
    let is_new = !path.exists();
    let key = keys::signing_key(&path, KEY_NAME, &SystemIds::new())?;
    let signed = SignedVerdict::sign(verdict, &key).map_err(|_| CommandError::Content {
        path: path.clone(),
        reason: t.t("credentials-cli-foreign-key").to_owned(),
    })?;
    // What was signed is read as the server reads it, so that nothing unreadable is handed over.
    signed.open().map_err(|_| CommandError::Content {
        path: path.clone(),
        reason: t.t("credentials-cli-foreign-key").to_owned(),
    })?;
    let mut text = serde_json::to_string_pretty(&signed)?;
    text.push('\n');
    std::fs::write(out, text).map_err(|error| CommandError::File {
        path: out.to_owned(),
        cause: Cause::from(&error),
    })?;
    line("");
    let name = vec![("file", out.display().to_string())];
    line(said(t, "credentials-cli-written", name));
    if is_new {
        let name = vec![("file", path.display().to_string())];
        line(said(t, "credentials-cli-key-made", name));
    }
    let shown = vec![("fingerprint", fingerprint(&key.verifying_key()))];
    line(said(t, "credentials-cli-fingerprint", shown));
    Ok(())
}

/// Where the key that signs lies, where nobody says otherwise.
fn default_key() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let settings = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("APPDATA"))
        .or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(settings.join("yagura").join("credential-check.key"))
}
