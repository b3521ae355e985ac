//! Acts of people, each in one transaction with its audit entry. The pages and the API do the same
//! through these.

pub(crate) mod requests;

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::policy::{Authorized, actions};
use yagura_web::{Context, Records, WebError};

use crate::model::state::Decision;
use crate::refresh;
use crate::store::findings::{self, Right};
use crate::store::{dictionary, products::TextRow};

/// Decides on findings.
pub(crate) async fn decide(
    context: &Context,
    right: &Right<'_>,
    chosen: &[(Uuid, Option<i64>)],
    decision: &Decision,
) -> Result<usize, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let done = findings::decide(&mut tx, right, ids, chosen, decision, context.now).await?;
    for (id, _) in chosen {
        let detail = json!({ "state": decision.state.code() });
        match right {
            Right::Assess(proof) => {
                context
                    .audit(&mut tx, proof, "vulnerability_finding", id, detail)
                    .await?;
            }
            Right::Accept(proof) => {
                context
                    .audit(&mut tx, proof, "vulnerability_finding", id, detail)
                    .await?;
            }
        }
    }
    let organization = right.organization();
    context
        .app
        .records_changed(&mut tx, organization, Records::Vulnerabilities)
        .await?;
    tx.commit().await?;
    Ok(done)
}

/// Remembers for the institution what a text of its register means, or forgets it.
pub(crate) async fn identify(
    context: &Context,
    proof: &Authorized<actions::AssessVulnerabilities>,
    text: &TextRow,
    cpes: Option<&[String]>,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    match cpes {
        Some(cpes) => {
            let ids = context.app.ids();
            dictionary::decide(&mut tx, proof, ids, &text.text, cpes, context.now).await?;
        }
        None => dictionary::forget(&mut tx, proof, &text.text).await?,
    }
    let detail = json!({ "act": "identify", "text": text.text, "cpes": cpes });
    context
        .audit(&mut tx, proof, "vulnerability_product", text.id, detail)
        .await?;
    refresh::ask(&context.app, &mut tx, text.organization_id).await?;
    tx.commit().await?;
    Ok(())
}

/// Enters a text into the installation's dictionary, or takes it out.
pub(crate) async fn share(
    context: &Context,
    proof: &Authorized<actions::ManageFeeds>,
    text: &str,
    cpes: Option<&[String]>,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    dictionary::share(&mut tx, proof, ids, text, cpes, context.now).await?;
    let detail = json!({ "act": "share", "text": text, "cpes": cpes });
    context
        .audit(&mut tx, proof, "vulnerability_product", "shared", detail)
        .await?;
    tx.commit().await?;
    Ok(())
}
