//! Acts on the register, each in one transaction with its audit entry. The pages and the API do the
//! same through these.

use serde_json::json;
use uuid::Uuid;
use yagura_kernel::id::{OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, FiscalYear, Instant};
use yagura_store::{StoreError, Transaction, directory};
use yagura_web::{Context, Records, WebError};

use crate::campaign;
use crate::import::{self, Answer, Counts, Decisions, FileError, Plan, SourceFile, Surroundings};
use crate::model::{Asset, Content, RecordKind};
use crate::store::{self, Claim, InventoryError, Written};

/// Why an act could not be done.
#[derive(Debug)]
pub(crate) enum ActError {
    /// The field refers to something that is none of this institution's.
    Reference(&'static str),
    /// Anything else.
    Web(WebError),
}

impl From<InventoryError> for ActError {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::Reference(field) => Self::Reference(field),
            error => Self::Web(error.into()),
        }
    }
}

impl From<yagura_store::StoreError> for ActError {
    fn from(error: yagura_store::StoreError) -> Self {
        Self::Web(error.into())
    }
}

impl From<ActError> for WebError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Reference(field) => InventoryError::Reference(field).into(),
            ActError::Web(error) => error,
        }
    }
}

type Edit = Authorized<actions::EditInventory>;

/// Ends the transaction of a change: other features hear of it, and it is kept.
async fn keep(
    context: &Context,
    mut tx: Transaction,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    context
        .app
        .records_changed(&mut tx, organization, Records::Inventory)
        .await?;
    tx.commit().await
}

fn resource<C: Content>() -> &'static str {
    match C::KIND {
        crate::model::RecordKind::System => "inventory_system",
        crate::model::RecordKind::Connection => "inventory_connection",
        crate::model::RecordKind::Asset => "inventory_asset",
    }
}

/// Adds a record.
pub(crate) async fn add<C: Content>(
    context: &Context,
    proof: &Edit,
    content: &C,
) -> Result<Uuid, ActError> {
    let mut tx = context.database().begin().await?;
    let id = store::add(&mut tx, proof, context.app.ids(), content, context.now).await?;
    let detail = json!({ "act": "add" });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    keep(context, tx, proof.organization()).await?;
    Ok(id)
}

/// Changes a record.
pub(crate) async fn change<C: Content>(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    revision: i64,
    content: &C,
) -> Result<Written, ActError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let written = store::change(&mut tx, proof, ids, id, revision, content, context.now).await?;
    if written.changed.is_empty() {
        return Ok(written);
    }
    // The log names fields; what stood in them is in the register's own history.
    let fields: Vec<&String> = written.changed.keys().collect();
    let detail = json!({ "act": "change", "fields": fields });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    keep(context, tx, proof.organization()).await?;
    Ok(written)
}

/// Takes a record out.
pub(crate) async fn remove<C: Content>(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    revision: i64,
) -> Result<C, WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let content: C = store::remove(&mut tx, proof, ids, id, revision, context.now).await?;
    let detail = json!({ "act": "remove" });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    keep(context, tx, proof.organization()).await?;
    Ok(content)
}

/// Confirms a record for the present fiscal year.
pub(crate) async fn confirm<C: Content>(
    context: &Context,
    proof: &Authorized<actions::ConfirmInventory>,
    id: Uuid,
    revision: i64,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::confirm::<C>(&mut tx, proof, ids, id, revision, context.now).await?;
    let detail = json!({ "act": "confirm", "revision": revision });
    context
        .audit(&mut tx, proof, resource::<C>(), id, detail)
        .await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Everything that an import is held against.
pub(crate) async fn surroundings(
    context: &Context,
    organization: OrganizationId,
    mut reader: store::Reader<'_>,
    files: &[SourceFile],
) -> Result<Surroundings, yagura_store::StoreError> {
    let records = match files.iter().any(|file| file.sheet().is_some()) {
        true => store::records_for_sheets(&mut reader, organization).await?,
        false => import::sheet::Records::default(),
    };
    let register = store::known(reader, organization).await?;
    let systems = store::systems(context.database(), organization).await?;
    let vendors = directory::suppliers_of(context.database(), organization, context.today).await?;
    let vendors = vendors
        .into_iter()
        .map(|(_, vendor)| (vendor.id, vendor.name));
    Ok(Surroundings {
        register,
        records,
        seen_days: store::seen_days(context.database(), organization).await?,
        names: import::Names::new(
            systems.into_iter().map(|named| (named.id, named.name)),
            vendors,
        ),
        now: context.now,
    })
}

/// Makes a plan on a thread of its own: it takes processor time.
async fn planned(
    files: Vec<SourceFile>,
    around: Surroundings,
    decisions: Decisions,
) -> Result<(Plan, Vec<SourceFile>, Surroundings), WebError> {
    let work = move || {
        let plan = import::plan(&files, &around, &decisions);
        (plan, files, around)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))
}

/// What an import that waits would do as the register stands.
pub(crate) async fn preview(
    context: &Context,
    organization: OrganizationId,
    files: Vec<SourceFile>,
    decisions: Decisions,
) -> Result<(Plan, Vec<SourceFile>), WebError> {
    let reader = store::Reader::Database(context.database());
    let around = surroundings(context, organization, reader, &files).await?;
    let (plan, files, _) = planned(files, around, decisions).await?;
    Ok((plan, files))
}

/// Why files are not taken: the name of the file, and what is wrong with it.
pub(crate) type Refused = (String, FileError);

/// Reads files and keeps them until their import is confirmed.
pub(crate) async fn start_import(
    context: &Context,
    proof: &Edit,
    files: Vec<(String, bytes::Bytes)>,
) -> Result<Result<Uuid, Refused>, WebError> {
    let remembered = store::remembered_mappings(context.database(), proof).await?;
    let reading = move || {
        let mut found: Vec<SourceFile> = Vec::new();
        for (name, bytes) in files {
            let name = yagura_kernel::text::safe_file_name(&name);
            match import::read_file(&bytes, &name, &remembered) {
                Ok(files) => found.extend(files),
                Err(error) => return Err((name, error)),
            }
        }
        // Places are named by file: two of one name could not be told apart.
        let mut seen = std::collections::BTreeMap::<String, usize>::new();
        for file in &mut found {
            let times = seen.entry(file.name.clone()).or_default();
            *times += 1;
            if *times > 1 {
                file.name = format!("{} ({times})", file.name);
            }
        }
        Ok(found)
    };
    let read = tokio::task::spawn_blocking(reading)
        .await
        .map_err(|error| WebError::Internal(error.to_string()))?;
    let files = match read {
        Ok(files) => files,
        Err(refused) => return Ok(Err(refused)),
    };
    let mut decisions = Decisions::default();
    let reader = store::Reader::Database(context.database());
    let excused = store::strangers(reader, proof.organization()).await?;
    decisions.left_out = excused
        .into_iter()
        .filter(|stranger| stranger.excused.is_some())
        .map(|stranger| format!("new:{}", stranger.key))
        .collect();
    let (mut plan, mut files) =
        preview(context, proof.organization(), files, decisions.clone()).await?;
    // Who was told before that a device stays out is not asked again.
    for question in &plan.questions {
        let excused = format!("new:{}", question.known_as);
        if decisions.left_out.contains(&excused) {
            let answer = Answer::LeaveOut;
            decisions.answers.insert(question.key.clone(), answer);
        }
    }
    if !decisions.answers.is_empty() {
        (plan, files) = preview(context, proof.organization(), files, decisions.clone()).await?;
    }
    let id = context.app.ids().id();
    let mut tx = context.database().begin_long().await?;
    store::insert_import(
        &mut tx,
        proof,
        id,
        &files,
        &decisions,
        plan.counts(),
        context.now,
    )
    .await?;
    let detail = json!({ "act": "preview", "files": files.len() });
    context
        .audit(&mut tx, proof, "inventory_import", id, detail)
        .await?;
    tx.commit().await?;
    Ok(Ok(id))
}

/// Assigns the columns of a table anew, and remembers it for the next file of the same form.
pub(crate) async fn assign_columns(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    mut files: Vec<SourceFile>,
    decisions: &Decisions,
) -> Result<(), WebError> {
    for file in &mut files {
        match &mut file.content {
            import::FileContent::Table(table) => table.is_remembered = true,
            import::FileContent::Sheet(sheet) => sheet.is_remembered = true,
            import::FileContent::Report(_) => {}
        }
    }
    let (plan, files) = preview(context, proof.organization(), files, decisions.clone()).await?;
    let mut tx = context.database().begin_long().await?;
    store::replace_files(&mut tx, proof, id, &files, plan.counts()).await?;
    for table in files.iter().filter_map(SourceFile::table) {
        store::remember_mapping(&mut tx, proof, &table.mapping, context.now).await?;
    }
    for sheet in files.iter().filter_map(SourceFile::sheet) {
        store::remember_sheet(&mut tx, proof, &sheet.mapping(), context.now).await?;
    }
    let detail = json!({ "act": "assign_columns" });
    context
        .audit(&mut tx, proof, "inventory_import", id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Notes what a person decided on a preview.
pub(crate) async fn decide(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    decisions: &Decisions,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::decide(&mut tx, proof, id, decisions).await?;
    Ok(tx.commit().await?)
}

/// Why an import is not taken over.
#[derive(Debug)]
pub(crate) enum ImportRefused {
    /// The preview would say something else now.
    LookAgain,
    /// Anything else.
    Web(WebError),
}

impl<E: Into<InventoryError>> From<E> for ImportRefused {
    fn from(error: E) -> Self {
        match error.into() {
            InventoryError::LookAgain => Self::LookAgain,
            error => Self::Web(error.into()),
        }
    }
}

/// Takes an import over in one transaction. A form that is sent twice does it once. `seen` is the
/// fingerprint of the preview that the person looked at.
///
/// # Errors
/// [`ImportRefused::LookAgain`] where the preview would say something else now.
pub(crate) async fn confirm_import(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    seen: Option<&str>,
) -> Result<Counts, ImportRefused> {
    let mut tx = context.database().begin_long().await?;
    let (files, decisions) = match store::claim_import(&mut tx, proof, id, context.now).await? {
        Claim::Done(counts) => return Ok(counts),
        Claim::Yours(files, decisions) => (files, decisions),
    };
    let around = surroundings(
        context,
        proof.organization(),
        store::Reader::Transaction(&mut tx),
        &files,
    )
    .await?;
    let planned = planned(files, around, decisions).await;
    let (plan, files, around) = planned.map_err(ImportRefused::Web)?;
    if seen.is_some_and(|seen| seen != plan.fingerprint()) {
        return Err(ImportRefused::LookAgain);
    }
    let ids = context.app.ids();
    store::apply_sheets(&mut tx, proof, ids, id, &plan.sheets, context.now).await?;
    let added = store::apply(&mut tx, proof, ids, id, &plan, context.now).await?;
    store::note_strangers(&mut tx, proof, ids, &plan.strangers(), context.now).await?;
    let reader = store::Reader::Transaction(&mut tx);
    let strangers = store::strangers(reader, proof.organization()).await?;
    let known = import::after(&plan, &added, around);
    let devices: Vec<(Uuid, discovery::model::Device)> = strangers
        .iter()
        .map(|stranger| Ok((stranger.id, stranger.device()?)))
        .collect::<Result<_, yagura_store::StoreError>>()?;
    let recognised = tokio::task::spawn_blocking(move || import::recognised(&devices, &known))
        .await
        .map_err(|error| ImportRefused::Web(WebError::Internal(error.to_string())))?;
    store::forget_strangers(&mut tx, proof, &recognised).await?;
    let counts = plan.counts();
    store::finish_import(&mut tx, proof, id, counts).await?;
    let detail = json!({ "act": "import", "files": files.len(), "counts": counts });
    context
        .audit(&mut tx, proof, "inventory_import", id, detail)
        .await?;
    keep(context, tx, proof.organization()).await?;
    Ok(counts)
}

/// Drops an import that waits.
pub(crate) async fn cancel_import(
    context: &Context,
    proof: &Edit,
    id: Uuid,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::cancel_import(&mut tx, proof, id, context.now).await?;
    let detail = json!({ "act": "cancel" });
    context
        .audit(&mut tx, proof, "inventory_import", id, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Adds a device that stood in no row to the register.
pub(crate) async fn register_stranger(
    context: &Context,
    proof: &Edit,
    id: Uuid,
) -> Result<(Uuid, Asset), WebError> {
    let stranger = store::stranger(context.database(), proof, id).await?;
    let asset = import::record_of(&stranger.device()?);
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let record =
        store::register_stranger(&mut tx, proof, ids, &stranger, &asset, context.now).await?;
    let detail = json!({ "act": "add", "stranger": id });
    context
        .audit(&mut tx, proof, "inventory_asset", record, detail)
        .await?;
    keep(context, tx, proof.organization()).await?;
    Ok((record, asset))
}

/// Notes why a device stays out of the register; without a reason it asks again.
pub(crate) async fn excuse_stranger(
    context: &Context,
    proof: &Edit,
    id: Uuid,
    reason: Option<&str>,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::excuse(&mut tx, proof, id, reason, context.now).await?;
    let detail = json!({ "act": if reason.is_some() { "excuse" } else { "ask_again" } });
    context
        .audit(&mut tx, proof, "inventory_stranger", id, detail)
        .await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// The services that listen on a device are those that may listen from now on.
pub(crate) async fn accept_services(
    context: &Context,
    proof: &Edit,
    asset: Uuid,
    seen_at: Instant,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    store::accept_services(&mut tx, proof, ids, asset, seen_at, context.now).await?;
    let detail = json!({ "act": "accept_services" });
    context
        .audit(&mut tx, proof, "inventory_asset", asset, detail)
        .await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Keeps what a vendor says of its connections to a customer.
pub(crate) async fn say(
    context: &Context,
    proof: &Authorized<actions::ConfirmCustomerConnections>,
    said: &store::Said,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::say(&mut tx, proof, context.app.ids(), said, context.now).await?;
    let subject = said.connection.map(|(id, _)| id.to_string());
    let subject = subject.unwrap_or_else(|| proof.organization().to_string());
    let detail = json!({ "act": "vendor_said", "word": said.word.code() });
    context
        .audit(&mut tx, proof, "inventory_connection", subject, detail)
        .await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Notes that the institution dealt with what a vendor said.
pub(crate) async fn settle(context: &Context, proof: &Edit, word: Uuid) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::settle(&mut tx, proof, word, context.now).await?;
    let detail = json!({ "act": "settle" });
    context
        .audit(&mut tx, proof, "inventory_vendor_word", word, detail)
        .await?;
    Ok(keep(context, tx, proof.organization()).await?)
}

/// Begins the yearly confirmation, or sets another last day. When it begins, those who confirm and
/// the vendors are told.
pub(crate) async fn start_campaign(
    context: &Context,
    proof: &Edit,
    due_on: Date,
) -> Result<(), WebError> {
    let year = FiscalYear::of(context.today);
    let read = context.authorize_own::<actions::ReadInventory>().await?;
    let is_new = store::campaign(context.database(), &read, year)
        .await?
        .is_none();
    let mut tx = context.database().begin().await?;
    store::start_campaign(&mut tx, proof, year, due_on, context.now).await?;
    if is_new {
        campaign::tell(&context.app, &mut tx, proof.organization(), due_on).await?;
        campaign::ask_vendors(&context.app, &mut tx, &context.organization, due_on).await?;
    }
    let detail = json!({ "act": "campaign", "due_on": due_on.to_string(), "new": is_new });
    context
        .audit(&mut tx, proof, "inventory_campaign", year.year(), detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Says who answers for a department.
pub(crate) async fn set_responsible(
    context: &Context,
    proof: &Edit,
    department: &str,
    person: Option<PersonId>,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::set_responsible(&mut tx, proof, department, person).await?;
    let detail = json!({ "act": "responsible", "department": department, "person": person });
    let organization = proof.organization();
    context
        .audit(&mut tx, proof, "inventory_campaign", organization, detail)
        .await?;
    Ok(tx.commit().await?)
}

/// Sets after how many days a device counts as not seen.
pub(crate) async fn set_seen_days(
    context: &Context,
    proof: &Edit,
    days: i64,
) -> Result<(), WebError> {
    let mut tx = context.database().begin().await?;
    store::set_seen_days(&mut tx, proof, days, context.now).await?;
    let detail = json!({ "act": "seen_days", "days": days });
    let organization = proof.organization();
    context
        .audit(&mut tx, proof, "inventory_settings", organization, detail)
        .await?;
    Ok(keep(context, tx, organization).await?)
}

/// Confirms several records; gives how many, and how many were left because somebody changed them.
pub(crate) async fn confirm_many(
    context: &Context,
    proof: &Authorized<actions::ConfirmInventory>,
    chosen: &[(RecordKind, Uuid, i64)],
) -> Result<(usize, usize), WebError> {
    let mut tx = context.database().begin().await?;
    let ids = context.app.ids();
    let (confirmed, left) = store::confirm_many(&mut tx, proof, ids, chosen, context.now).await?;
    let records: Vec<Uuid> = chosen.iter().map(|(_, id, _)| *id).collect();
    let detail = json!({ "act": "confirm", "records": records, "confirmed": confirmed });
    let organization = proof.organization();
    context
        .audit(&mut tx, proof, "inventory_campaign", organization, detail)
        .await?;
    keep(context, tx, organization).await?;
    Ok((confirmed, left))
}
