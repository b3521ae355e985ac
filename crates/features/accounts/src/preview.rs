//! What taking an import over would change now. The files are read again, so that what is shown is
//! what would be written.

use accountmatch::problem::{Problem, ReadError};
use yagura_web::{Context, WebError};

use crate::model::Counts;
use crate::reading::{self, AccountPlan};
use crate::store::{self, Import, SourceRow};

/// What a preview says.
pub(crate) enum Preview {
    /// A staff list.
    Staff {
        people: usize,
        counts: Counts,
        changes: Vec<(&'static str, Vec<String>)>,
        suspicious: bool,
    },
    /// Accounts.
    Accounts {
        accounts: usize,
        plan: AccountPlan,
        untold: Vec<&'static str>,
    },
    /// The files cannot be read like that.
    Refused(ReadError),
}

/// What looking at an import says.
pub(crate) struct Looked {
    pub(crate) preview: Preview,
    pub(crate) problems: Vec<Problem>,
    pub(crate) further: u64,
    pub(crate) cut_off: bool,
}

/// Reads the files again and compares: what is shown is what would be taken over now.
pub(crate) async fn look(
    context: &Context,
    import: &Import,
    source: Option<&SourceRow>,
) -> Result<Looked, WebError> {
    let organization = context.organization.id;
    let (files, mapping) = (import.files.clone(), import.mapping.clone());
    let run = |error: tokio::task::JoinError| WebError::Internal(error.to_string());
    let refused = |error| Looked {
        preview: Preview::Refused(error),
        problems: Vec::new(),
        further: 0,
        cut_off: false,
    };
    if let Some(source) = source {
        let (kind, settings) = (source.kind, source.settings.clone());
        let before = store::accounts_of(context.database(), organization, source.id).await?;
        return tokio::task::spawn_blocking(move || {
            let list = match reading::accounts(&files, kind, mapping.as_ref(), &settings) {
                Ok(list) => list,
                Err(error) => return refused(error),
            };
            let before: Vec<_> = before.into_iter().map(|(_, account)| account).collect();
            let plan = reading::account_plan(&before, &list);
            Looked {
                preview: Preview::Accounts {
                    accounts: list.accounts.len(),
                    plan,
                    untold: list.untold().iter().map(|aspect| aspect.code()).collect(),
                },
                problems: list.problems,
                further: list.further_problems,
                cut_off: list.cut_off,
            }
        })
        .await
        .map_err(run);
    }
    let (before, vanished) = store::staff_of(context.database(), organization).await?;
    let today = context.today;
    tokio::task::spawn_blocking(move || {
        let list = match reading::staff(&files, mapping.as_ref()) {
            Ok(list) => list,
            Err(error) => return refused(error),
        };
        let (known, found, counts) = reading::staff_plan(&before, &vanished, &list, today);
        let new = |positions: Vec<usize>| -> Vec<String> {
            positions
                .iter()
                .filter_map(|position| list.staff.get(*position))
                .map(|person| person.name.clone())
                .collect()
        };
        let old = |positions: Vec<usize>| -> Vec<String> {
            positions
                .iter()
                .filter_map(|position| known.get(*position))
                .map(|person| person.name.clone())
                .collect()
        };
        let changes = vec![
            ("accounts-change-joined", new(found.joined.clone())),
            (
                "accounts-change-returned",
                new(found.returned.iter().map(|pair| pair.after).collect()),
            ),
            (
                "accounts-change-moved",
                new(found.moved.iter().map(|moved| moved.pair.after).collect()),
            ),
            (
                "accounts-change-renamed",
                new(found.renamed.iter().map(|pair| pair.after).collect()),
            ),
            (
                "accounts-change-left",
                old(found.left.iter().map(|left| left.before).collect()),
            ),
            (
                "accounts-change-perhaps",
                new(found.perhaps_same.iter().map(|pair| pair.after).collect()),
            ),
        ];
        Looked {
            preview: Preview::Staff {
                people: list.staff.len(),
                counts,
                changes,
                suspicious: found.suspicious,
            },
            problems: list.problems,
            further: list.further_problems,
            cut_off: list.cut_off,
        }
    })
    .await
    .map_err(run)
}
