//! The one statement of this feature that the directory does not have.

use yagura_kernel::id::AssignmentId;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, Authorized, RULES, actions};
use yagura_kernel::time::Date;
use yagura_store::{ComposedSql, StoreError, Transaction, Value, directory, params, placeholders};

/// What came of ending a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It ended.
    Done,
    /// Nobody would be left who can invite people: the transaction must be dropped.
    LastManager,
}

/// The roles whose holders manage the people of their organisation, as the policy has it.
fn managing_roles() -> Vec<Role> {
    RULES
        .iter()
        .filter(|rule| rule.action == Action::ManagePeople)
        .flat_map(|rule| rule.roles.iter().copied())
        .collect()
}

/// Ends a role with a last day that is over. Two managers who end each other's role at the same
/// time wait for each other here, so that one of them stays.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation has no such assignment.
pub(crate) async fn end_role(
    tx: &mut Transaction,
    proof: &Authorized<actions::ManagePeople>,
    assignment: AssignmentId,
    last_day: Date,
    today: Date,
) -> Result<Ended, StoreError> {
    let organization = proof.organization();
    tx.execute(
        "UPDATE organizations SET name = name WHERE id = $1",
        params![organization],
    )
    .await?;
    directory::end_assignment(tx, organization, assignment, last_day).await?;
    let roles = managing_roles();
    let mut values = params![organization, today];
    values.extend(roles.iter().map(|role| Value::from(role.code())));
    let left = tx
        .count(
            ComposedSql(format!(
                "SELECT count(*) AS n FROM assignments
                 WHERE organization_id = $1 AND valid_from <= $2
                   AND (valid_until IS NULL OR valid_until >= $2) AND role IN ({})",
                placeholders(3, roles.len())
            )),
            values,
        )
        .await?;
    Ok(if left > 0 {
        Ended::Done
    } else {
        Ended::LastManager
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_manage_people_are_those_whom_the_policy_lets() {
        let roles = managing_roles();
        assert!(roles.contains(&Role::Director) && roles.contains(&Role::RegionalManager));
        assert!(!roles.contains(&Role::Staff) && !roles.contains(&Role::RegionalStaff));
    }
}
