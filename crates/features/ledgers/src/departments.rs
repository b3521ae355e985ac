//! Who answers for which department.

use async_trait::async_trait;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_store::{Database, StoreError};

/// Departments with who answers for each.
pub type Heads = Vec<(String, Option<PersonId>)>;

/// Says who answers for the departments of an institution. The ledgers ask it who certifies the
/// permissions of a department; the program gives them the one that the desk of requests uses.
#[async_trait]
pub trait Departments: Send + Sync {
    /// The departments that are known, with who answers for each.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    async fn heads(
        &self,
        database: &Database,
        organization: OrganizationId,
    ) -> Result<Heads, StoreError>;
}

/// Who answers for the records of a department in the register answers for its people too.
#[derive(Debug, Clone, Copy, Default)]
pub struct OfTheRegister;

#[async_trait]
impl Departments for OfTheRegister {
    async fn heads(
        &self,
        database: &Database,
        organization: OrganizationId,
    ) -> Result<Heads, StoreError> {
        yagura_inventory::departments_at_the_desk(database, organization).await
    }
}
