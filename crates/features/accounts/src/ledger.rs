//! What the ledgers say: permissions and exceptions as the engine compares them, and the other way
//! round what leavers and accepted findings mean for the ledgers.

use std::collections::HashMap;

use accountmatch::model::{Exception, Grant, Staff};
use accountmatch::names;
use yagura_kernel::id::{IdGenerator, OrganizationId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_ledgers::model::{Content, Exception as LedgerException, Source, State};
use yagura_ledgers::{GrantFilter, LedgerError, Whom};
use yagura_store::{Database, StoreError, Transaction};

use crate::model::{finding_key, parse_finding_key};
use crate::store::{self, Edit, FindingRow, SourceRow};

/// The permissions, for each source that their system has; the exceptions of findings.
pub(crate) async fn in_force(
    database: &Database,
    proof: &store::Read,
    sources: &[SourceRow],
    staff: &[Staff],
    today: Date,
) -> Result<(Vec<Grant>, Vec<Exception>), StoreError> {
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
            grants.push(Grant {
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

/// Says of the permissions of leavers that they are to be taken away. Gives how many they are, and
/// the names of those whom only a number would tell apart.
pub(crate) async fn leave(
    tx: &mut Transaction,
    proof: &Edit,
    ids: &dyn IdGenerator,
    leavers: &[&Staff],
    reason: &str,
    now: Instant,
) -> Result<(usize, Vec<String>), LedgerError> {
    let (mut ended, mut ambiguous) = (0, Vec::new());
    for person in leavers {
        let whom = Whom {
            staff_number: person.number.clone().unwrap_or_default(),
            name: person.name.clone(),
        };
        match yagura_ledgers::end_permissions_of(tx, proof, ids, &whom, reason, now).await {
            Ok(entries) => ended += entries.len(),
            Err(LedgerError::Ambiguous) => ambiguous.push(person.name.clone()),
            Err(error) => return Err(error),
        }
    }
    Ok((ended, ambiguous))
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
