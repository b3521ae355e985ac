//! A small region: a clinic, a hospital, two vendors, a prefecture, a network.

use std::sync::Arc;

use yagura_checklists::model::{AnswerInput, ChangeSource, SheetSubject, YesNo};
use yagura_checklists::store::{
    AnswerChange, SaveError, Saved, SheetContent, SheetHeader, open_sheet, save_answers, sheet,
};
use yagura_kernel::id::{
    AccountId, IdGenerator, OrganizationId, PersonId, RelationId, SheetId, Uuid,
};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{
    ActionType, Actor, Authorized, Principal, Resource, Standing, actions, authorize,
};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::{Clock, Date, FiscalYear, FixedClock, parse_date};
use yagura_packs::Library;
use yagura_store::directory::{
    NewOrganization, NewPerson, NewRelation, insert_all, insert_people, insert_relations,
};
use yagura_store::testing::{TestDatabase, clock, databases, ids};
use yagura_store::{Database, Transaction};

pub(crate) fn day(text: &str) -> Date {
    parse_date(text).unwrap()
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) clock: FixedClock,
    pub(crate) clinic: OrganizationId,
    pub(crate) hospital: OrganizationId,
    pub(crate) vendor: OrganizationId,
    pub(crate) other_vendor: OrganizationId,
    pub(crate) prefecture: OrganizationId,
    pub(crate) network: OrganizationId,
    pub(crate) director: PersonId,
    pub(crate) operator: PersonId,
    pub(crate) _keep: TestDatabase,
}

pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in databases(&[
        yagura_evidence::MIGRATIONS,
        yagura_checklists::store::MIGRATIONS,
    ])
    .await
    {
        worlds.push(World::new(test).await);
    }
    worlds
}

impl World {
    async fn new(test: TestDatabase) -> Self {
        let ids = ids();
        let world = Self {
            database: test.database.clone(),
            clock: clock(),
            clinic: OrganizationId::new(&*ids),
            hospital: OrganizationId::new(&*ids),
            vendor: OrganizationId::new(&*ids),
            other_vendor: OrganizationId::new(&*ids),
            prefecture: OrganizationId::new(&*ids),
            network: OrganizationId::new(&*ids),
            director: PersonId::new(&*ids),
            operator: PersonId::new(&*ids),
            ids,
            _keep: test,
        };
        let mut tx = world.database.begin().await.unwrap();
        let organizations = [
            (
                world.clinic,
                OrganizationKind::Clinic,
                "みどり坂内科クリニック",
                None,
            ),
            (
                world.hospital,
                OrganizationKind::Hospital,
                "架空中央病院",
                Some(420),
            ),
            (
                world.vendor,
                OrganizationKind::Vendor,
                "架空レセコン株式会社",
                None,
            ),
            (
                world.other_vendor,
                OrganizationKind::Vendor,
                "見本システムズ",
                None,
            ),
            (
                world.prefecture,
                OrganizationKind::Prefecture,
                "架空県",
                None,
            ),
            (
                world.network,
                OrganizationKind::Network,
                "架空医療ネット",
                None,
            ),
        ]
        .map(|(id, kind, name, permitted_beds)| NewOrganization {
            id,
            kind,
            name: name.to_owned(),
            code: None,
            region_code: Some("37".to_owned()),
            permitted_beds,
            address: None,
            phone: None,
            email: None,
        });
        insert_all(&mut tx, organizations, world.now())
            .await
            .unwrap();
        let people =
            [(world.director, "架空 太郎"), (world.operator, "見本 花子")].map(|(id, name)| {
                NewPerson {
                    id,
                    name: name.to_owned(),
                    name_kana: None,
                    email: None,
                    phone: None,
                }
            });
        insert_people(&mut tx, people, world.now()).await.unwrap();
        let relations = [
            (
                RelationKind::Supplies,
                world.vendor,
                world.clinic,
                SharingLevel::Status,
            ),
            (
                RelationKind::Supplies,
                world.other_vendor,
                world.clinic,
                SharingLevel::Status,
            ),
            (
                RelationKind::Oversees,
                world.prefecture,
                world.clinic,
                SharingLevel::Answers,
            ),
            (
                RelationKind::Oversees,
                world.prefecture,
                world.hospital,
                SharingLevel::Status,
            ),
            (
                RelationKind::MemberOf,
                world.clinic,
                world.network,
                SharingLevel::Status,
            ),
        ]
        .map(|(kind, from, to, sharing)| world.relation(kind, from, to, sharing));
        insert_relations(&mut tx, relations).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    pub(crate) fn relation(
        &self,
        kind: RelationKind,
        from: OrganizationId,
        to: OrganizationId,
        sharing: SharingLevel,
    ) -> NewRelation {
        NewRelation {
            id: RelationId::new(&*self.ids),
            kind,
            from,
            to,
            sharing,
            valid_from: day("2025-04-01"),
            valid_until: None,
            note: None,
        }
    }

    pub(crate) fn now(&self) -> yagura_kernel::time::Instant {
        self.clock.now()
    }

    pub(crate) fn year(&self) -> FiscalYear {
        FiscalYear::at(self.now())
    }

    fn proof<A: ActionType>(
        &self,
        person: PersonId,
        role: Role,
        own: (OrganizationId, OrganizationKind),
        of: OrganizationId,
        standing: Standing,
    ) -> Authorized<A> {
        let principal = Arc::new(Principal {
            actor: Actor::Person {
                person,
                account: AccountId::from(Uuid::from_u128(1)),
            },
            organization: own.0,
            organization_kind: own.1,
            roles: vec![role],
            second_factor: true,
            token_actions: None,
        });
        authorize(
            &principal,
            &Resource {
                organization: of,
                standing,
            },
        )
        .unwrap()
    }

    /// The director of an institution, on its own records.
    pub(crate) fn own<A: ActionType>(&self, institution: OrganizationId) -> Authorized<A> {
        let own = (institution, OrganizationKind::Clinic);
        self.proof(
            self.director,
            Role::Director,
            own,
            institution,
            Standing::Own,
        )
    }

    /// Somebody else of the clinic.
    pub(crate) fn colleague<A: ActionType>(&self) -> Authorized<A> {
        let own = (self.clinic, OrganizationKind::Clinic);
        self.proof(
            self.operator,
            Role::SystemOperator,
            own,
            self.clinic,
            Standing::Own,
        )
    }

    /// Somebody of a vendor, on the clinic's records.
    pub(crate) fn supplier<A: ActionType>(&self, vendor: OrganizationId) -> Authorized<A> {
        let own = (vendor, OrganizationKind::Vendor);
        self.proof(
            self.operator,
            Role::VendorStaff,
            own,
            self.clinic,
            Standing::Supplied,
        )
    }

    /// The prefecture, on the records of one it oversees.
    pub(crate) fn overseer<A: ActionType>(
        &self,
        of: OrganizationId,
        shares: SharingLevel,
    ) -> Authorized<A> {
        let own = (self.prefecture, OrganizationKind::Prefecture);
        let standing = Standing::Overseen(shares);
        self.proof(self.operator, Role::RegionalStaff, own, of, standing)
    }

    /// The prefecture or the network, on its own records.
    pub(crate) fn region<A: ActionType>(&self, region: OrganizationId) -> Authorized<A> {
        let own = (region, OrganizationKind::Prefecture);
        self.proof(
            self.operator,
            Role::RegionalManager,
            own,
            region,
            Standing::Own,
        )
    }

    pub(crate) fn packs(&self) -> &'static Library {
        Library::builtin()
    }

    pub(crate) async fn open(&self, institution: OrganizationId) -> SheetHeader {
        let proof = self.own::<actions::AnswerSheet>(institution);
        let mut tx = self.database.begin().await.unwrap();
        let header = open_sheet(
            &mut tx,
            (&proof).into(),
            self.packs(),
            &*self.ids,
            self.year(),
            SheetSubject::Institution,
            self.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        header
    }

    pub(crate) async fn read(&self, id: SheetId, institution: OrganizationId) -> SheetContent {
        let proof = self.own::<actions::ReadSheet>(institution);
        sheet(&self.database, self.packs(), (&proof).into(), id)
            .await
            .unwrap()
    }

    pub(crate) async fn save(
        &self,
        id: SheetId,
        institution: OrganizationId,
        changes: &[AnswerChange],
    ) -> Result<Saved, SaveError> {
        let proof = self.own::<actions::AnswerSheet>(institution);
        commit(
            save_answers(
                &self.database,
                self.packs(),
                &*self.ids,
                (&proof).into(),
                id,
                changes,
                self.now(),
            )
            .await,
        )
        .await
    }
}

pub(crate) async fn commit<S, E>(saved: Result<(Transaction, S), E>) -> Result<S, E> {
    let (tx, saved) = saved?;
    tx.commit().await.unwrap();
    Ok(saved)
}

pub(crate) fn change(item: &str, version: i64, answer: YesNo, on: &str) -> AnswerChange {
    AnswerChange {
        item_key: item.to_owned(),
        expected_version: version,
        input: AnswerInput {
            first: Some(answer),
            first_on: Some(day(on)),
            ..AnswerInput::default()
        },
        source: ChangeSource::Typed,
    }
}
