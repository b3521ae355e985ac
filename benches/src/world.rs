//! The fictional region in a folder or on PostgreSQL, with sessions of its people.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yagura::config::{Config, ConfigArguments};
use yagura::installation::Installation;
use yagura_identity::Visitor;
use yagura_kernel::id::{AccountId, OrganizationId, SheetId};
use yagura_store::{params, row};

use crate::Failure;

row! {
    struct Place {
        account: AccountId,
        role: String,
        organization: OrganizationId,
    }
}

row! {
    struct OwnSheet {
        id: SheetId,
        owner: OrganizationId,
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The token of the session.
    pub(crate) session: String,
    /// The organisation.
    pub(crate) organization: OrganizationId,
    /// This year's sheet of the organisation, where it has one.
    pub(crate) sheet: Option<SheetId>,
}

/// A filled installation.
pub(crate) struct World {
    /// Its folder.
    pub(crate) data: PathBuf,
    /// The database, where it is not in the folder.
    pub(crate) database: Option<String>,
    /// People by role, in the order of their organisations.
    pub(crate) people: BTreeMap<String, Vec<Person>>,
    /// How many sheets of institutions there are this year.
    pub(crate) sheets: usize,
    _folder: tempfile::TempDir,
}

impl World {
    /// Fills an empty installation; `most` people of each role are signed in.
    pub(crate) async fn new(database: Option<String>, most: usize) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let installation = open(&data, database.clone()).await?;
        let app = &installation.app;
        yagura_demonstration::fill(app, |_| {}).await?;
        let places: Vec<Place> = app
            .database()
            .rows(
                "SELECT a.id AS account, s.role AS role, s.organization_id AS organization
                 FROM assignments s JOIN accounts a ON a.person_id = s.person_id
                 ORDER BY s.organization_id",
                params![],
            )
            .await?;
        let sheets: Vec<OwnSheet> = app
            .database()
            .rows(
                "SELECT id, owner_id AS owner FROM sheets
                 WHERE kind = 'institution' AND fiscal_year = $1",
                params![app.fiscal_year().year()],
            )
            .await?;
        let visitor = Visitor::new(None, "benchmark");
        let mut people: BTreeMap<String, Vec<Person>> = BTreeMap::new();
        for place in places {
            let known = people.entry(place.role).or_default();
            if known.len() >= most {
                continue;
            }
            let session = app
                .identity()
                .sign_in_to_demonstration(place.account, &visitor)
                .await?;
            known.push(Person {
                session: session.token.reveal(),
                organization: place.organization,
                sheet: sheets
                    .iter()
                    .find(|sheet| sheet.owner == place.organization)
                    .map(|sheet| sheet.id),
            });
        }
        app.database().close().await;
        Ok(Self {
            data,
            database,
            people,
            sheets: sheets.len(),
            _folder: folder,
        })
    }

    /// People of a role.
    pub(crate) fn of(&self, role: &str) -> Result<&[Person], Failure> {
        self.people
            .get(role)
            .map(Vec::as_slice)
            .ok_or_else(|| format!("the region has no {role}").into())
    }

    /// The arguments with which the program serves it.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "serve".to_owned(),
            "--data".to_owned(),
            self.data.display().to_string(),
        ];
        if let Some(database) = &self.database {
            arguments.extend(["--database".to_owned(), database.clone()]);
        }
        arguments
    }
}

/// Opens the installation in a folder.
pub(crate) async fn open(data: &Path, database: Option<String>) -> Result<Installation, Failure> {
    let config = Config::load(&ConfigArguments {
        data: data.to_owned(),
        database,
        config: None,
    })?;
    Ok(Installation::open(&config, true).await?)
}
