//! The worklist of a vendor.

use axum::http::{Method, StatusCode};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;

use crate::support::{EVIL, addresses_on, worlds};

#[tokio::test]
async fn a_hundred_and_twenty_customers_are_paged_and_each_is_there_once() {
    for world in worlds().await {
        let app = &world.app;
        let mut names = Vec::new();
        for number in 0..118 {
            let name = format!("架空{number:03}診療所");
            let customer = app
                .organization(OrganizationKind::Clinic, &name, None)
                .await;
            world.supply(&world.vendor, &customer).await;
            names.push(name);
        }
        for customer in [&world.clinic, &world.hospital] {
            world.supply(&world.vendor, customer).await;
            names.push(customer.name.clone());
        }
        // One begun: it comes first.
        world
            .answer(world.manager, world.hospital.id, &[("1-1", "")])
            .await;
        let mut path = "/customers".to_owned();
        let mut shown = Vec::new();
        let mut pages = 0;
        loop {
            let (status, page) = app.get(world.manager, &path).await;
            assert_eq!(status, StatusCode::OK, "{}", app.engine);
            assert!(page.contains("120"), "says how many there are");
            let here: Vec<&String> = names.iter().filter(|name| page.contains(*name)).collect();
            assert!(here.len() <= 50, "{}", here.len());
            if pages == 0 {
                let first = page.find(&world.hospital.name).unwrap();
                assert!(
                    here.iter()
                        .all(|name| page.find(name.as_str()).unwrap() >= first),
                    "what was begun comes first"
                );
            }
            shown.extend(here.into_iter().cloned());
            pages += 1;
            assert!(pages < 10, "the pages do not end");
            match addresses_on(&page, "/customers?after=").into_iter().next() {
                Some(next) if page.contains("rel=\"next\"") => path = next,
                _ => break,
            }
        }
        shown.sort();
        names.sort();
        assert_eq!(shown, names, "{}", app.engine);
        assert_eq!(pages, 3);

        let (_, page) = app
            .get(world.manager, "/customers?q=%E6%9E%B6%E7%A9%BA00")
            .await;
        assert!(page.contains("架空007診療所") && !page.contains("架空017診療所"));
        let (_, page) = app.get(world.manager, "/customers?state=in_work").await;
        assert!(page.contains("架空中央病院") && !page.contains("架空007診療所"));
        let (_, page) = app.get(world.manager, "/customers?state=done").await;
        assert!(page.contains(&world.words("vendors-worklist-none-found")));
        for nonsense in ["state=all", "after=1.2.3"] {
            let (status, page) = app
                .get(world.manager, &format!("/customers?{nonsense}"))
                .await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{nonsense}");
            assert!(page.contains(&world.words("vendors-error-filter")));
        }
        // The API goes through the same pages.
        let mut cursor = String::new();
        let mut ids = std::collections::BTreeSet::new();
        loop {
            let path = format!("/api/v1/customers?limit=37{cursor}");
            let (status, answer) = app.api(Some(world.manager), Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            for item in answer["items"].as_array().unwrap() {
                assert!(ids.insert(item["organization"].as_str().unwrap().to_owned()));
            }
            match answer["next"].as_str() {
                Some(next) => {
                    let next: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
                    cursor = format!("&cursor={next}");
                }
                None => break,
            }
        }
        assert_eq!(ids.len(), 120);
    }
}

#[tokio::test]
async fn a_sheet_that_exists_is_a_link_and_one_that_does_not_is_opened_by_a_button() {
    for world in worlds().await {
        let app = &world.app;
        let evil = app.organization(OrganizationKind::Clinic, EVIL, None).await;
        world.supply(&world.vendor, &evil).await;
        world.supply(&world.vendor, &world.clinic).await;
        let (_, page) = app.get(world.manager, "/customers").await;
        assert!(!page.contains(EVIL) && page.contains("&lt;script&gt;"));
        assert_eq!(addresses_on(&page, "/vendor-sheets/"), Vec::<String>::new());
        let button = format!("/customers/{}/open", world.clinic.id);
        assert_eq!(addresses_on(&page, &button).len(), 1);
        let (status, sheet) = app.post(world.manager, &button, &[]).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(sheet.starts_with("/vendor-sheets/"), "{sheet}");
        let (status, _) = app.get(world.manager, &sheet).await;
        assert_eq!(status, StatusCode::OK);
        let (_, page) = app.get(world.manager, "/customers").await;
        assert_eq!(addresses_on(&page, "/vendor-sheets/"), [sheet.as_str()]);
        assert!(addresses_on(&page, &button).is_empty());
        // Opening twice leads to the same sheet.
        assert_eq!(app.post(world.manager, &button, &[]).await.1, sheet);
        // The institution finds the same sheet under its vendors.
        let (_, page) = app.get(world.director, "/vendors").await;
        assert_eq!(addresses_on(&page, "/vendor-sheets/"), [sheet.as_str()]);
        assert_eq!(app.get(world.director, &sheet).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_vendor_reaches_its_customers_and_nobody_elses() {
    for world in worlds().await {
        let app = &world.app;
        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.other_vendor, &world.clinic).await;
        let sheet = world
            .answer(world.manager, world.clinic.id, &[("1-1", "")])
            .await;
        for path in [
            format!("/customers/{}/open", world.hospital.id),
            format!("/customers/{}/drafts", world.hospital.id),
        ] {
            let (status, _) = app.post(world.manager, &path, &[("from", "x")]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
        // Another vendor of the same customer does not see what this one answered.
        assert_eq!(
            app.get(world.other_manager, &sheet).await.0,
            StatusCode::NOT_FOUND
        );
        let (_, page) = app.get(world.other_manager, "/customers").await;
        assert!(page.contains(&world.clinic.name) && !page.contains(&sheet));
        // An institution has no customers.
        assert_eq!(
            app.get(world.director, "/customers").await.0,
            StatusCode::FORBIDDEN
        );
        let (status, _) = app
            .api(Some(world.director), Method::GET, "/api/v1/customers", None)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        // Nor has a vendor vendors.
        assert_eq!(
            app.get(world.manager, "/vendors").await.0,
            StatusCode::FORBIDDEN
        );
    }
}

#[tokio::test]
async fn an_ended_contract_leaves_the_worklist_and_the_sheet_stays_with_the_institution() {
    for world in worlds().await {
        let app = &world.app;
        world.supply(&world.vendor, &world.clinic).await;
        let sheet = world
            .answer(world.manager, world.clinic.id, &[("1-1", "")])
            .await;
        let (_, page) = app.get(world.director, "/vendors").await;
        let end = addresses_on(&page, "/vendors/")
            .into_iter()
            .find(|address| address.ends_with("/end"))
            .unwrap();
        let (status, _) = app.post(world.staff, &end, &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = app.post(world.hospital_director, &end, &[]).await;
        assert_eq!(
            status,
            StatusCode::NOT_FOUND,
            "another institution's vendor"
        );
        let (status, to) = app.post(world.director, &end, &[]).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/vendors"));
        let (_, page) = app.get(world.manager, "/customers").await;
        assert!(page.contains(&world.words("vendors-worklist-empty")));
        assert_eq!(
            app.get(world.manager, &sheet).await.0,
            StatusCode::NOT_FOUND
        );
        assert_eq!(app.get(world.director, &sheet).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_to_do_is_counted_on_the_home_page() {
    for world in worlds().await {
        let app = &world.app;
        world.supply(&world.vendor, &world.clinic).await;
        world.supply(&world.vendor, &world.hospital).await;
        let (status, page) = app.get(world.manager, "/").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("2 件のお客さま"), "{page}");
        let (_, page) = app.get(world.director, "/").await;
        assert!(page.contains("事業者 1 社"), "{page}");
        let staff = app.person(&world.vendor, Role::VendorStaff).await;
        let (status, _) = app.get(staff, "/customers").await;
        assert_eq!(status, StatusCode::OK);
    }
}
