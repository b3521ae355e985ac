//! Comparison and trend from stored figures.

use yagura_checklists::overview::{rebuild_overseer, refresh_statistics};
use yagura_kernel::policy::actions::ReadComparison;
use yagura_kernel::policy::{Actor, Principal, Resource, Standing, authorize};
use yagura_kernel::time::FiscalYear;
use yagura_region::figures;
use yagura_region::model::comparison::Group;

use crate::service::World;

#[tokio::test]
async fn the_trend_has_a_point_for_each_year_that_has_figures() {
    for world in World::all().await {
        let app = &world.app.app;
        let packs = app.packs();
        let last_year = app.fiscal_year().previous();
        let mut tx = app.database().begin().await.unwrap();
        rebuild_overseer(&mut tx, world.region.id, last_year, app.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        refresh_statistics(
            app.database(),
            &packs,
            world.region.id,
            last_year,
            app.now(),
        )
        .await
        .unwrap();
        let principal = std::sync::Arc::new(Principal {
            actor: Actor::System,
            organization: world.region.id,
            organization_kind: world.region.kind,
            roles: Vec::new(),
            second_factor: true,
            token_actions: None,
        });
        let resource = Resource {
            organization: world.region.id,
            standing: Standing::Own,
        };
        let proof = authorize::<ReadComparison>(&principal, &resource).unwrap();
        let trend = figures::trend(app.database(), &proof, world.region.id, app.now())
            .await
            .unwrap();
        let years: Vec<FiscalYear> = trend.iter().map(|year| year.year).collect();
        assert_eq!(years, [last_year, app.fiscal_year()]);
        for year in &trend {
            let all = year
                .groups
                .iter()
                .find(|group| group.group == Group::All)
                .unwrap();
            assert_eq!(
                (all.members, all.progress.is_some()),
                (3, false),
                "three are too few"
            );
        }
        let page = world.page(world.staff, "/region/trend").await;
        assert!(page.contains("2 年度分"));
        let foreign = figures::trend(app.database(), &proof, world.stranger.id, app.now()).await;
        assert!(foreign.is_err());
    }
}
