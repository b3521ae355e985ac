//! `yagura credentials check`: judges the passwords in KeePass files on the machine where they lie,
//! and writes a signed verdict that names none of them. It needs no installation and no line to a
//! server.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use credentialcheck::verdict::{Finding, LONGEST_LABEL, MOST_FILES};
use credentialcheck::{
    DeviceClass, Fault, GroupMap, Key, Limits, OpenError, Opened, Options, Safe, Verdict,
    check_all, open,
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
    /// KeePass のファイル(.kdbx)。続けて書くと、ファイルをまたぐ使い回しも調べます /
    /// The KeePass files; passwords that stand in two of them are found
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// ファイルの呼び名。ファイルと同じ順に指定します [既定: ファイル名] /
    /// By what each file is known, in the order of the files
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,
    /// キーファイル。1つなら全部に、ファイルと同じ数ならその順に使います /
    /// Key file, besides the password or instead of it: one for all, or one for each
    #[arg(long = "key-file", value_name = "FILE")]
    key_files: Vec<PathBuf>,
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
    /// マスターパスワードを標準入力から読みます。1行なら全部に、ファイルごとなら1行ずつ /
    /// Read the master password from standard input: one line for all, or one for each file
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
    let labels = labels_of(&command, t)?;
    if ![0, 1, command.files.len()].contains(&command.key_files.len()) {
        return Err(refused("--key-file", t.t("credentials-cli-labels")));
    }
    let mut passwords = Passwords::of(&command, t)?;
    let mut opened = Vec::with_capacity(command.files.len());
    for (place, file) in command.files.iter().enumerate() {
        opened.push(opened_one(&command, t, place, file, &mut passwords)?);
    }
    drop(passwords);
    let safes: Vec<Safe<'_>> = labels
        .iter()
        .zip(&opened)
        .map(|(label, opened)| Safe { label, opened })
        .collect();
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
    let verdict = check_all(&safes, &options);
    drop(opened);
    report(t, &verdict);
    if let Some(out) = &command.out {
        write(t, &command, &verdict, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(argument: &str, reason: impl Into<String>) -> CommandError {
    CommandError::Content {
        path: PathBuf::from(argument),
        reason: reason.into(),
    }
}

/// By what each file is known: as given, or by its name.
fn labels_of(command: &Check, t: &Translator) -> Result<Vec<String>, CommandError> {
    if command.files.len() > MOST_FILES {
        let limit = vec![("limit", MOST_FILES.to_string())];
        let reason = said(t, "credentials-cli-too-many-files", limit);
        return Err(refused("FILE", reason));
    }
    let wrong = || refused("--label", t.t("credentials-cli-labels"));
    let labels: Vec<String> = if command.labels.is_empty() {
        let name = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let kept = name.chars().filter(|c| !c.is_control());
            kept.take(LONGEST_LABEL).collect()
        };
        command.files.iter().map(name).collect()
    } else {
        command.labels.clone()
    };
    let is_label = |label: &String| {
        !label.trim().is_empty()
            && label.chars().count() <= LONGEST_LABEL
            && !label.contains(char::is_control)
    };
    let distinct: BTreeSet<&String> = labels.iter().collect();
    if labels.len() != command.files.len()
        || distinct.len() != labels.len()
        || !labels.iter().all(is_label)
    {
        return Err(wrong());
    }
    Ok(labels)
}

/// Opens one of the files.
fn opened_one(
    command: &Check,
    t: &Translator,
    place: usize,
    path: &Path,
    passwords: &mut Passwords,
) -> Result<Opened, CommandError> {
    let limits = Limits::default();
    let file = read_file(path, u64::try_from(limits.file).unwrap_or(u64::MAX))?;
    let key_file = command.key_files.get(place).or(command.key_files.first());
    let key_file = key_file
        .map(|path| read_file(path, LARGEST_KEY_FILE))
        .transpose()?;
    let password = passwords.of_file(place, path, t)?;
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
    opened.map_err(|error| CommandError::Content {
        path: path.to_owned(),
        reason: why(t, &error).to_owned(),
    })
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

/// The master passwords: asked for without echo, or lines of standard input.
enum Passwords {
    Lines(Vec<Zeroizing<String>>),
    Asked,
}

impl Passwords {
    fn of(command: &Check, t: &Translator) -> Result<Self, CommandError> {
        if !command.password_stdin {
            if std::io::stdin().is_terminal() {
                return Ok(Self::Asked);
            }
            let path = command.files.first().cloned().unwrap_or_default();
            return Err(CommandError::Content {
                path,
                reason: t.t("credentials-cli-no-terminal").to_owned(),
            });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let longest = LONGEST_PASSWORD.saturating_mul(command.files.len() as u64);
        std::io::stdin()
            .take(longest)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(&error))?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| refused("-", t.t("credentials-cli-password-utf8")))?;
        let lines = text.lines().map(|line| Zeroizing::new(line.to_owned()));
        Ok(Self::Lines(lines.take(command.files.len()).collect()))
    }

    /// The password of a file: its own line, or the only one.
    fn of_file(
        &mut self,
        place: usize,
        path: &Path,
        t: &Translator,
    ) -> Result<Zeroizing<String>, CommandError> {
        match self {
            Self::Lines(lines) => {
                let only = lines.first().filter(|_| lines.len() == 1);
                Ok(lines.get(place).or(only).cloned().unwrap_or_default())
            }
            Self::Asked => {
                let name = vec![("file", path.display().to_string())];
                eprintln!("{}", said(t, "credentials-cli-which-file", name));
                rpassword::prompt_password(t.t("credentials-cli-password"))
                    .map(Zeroizing::new)
                    .map_err(|error| failed(&error))
            }
        }
    }
}

fn failed(error: &std::io::Error) -> CommandError {
    CommandError::File {
        path: PathBuf::from("-"),
        cause: Cause::from(error),
    }
}

fn why<'t>(t: &'t Translator, error: &OpenError) -> &'t str {
    let key = match error {
        OpenError::TooLarge { .. } => "credentials-cli-too-large",
        OpenError::TooMany { .. } => "credentials-cli-too-many",
        OpenError::NotKeePass => "credentials-cli-not-keepass",
        OpenError::OldFormat => "credentials-cli-old-format",
        OpenError::TooCostly => "credentials-cli-too-costly",
        OpenError::UnpacksTooFar { .. } => "credentials-cli-unpacks-too-far",
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
    let ignored = verdict.ignored();
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
        line(one(t, verdict, finding));
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

fn one(t: &Translator, verdict: &Verdict, finding: &Finding) -> String {
    let words: Vec<&str> = Fault::ALL
        .into_iter()
        .filter(|fault| finding.faults.contains(fault))
        .map(|fault| fault_word(t, fault))
        .collect();
    // Which file it is needs no word where there is one.
    let file = verdict
        .file_of(finding.number)
        .and_then(|(place, _)| verdict.files.get(place))
        .filter(|_| verdict.files.len() > 1)
        .map(|file| file.label.as_str());
    let texts = [&finding.group, &finding.title].into_iter().flatten();
    let place: Vec<&str> = file
        .into_iter()
        .chain(texts.map(String::as_str))
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
