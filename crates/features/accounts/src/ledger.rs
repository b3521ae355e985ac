//! What the ledgers say: permissions and exceptions as the engine compares them, and the other way
//! round what leavers and accepted findings mean for the ledgers.

use std::collections::{HashMap, HashSet};

use accountmatch::model::{Exception, Grant as HeldGrant, Staff};
use accountmatch::names;
use uuid::Uuid;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_ledgers::model::{Content, Exception as LedgerException, Source, State};
use yagura_ledgers::{Grant, GrantFilter, LedgerError};
use yagura_store::{Database, StoreError, Transaction};

use crate::model::{finding_key, parse_finding_key};
use crate::store::{self, FindingRow, SourceRow};

/// The permissions, for each source that their system has; the exceptions of findings.
pub(crate) async fn in_force(
    database: &Database,
    proof: &store::Read,
    sources: &[SourceRow],
    staff: &[Staff],
    today: Date,
) -> Result<(Vec<HeldGrant>, Vec<Exception>), StoreError> {
    let permissions =
        yagura_ledgers::permissions_in_force(database, proof, &GrantFilter::default()).await?;
    let keys: HashMap<String, &str> = staff
        .iter()
        .filter_map(|person| {
            let number = person.number.as_deref()?;
            Some((
                yagura_ledgers::model::person_key(number),
                person.key.as_str(),
            ))
        })
        .collect();
    // A name says whom only where nobody else is called so.
    let mut by_name: HashMap<String, Option<&str>> = HashMap::new();
    for person in staff {
        for name in names::writings(person) {
            by_name
                .entry(name)
                .and_modify(|one| {
                    if *one != Some(person.key.as_str()) {
                        *one = None;
                    }
                })
                .or_insert(Some(&person.key));
        }
    }
    let mut grants = Vec::new();
    for permission in &permissions {
        let number = yagura_ledgers::model::person_key(&permission.staff_number);
        let person = if number.is_empty() {
            by_name
                .get(&names::folded(&permission.name))
                .copied()
                .flatten()
        } else {
            keys.get(&number).copied()
        };
        let until = match permission.state {
            // What is to be taken away ended, whatever its last day was.
            State::ToEnd => {
                let yesterday = today.previous_day();
                match (permission.until, yesterday) {
                    (Some(until), Some(yesterday)) => Some(until.min(yesterday)),
                    (None, yesterday) => yesterday,
                    (until, None) => until,
                }
            }
            _ => permission.until,
        };
        let system_name = names::folded(&permission.system_name);
        for source in sources {
            let is_of = match (permission.system, source.system) {
                (Some(one), Some(other)) => one == other,
                _ => {
                    !system_name.is_empty()
                        && (names::folded(&source.name) == system_name
                            || source
                                .system_name
                                .as_deref()
                                .is_some_and(|name| names::folded(name) == system_name))
                }
            };
            if !is_of {
                continue;
            }
            let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            grants.push(HeldGrant {
                id: permission.id.to_string(),
                staff: person.map(str::to_owned),
                account: given(&permission.account),
                source: source.id.to_string(),
                privileged: permission.privileged,
                functions: permission
                    .function
                    .split(['、', ',', ';', '\n'])
                    .filter_map(given)
                    .collect(),
                from: permission.from,
                until,
            });
        }
    }
    let exceptions = yagura_ledgers::exceptions_in_force(database, proof, today)
        .await?
        .into_iter()
        .filter_map(|exception| {
            let (source, kind, account) = parse_finding_key(&exception.said.finding)?;
            Some(Exception {
                id: exception.id.to_string(),
                source,
                account,
                kind,
                until: exception.said.until?,
            })
        })
        .collect();
    Ok((grants, exceptions))
}

/// Why and by whom a finding is accepted, until when.
pub(crate) struct Accepted<'a> {
    pub(crate) rule: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) permitted_by: &'a str,
    pub(crate) from: Date,
    pub(crate) until: Date,
}

/// Writes an accepted finding into the ledger of exceptions.
pub(crate) async fn open_exception(
    tx: &mut Transaction,
    proof: &Authorized<actions::AcceptAccounts>,
    ids: &dyn IdGenerator,
    finding: &FindingRow,
    source: &SourceRow,
    accepted: &Accepted<'_>,
    now: Instant,
) -> Result<(), LedgerError> {
    let content = Content::Exception(LedgerException {
        name: accepted.rule.to_owned(),
        person: finding.owner_name.clone(),
        account: finding.account_key.chars().take(200).collect(),
        system: source.system,
        system_name: source
            .system_name
            .clone()
            .unwrap_or_else(|| source.name.clone()),
        finding: finding_key(finding.source_id, finding.kind()?, &finding.account_key),
        reason: accepted.reason.to_owned(),
        permitted_by: accepted.permitted_by.to_owned(),
        from: Some(accepted.from),
        until: Some(accepted.until),
        ..LedgerException::default()
    });
    yagura_ledgers::open(tx, proof, ids, content, &Source::ByHand, now)
        .await
        .map(|_| ())
}

/// Permissions of which nobody can say by number or name alone whether they are a leaver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhyOpen {
    /// Somebody of the same name still works here.
    Namesake,
    /// The list gives no number, and permissions of that name carry several.
    Numbers,
}

impl WhyOpen {
    /// The code used in storage and as the tail of message keys.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Namesake => "namesake",
            Self::Numbers => "numbers",
        }
    }
}

/// What a leaver's going means for the permissions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Leaving {
    /// Permissions that are theirs and run.
    pub(crate) ends: Vec<Uuid>,
    /// Why further ones of their name stay until a person has looked.
    pub(crate) open: Option<WhyOpen>,
}

/// Which permissions are a leaver's: what carries the number, and by name what carries none, as long
/// as nobody of that name stays. A namesake must not lose their access.
pub(crate) fn leaving(
    leavers: &[&Staff],
    staying: &[&Staff],
    permissions: &[Grant],
) -> Vec<Leaving> {
    let key = yagura_ledgers::model::person_key;
    let mut by_number: HashMap<String, Vec<&Grant>> = HashMap::new();
    let mut by_name: HashMap<String, Vec<&Grant>> = HashMap::new();
    for grant in permissions
        .iter()
        .filter(|grant| grant.state == State::Open)
    {
        let number = key(&grant.staff_number);
        if !number.is_empty() {
            by_number.entry(number).or_default().push(grant);
        }
        by_name
            .entry(names::folded(&grant.name))
            .or_default()
            .push(grant);
    }
    let mut here: HashSet<String> = HashSet::new();
    let mut numbers_here: HashSet<String> = HashSet::new();
    for person in staying {
        here.extend(names::writings(person));
        numbers_here.extend(person.number.as_deref().map(key));
    }
    leavers
        .iter()
        .map(|person| {
            let own = person.number.as_deref().map(key).unwrap_or_default();
            let of_number = by_number.get(&own).into_iter().flatten();
            let mut ends: Vec<Uuid> = of_number.map(|grant| grant.id).collect();
            let mut writings = names::writings(person);
            writings.sort_unstable();
            writings.dedup();
            let has_namesake = writings.iter().any(|name| here.contains(name));
            let named: Vec<&Grant> = writings
                .iter()
                .filter_map(|name| by_name.get(name))
                .flatten()
                .copied()
                // Of another number it is another person's, where the list says whose.
                .filter(|grant| {
                    let number = key(&grant.staff_number);
                    number.is_empty() || (own.is_empty() && !numbers_here.contains(&number))
                })
                .collect();
            let mut numbers: Vec<String> = named
                .iter()
                .map(|grant| key(&grant.staff_number))
                .filter(|number| !number.is_empty())
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            let open = if named.is_empty() {
                None
            } else if has_namesake {
                Some(WhyOpen::Namesake)
            } else if numbers.len() > 1 {
                Some(WhyOpen::Numbers)
            } else {
                ends.extend(named.iter().map(|grant| grant.id));
                None
            };
            ends.sort_unstable();
            ends.dedup();
            Leaving { ends, open }
        })
        .collect()
}

/// The program's own proof for an institution.
pub(crate) fn own_proof<A: yagura_kernel::policy::ActionType>(
    organization: OrganizationId,
) -> Result<Authorized<A>, String> {
    use yagura_kernel::organization::OrganizationKind;
    use yagura_kernel::policy::{Actor, Principal, Resource, Standing, authorize};
    let principal = std::sync::Arc::new(Principal {
        actor: Actor::System,
        organization,
        organization_kind: OrganizationKind::Hospital,
        roles: Vec::new(),
        second_factor: true,
        token_actions: None,
    });
    let resource = Resource {
        organization,
        standing: Standing::Own,
    };
    authorize(&principal, &resource).map_err(|denial| denial.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: &str, name: &str) -> Staff {
        Staff {
            key: format!("{number}{name}"),
            number: Some(number.to_owned()).filter(|number| !number.is_empty()),
            name: name.to_owned(),
            ..Staff::default()
        }
    }

    fn grant(id: u128, number: &str, name: &str) -> Grant {
        Grant {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            staff_number: number.to_owned(),
            department: String::new(),
            system: None,
            system_name: "電子カルテ".to_owned(),
            function: String::new(),
            account: String::new(),
            privileged: false,
            from: None,
            until: None,
            state: State::Open,
            request: None,
            permitted: true,
        }
    }

    #[test]
    fn a_leavers_permissions_end_and_never_a_namesakes() {
        let permissions = [
            grant(1, "0001", "髙橋 太郎"),
            grant(2, "", "高橋　太郎"),
            grant(3, "0002", "高橋 太郎"),
            grant(4, "", "別の人"),
        ];
        let of = |leaver: Staff, staying: &[Staff]| {
            let staying: Vec<&Staff> = staying.iter().collect();
            let found = leaving(&[&leaver], &staying, &permissions).remove(0);
            let ends: Vec<u128> = found.ends.iter().map(|id| id.as_u128()).collect();
            (ends, found.open)
        };
        let taro = || person("0001", "高橋 太郎");
        assert_eq!(of(taro(), &[]), (vec![1, 2], None));
        let other = || person("0002", "高橋 太郎");
        assert_eq!(of(taro(), &[other()]), (vec![1], Some(WhyOpen::Namesake)));
        let nameless = || person("", "高橋 太郎");
        assert_eq!(of(nameless(), &[]), (vec![], Some(WhyOpen::Numbers)));
        assert_eq!(
            of(nameless(), &[other()]),
            (vec![], Some(WhyOpen::Namesake))
        );
        // The number of somebody who stays under another name is not the leaver's.
        let married = person("0002", "佐藤 太郎");
        assert_eq!(of(nameless(), &[married]), (vec![1, 2], None));
        assert_eq!(of(person("0009", "無関係"), &[]), (vec![], None));
    }
}
