//! Links that are out: invitations of vendors and colleagues that nobody has used yet, and links
//! to inspection packs, one that works and one that is over. Their tokens are known to nobody.

use yagura_identity::invitations::{
    self, Authority, InspectionVisit, InvitedVendor, NewInvitation, NewLink, Purpose,
};
use yagura_identity::{Act, Login};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::actions;
use yagura_kernel::time::{Date, Instant};
use yagura_store::Transaction;
use yagura_web::App;

use crate::DemonstrationError;
use crate::facts::Progress;
use crate::members::{Member, Region};
use crate::people::{Employee, People};
use crate::random::{Random, days_after};

/// Every so many members wait for a vendor.
const EVERY: usize = 23;

pub(crate) async fn make(
    app: &App,
    region: &Region,
    people: &People,
) -> Result<(), DemonstrationError> {
    let random = &mut Random::of_stage(5);
    let mut tx = app.database().begin_long().await?;
    for (number, member) in region.members.iter().enumerate() {
        let facts = &member.facts;
        let Some(by) = people.of(member.id).filter(|_| facts.has_accounts) else {
            continue;
        };
        let giver = Giver { app, member, by };
        if facts.shown {
            giver.links_shown(&mut tx).await?;
        } else if number % EVERY == 5 && facts.progress == Progress::Complete {
            giver
                .invite_vendor(&mut tx, number, 2 + random.below(24))
                .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

struct Giver<'a> {
    app: &'a App,
    member: &'a Member,
    by: &'a Employee,
}

impl Giver<'_> {
    fn on(&self, days_ago: i64) -> Date {
        days_after(self.app.today(), -days_ago)
    }

    async fn links_shown(&self, tx: &mut Transaction) -> Result<(), DemonstrationError> {
        let hospital = self.member.kind == OrganizationKind::Hospital;
        if hospital {
            self.invite_vendor(tx, 901, 44).await?;
        }
        // One inspection is over, with the inspector having looked in three times; the next is to
        // come.
        let read = self.share(tx, 41, 34).await?;
        for (days_ago, hour) in [(39, 9), (37, 15), (36, 10)] {
            self.visit(tx, &read, days_ago, hour).await?;
        }
        self.invite_vendor(tx, 900, 9).await?;
        if hospital {
            self.invite_vendor(tx, 902, 4).await?;
            self.invite_colleague(tx, Role::DepartmentHead, "head.demo@example.jp", 3)
                .await?;
        } else {
            self.invite_colleague(tx, Role::Staff, "staff.demo@example.jp", 5)
                .await?;
        }
        self.share(tx, 2, -9).await?;
        Ok(())
    }

    async fn give(
        &self,
        tx: &mut Transaction,
        authority: Authority<'_>,
        purpose: Purpose,
        addressee: Option<&str>,
        (at, expires_at): (Instant, Option<Instant>),
    ) -> Result<NewLink, DemonstrationError> {
        let ids = self.app.shared_ids();
        let act = Act::of(&self.by.principal(), ids.as_ref(), at);
        let addressee = addressee
            .map(Login::parse)
            .transpose()
            .map_err(|_| DemonstrationError::Clock)?;
        let new = NewInvitation {
            purpose,
            organization: Some(self.member.id),
            addressee,
            expires_at,
        };
        Ok(invitations::invite(tx, act, authority, new).await?)
    }

    /// The holder of a link opened the pack.
    async fn visit(
        &self,
        tx: &mut Transaction,
        link: &NewLink,
        days_ago: i64,
        hour: u8,
    ) -> Result<(), DemonstrationError> {
        let ids = self.app.shared_ids();
        let at = Instant::from_jst(self.on(days_ago), hour, 25);
        let visit = InspectionVisit {
            link: link.id,
            organization: self.member.id,
            kind: self.member.kind,
            name: self.member.name.clone(),
            fiscal_year: self.app.fiscal_year(),
            expires_at: link.expires_at,
        };
        let act = Act::of_stranger(ids.as_ref(), at);
        Ok(invitations::count_inspection_visit(tx, act, &visit).await?)
    }

    /// A link to the inspection pack that was made so many days ago and ended so many days ago.
    async fn share(
        &self,
        tx: &mut Transaction,
        made_ago: i64,
        ended_ago: i64,
    ) -> Result<NewLink, DemonstrationError> {
        let proof = self.by.may::<actions::ShareInspectionLink>()?;
        let purpose = Purpose::InspectionPack {
            fiscal_year: self.app.fiscal_year(),
        };
        let at = Instant::from_jst(self.on(made_ago), 14, 15);
        let end = Instant::start_of_jst_day(self.on(ended_ago)).plus_days(1);
        self.give(
            tx,
            Authority::Inspection(&proof),
            purpose,
            None,
            (at, Some(end)),
        )
        .await
    }

    async fn invite_vendor(
        &self,
        tx: &mut Transaction,
        number: usize,
        days_ago: i64,
    ) -> Result<(), DemonstrationError> {
        let proof = self.by.may::<actions::ManageVendors>()?;
        let names = [
            "架空リモート保守株式会社(見本)",
            "架空セキュリティ監視株式会社(見本)",
            "架空検査機器サービス株式会社(見本)",
        ];
        let name = names.get(number % names.len()).copied().unwrap_or_default();
        let purpose = Purpose::Vendor {
            vendor: InvitedVendor::New(name.to_owned()),
            sheet: None,
        };
        let address = format!("invited{number}@example.jp");
        let at = Instant::from_jst(self.on(days_ago), 11, 45);
        self.give(
            tx,
            Authority::Vendors(&proof),
            purpose,
            Some(&address),
            (at, None),
        )
        .await?;
        Ok(())
    }

    async fn invite_colleague(
        &self,
        tx: &mut Transaction,
        role: Role,
        address: &str,
        days_ago: i64,
    ) -> Result<(), DemonstrationError> {
        let proof = self.by.may::<actions::ManagePeople>()?;
        let purpose = Purpose::Join { role, until: None };
        let at = Instant::from_jst(self.on(days_ago), 17, 5);
        self.give(
            tx,
            Authority::People(&proof),
            purpose,
            Some(address),
            (at, None),
        )
        .await?;
        Ok(())
    }
}
