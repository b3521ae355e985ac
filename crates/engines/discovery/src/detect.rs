//! What kind of file this is, by its content.

use crate::model::SourceKind;
use crate::text;

/// How much of the file is looked at.
const HEAD: usize = 65_536;

/// The kind of a file, by its content. The name decides only where content does not: a text with
/// separators is a [`SourceKind::Table`] if nothing else fits.
///
/// `None`: no kind that this library reads. Workbooks are not looked into; the caller reads them
/// into rows and maps their columns.
#[must_use]
pub fn detect(bytes: &[u8], file_name: &str) -> Option<SourceKind> {
    // An even number of bytes, so that UTF-16 is not cut within a character.
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let text = text::decode(head).text;
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if text.is_empty() || text.starts_with("PK\u{3}\u{4}") {
        return None;
    }
    match text.chars().next()? {
        '<' => return xml(text),
        '{' | '[' => return json(text),
        _ => {}
    }
    let name = file_name.to_lowercase();
    lines(text).or_else(|| {
        let looks_like_text = !text.chars().take(4_096).any(|c| {
            (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1A}')) || c == '\u{FFFD}'
        });
        let separated = text
            .lines()
            .next()
            .is_some_and(|line| line.contains([',', '\t', ';']));
        let named = [".csv", ".tsv", ".txt"]
            .iter()
            .any(|end| name.ends_with(end));
        (looks_like_text && separated && (named || text.lines().count() > 1))
            .then_some(SourceKind::Table)
    })
}

fn xml(text: &str) -> Option<SourceKind> {
    let mut rest = text;
    // Declarations and comments before the outermost element.
    for _ in 0..32 {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1;
        } else if rest.starts_with("<!DOCTYPE") {
            let (declaration, after) = rest.split_once('>')?;
            if declaration.contains("nmaprun") {
                return Some(SourceKind::Nmap);
            }
            rest = after;
        } else if rest.starts_with("<?") {
            rest = rest.split_once("?>")?.1;
        } else {
            break;
        }
    }
    if rest.starts_with("<nmaprun") {
        Some(SourceKind::Nmap)
    } else if rest.starts_with("<DHCPServer") {
        Some(SourceKind::WindowsDhcpXml)
    } else {
        None
    }
}

fn json(text: &str) -> Option<SourceKind> {
    let has = |part: &str| text.contains(part);
    if has("\"bomFormat\"") || has("cyclonedx.org/schema") {
        return Some(SourceKind::CycloneDx);
    }
    if has("\"spdxVersion\"") || has("spdx.org/rdf/3") {
        return Some(SourceKind::Spdx);
    }
    if has("\"yagura-collect/") {
        return Some(SourceKind::Collect);
    }
    let is_log = has("\"hostIdentifier\"")
        && (has("\"columns\"") || has("\"snapshot\"") || has("\"diffResults\""));
    if is_log {
        return Some(SourceKind::OsqueryLog);
    }
    let has_table = crate::readers::osquery::TABLES
        .iter()
        .any(|table| has(&format!("\"{table}\"")) || has(&format!("_{table}\"")));
    let has_columns = (has("\"hardware_serial\"") || has("\"hardware_vendor\""))
        || (has("\"interface\"") && (has("\"mac\"") || has("\"address\"")))
        || (has("\"port\"") && has("\"protocol\""))
        || (has("\"name\"") && has("\"version\"") && text.starts_with('['));
    if has_table || (text.starts_with('[') && has_columns) {
        return Some(SourceKind::OsqueryTables);
    }
    // CycloneDX may name its format behind many components.
    (has("\"components\"") && has("\"bom-ref\"")).then_some(SourceKind::CycloneDx)
}

fn lines(text: &str) -> Option<SourceKind> {
    let mut seen_type_line = false;
    for line in text.lines().take(400) {
        let line = line.trim_end();
        let folded =
            text::fold_width(line.get(..line.len().min(2_000)).unwrap_or(line)).to_lowercase();
        let trimmed = folded.trim_start();
        if trimmed.is_empty() || (trimmed.starts_with('#') && !trimmed.starts_with("#type")) {
            continue;
        }
        if trimmed.starts_with("#type") {
            seen_type_line = true;
            continue;
        }
        if trimmed.starts_with("address,") && trimmed.contains("valid_lifetime") {
            return Some(SourceKind::KeaDhcp);
        }
        let compact: String = trimmed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '"')
            .collect();
        if compact.contains("ipaddress") && compact.contains("clientid") {
            return Some(SourceKind::WindowsDhcpCsv);
        }
        let names_host =
            compact.starts_with("hostname,osname") || compact.starts_with("ホスト名,os名");
        if names_host
            && (compact.contains("hotfix(s)")
                || compact.contains("ホットフィックス")
                || compact.contains("osversion")
                || compact.contains("osバージョン"))
        {
            return Some(SourceKind::SystemInfo);
        }
        if trimmed.starts_with("dn:") || trimmed == "version: 1" {
            return Some(SourceKind::Ldif);
        }
        let is_isc = ["lease ", "ia-na ", "ia-ta ", "ia-pd "]
            .iter()
            .any(|head| trimmed.starts_with(head) && trimmed.contains('{'))
            || trimmed.starts_with("authoring-byte-order");
        if is_isc {
            return Some(SourceKind::IscDhcp);
        }
        let words: Vec<&str> = trimmed.split_whitespace().take(6).collect();
        if is_netsh(&words) {
            return Some(SourceKind::WindowsDhcpNetsh);
        }
        if is_dnsmasq(&words) {
            return Some(SourceKind::Dnsmasq);
        }
        let arp_heading = trimmed.starts_with("ip address       hw type")
            || (trimmed.contains("hwtype") && trimmed.contains("hwaddress"))
            || trimmed.starts_with("protocol  address")
            || ((trimmed.starts_with("interface:") || trimmed.starts_with("インターフェイス:"))
                && trimmed.contains("---"));
        if arp_heading || is_neighbour(&words) {
            return Some(SourceKind::Arp);
        }
    }
    seen_type_line.then_some(SourceKind::Table)
}

fn is_address(word: &str) -> bool {
    word.parse::<std::net::IpAddr>().is_ok()
}

fn is_netsh(words: &[&str]) -> bool {
    matches!(words, [ip, dash, mask, ..]
        if is_address(ip) && dash.starts_with('-')
            && (is_address(mask) || is_address(dash.trim_start_matches('-'))))
}

fn is_dnsmasq(words: &[&str]) -> bool {
    match words {
        ["duid", id] => id.contains(':'),
        [expiry, _, address, _, ..] => {
            expiry.len() <= 12 && expiry.chars().all(|c| c.is_ascii_digit()) && is_address(address)
        }
        _ => false,
    }
}

fn is_neighbour(words: &[&str]) -> bool {
    match words {
        [ip, "dev", ..] => is_address(ip),
        [_, ip, "at", ..] => ip.starts_with('('),
        ["internet", ip, ..] => is_address(ip),
        [ip, rest @ ..] if is_address(ip) => rest
            .iter()
            .any(|word| word.len() >= 14 && word.parse::<crate::model::Mac>().is_ok()),
        _ => false,
    }
}
