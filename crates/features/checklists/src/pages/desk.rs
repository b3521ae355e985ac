//! What every page of a sheet begins with: whose it is, who reads it, what is on it.

use yagura_kernel::id::SheetId;
use yagura_kernel::policy::{
    Action, Actor, Authorized, Decision, Resource, Standing, actions, decide,
};
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;
use yagura_packs::{Item, Section};
use yagura_store::directory::{self, Organization};
use yagura_store::{StoreError, Transaction};
use yagura_web::ui::layout::{Crumb, NavigationEntry, NavigationGroup};
use yagura_web::{Context, Lang, Translator, WebError};

use super::{item_path, sheet_path};
use crate::model::SheetSubject;
use crate::store::{
    ReadProof, SheetContent, SheetHeader, SheetOwner, WriteProof, owner_of, sheet, sheet_before,
};

/// Under which address a sheet is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// An institution's own sheet.
    Institution,
    /// A vendor's sheet for an institution.
    Vendor,
}

impl Family {
    /// The family of a sheet.
    #[must_use]
    pub const fn of(subject: SheetSubject) -> Self {
        match subject {
            SheetSubject::Institution => Self::Institution,
            SheetSubject::Vendor(_) => Self::Vendor,
        }
    }

    /// The beginning of its addresses.
    #[must_use]
    pub const fn base(self) -> &'static str {
        match self {
            Self::Institution => "/checklists",
            Self::Vendor => "/vendor-sheets",
        }
    }

    pub(crate) const fn write_action(self) -> Action {
        match self {
            Self::Institution => Action::AnswerSheet,
            Self::Vendor => Action::AnswerVendorSheet,
        }
    }
}

/// A permission to read a sheet.
pub(crate) enum ReadGrant {
    Institution(Authorized<actions::ReadSheet>),
    Vendor(Authorized<actions::ReadVendorSheet>),
}

impl ReadGrant {
    /// Asks the policy. What is not of the family, or not covered, is not there.
    pub(crate) async fn ask(
        context: &Context,
        family: Family,
        sheet: SheetId,
    ) -> Result<(SheetOwner, Self), WebError> {
        let owner = owner_of(context.database(), sheet).await?;
        if Family::of(owner.subject) != family {
            return Err(WebError::NotFound);
        }
        let grant = match family {
            Family::Institution => Self::Institution(context.authorize(owner.organization).await?),
            Family::Vendor => Self::Vendor(context.authorize(owner.organization).await?),
        };
        if grant.proof().covers(owner.organization, owner.subject) {
            Ok((owner, grant))
        } else {
            Err(WebError::NotFound)
        }
    }

    pub(crate) const fn proof(&self) -> ReadProof<'_> {
        match self {
            Self::Institution(proof) => ReadProof::Institution(proof),
            Self::Vendor(proof) => ReadProof::Vendor(proof),
        }
    }

    /// Puts the reading into the audit log where the reader is an overseer or the holder of an
    /// inspection link.
    pub(crate) async fn audit_read(
        &self,
        context: &Context,
        sheet: SheetId,
        detail: serde_json::Value,
    ) -> Result<(), StoreError> {
        let is_overseer = matches!(self.proof().standing(), Standing::Overseen(_));
        if !is_overseer && context.principal.actor != Actor::InspectionLink {
            return Ok(());
        }
        match self {
            Self::Institution(proof) => context.audit_read(proof, "sheet", sheet, detail).await,
            Self::Vendor(proof) => context.audit_read(proof, "sheet", sheet, detail).await,
        }
    }
}

/// A permission to fill in a sheet.
pub(crate) enum WriteGrant {
    Institution(Authorized<actions::AnswerSheet>),
    Vendor(Authorized<actions::AnswerVendorSheet>),
}

impl WriteGrant {
    pub(crate) async fn ask(
        context: &Context,
        family: Family,
        sheet: SheetId,
    ) -> Result<Self, WebError> {
        let owner = owner_of(context.database(), sheet).await?;
        if Family::of(owner.subject) != family {
            return Err(WebError::NotFound);
        }
        let grant = match family {
            Family::Institution => Self::Institution(context.authorize(owner.organization).await?),
            Family::Vendor => Self::Vendor(context.authorize(owner.organization).await?),
        };
        if grant.proof().covers(owner.organization, owner.subject) {
            Ok(grant)
        } else {
            Err(WebError::NotFound)
        }
    }

    pub(crate) const fn proof(&self) -> WriteProof<'_> {
        match self {
            Self::Institution(proof) => WriteProof::Institution(proof),
            Self::Vendor(proof) => WriteProof::Vendor(proof),
        }
    }

    pub(crate) async fn audit(
        &self,
        context: &Context,
        tx: &mut Transaction,
        sheet: SheetId,
        detail: serde_json::Value,
    ) -> Result<(), StoreError> {
        match self {
            Self::Institution(proof) => context.audit(tx, proof, "sheet", sheet, detail).await,
            Self::Vendor(proof) => context.audit(tx, proof, "sheet", sheet, detail).await,
        }
    }
}

/// A sheet on the desk of somebody who may read it.
pub(crate) struct Desk {
    pub(crate) family: Family,
    pub(crate) grant: ReadGrant,
    /// Whose it is.
    pub(crate) organization: Organization,
    /// The vendor, where it is a vendor's sheet.
    pub(crate) vendor: Option<Organization>,
    pub(crate) content: SheetContent,
    pub(crate) may_answer: bool,
    pub(crate) may_read_history: bool,
}

impl Desk {
    /// Reads a sheet for its pages. Reading another's sheet is put into the audit log.
    pub(crate) async fn open(
        context: &Context,
        family: Family,
        id: SheetId,
    ) -> Result<Self, WebError> {
        let (owner, grant) = ReadGrant::ask(context, family, id).await?;
        grant.audit_read(context, id, serde_json::json!({})).await?;
        Self::lay_out(context, family, id, owner, grant).await
    }

    /// The same for somebody who is about to fill it in.
    pub(crate) async fn open_to_write(
        context: &Context,
        family: Family,
        id: SheetId,
    ) -> Result<(WriteGrant, Self), WebError> {
        let write = WriteGrant::ask(context, family, id).await?;
        let (owner, grant) = ReadGrant::ask(context, family, id).await?;
        Ok((
            write,
            Self::lay_out(context, family, id, owner, grant).await?,
        ))
    }

    async fn lay_out(
        context: &Context,
        family: Family,
        id: SheetId,
        owner: SheetOwner,
        grant: ReadGrant,
    ) -> Result<Self, WebError> {
        let packs = context.app.packs();
        let content = sheet(context.database(), &packs, grant.proof(), id).await?;
        let organization = if owner.organization == context.organization.id {
            context.organization.clone()
        } else {
            directory::get(context.database(), owner.organization).await?
        };
        let vendor = match owner.subject.vendor() {
            Some(vendor) if vendor == context.organization.id => Some(context.organization.clone()),
            Some(vendor) => Some(directory::get(context.database(), vendor).await?),
            None => None,
        };
        let standing = grant.proof().standing();
        let resource = Resource {
            organization: owner.organization,
            standing,
        };
        let may = |action| decide(&context.principal, action, &resource) == Decision::Allow;
        Ok(Self {
            may_answer: may(family.write_action()),
            may_read_history: family == Family::Vendor || may(Action::ReadHistory),
            family,
            grant,
            organization,
            vendor,
            content,
        })
    }

    pub(crate) fn header(&self) -> &SheetHeader {
        &self.content.header
    }

    pub(crate) fn id(&self) -> SheetId {
        self.content.header.id
    }

    pub(crate) fn path(&self) -> String {
        sheet_path(self.family, self.id())
    }

    pub(crate) fn item_path(&self, item_key: &str) -> String {
        item_path(self.family, self.id(), item_key)
    }

    /// Whether the policy lets the reader do something with the institution's records, without
    /// asking it in earnest: to show or hide a part of a page.
    pub(crate) fn may(&self, context: &Context, action: Action) -> bool {
        let proof = self.grant.proof();
        let resource = Resource {
            organization: proof.organization(),
            standing: proof.standing(),
        };
        decide(&context.principal, action, &resource) == Decision::Allow
    }

    /// 令和8年度チェックリスト, with the vendor where it is a vendor's.
    pub(crate) fn title(&self, t: &Translator) -> String {
        super::words::sheet_title(t, self.header().year, self.vendor.as_ref())
    }

    /// The institution's name where the reader belongs to another organisation.
    pub(crate) fn of_whom(&self, context: &Context) -> Option<&str> {
        (self.organization.id != context.organization.id).then_some(self.organization.name.as_str())
    }

    /// The way to a page of the sheet.
    pub(crate) fn crumbs(&self, t: &Translator) -> Vec<Crumb> {
        vec![Crumb::new(self.title(t), self.path())]
    }

    /// The rows as a side navigation, each with its state.
    pub(crate) fn navigation(&self, t: &Translator, current: &str) -> Vec<NavigationGroup> {
        let back = NavigationEntry::new(t.t("checklist-back-to-sheet").to_owned(), self.path());
        let mut groups = vec![NavigationGroup::unnamed(vec![back])];
        let Some(checklist) = self.content.pack.checklist() else {
            return groups;
        };
        let mut cells = self.header().cells.iter();
        for section in &checklist.sections {
            let entries = section
                .items()
                .map(|item| {
                    let state = cells.next().copied().unwrap_or(CellState::Unanswered);
                    NavigationEntry::new(short_name(t, item), self.item_path(&item.key))
                        .state(state)
                        .current(item.key == current)
                })
                .collect();
            groups.push(NavigationGroup::named(section_title(t, section), entries));
        }
        groups
    }

    /// The newest sheet of an earlier year with its answers.
    pub(crate) async fn before(&self, context: &Context) -> Result<Option<SheetContent>, WebError> {
        let packs = context.app.packs();
        let proof = self.grant.proof();
        let Some(header) = sheet_before(context.database(), proof, self.header()).await? else {
            return Ok(None);
        };
        Ok(Some(
            sheet(context.database(), &packs, proof, header.id).await?,
        ))
    }
}

/// 令和8年度, FY2026.
pub(crate) fn year_label(lang: Lang, year: FiscalYear) -> String {
    match lang {
        Lang::Ja => year.label_ja(),
        Lang::En => year.label_en(),
    }
}

/// ⑥ パッチ.
pub(crate) fn short_name(t: &Translator, item: &Item) -> String {
    format!(
        "{} {}",
        item.row_mark(),
        item.short_label.in_language(t.lang().code())
    )
}

/// 2 医療情報システムの管理・運用.
pub(crate) fn section_title(t: &Translator, section: &Section) -> String {
    format!(
        "{} {}",
        section.number,
        section.title.in_language(t.lang().code())
    )
}
