use crate::support::worlds;
use yagura_contacts::{Category, NewEntry};
#[tokio::test]
#[ignore = "writes pages to look at"]
async fn shots() {
    let world = worlds().await.remove(0);
    let save = |name: &str, page: &str| {
        std::fs::create_dir_all("/tmp/y/co").unwrap();
        std::fs::write(format!("/tmp/y/co/{name}.html"), page).unwrap();
    };
    save("empty", &world.app.get(world.director, "/contacts").await.1);
    save(
        "emergency-empty",
        &world.app.get(world.director, "/emergency").await.1,
    );
    world.fill().await;
    let first = world.chart().await.entries[0].id;
    world
        .try_add(NewEntry {
            category: Category::Inside,
            name: "架空 次郎".into(),
            role: "事務長".into(),
            deputy_of: Some(first),
            day_phone: "内線 11".into(),
            night_phone: "090-0000-0001".into(),
            ..NewEntry::default()
        })
        .await
        .unwrap();
    world
        .try_add(NewEntry {
            category: Category::Mhlw,
            name: "厚生労働省 医政局".into(),
            day_phone: "03-6812-7837".into(),
            pack_key: Some("mhlw".into()),
            unverified: true,
            ..NewEntry::default()
        })
        .await
        .unwrap();
    save("chart", &world.app.get(world.director, "/contacts").await.1);
    let revision = world.chart().await.revision;
    world.confirm(revision).await.unwrap();
    save(
        "confirmed",
        &world.app.get(world.director, "/contacts").await.1,
    );
    save(
        "emergency",
        &world.app.get(world.director, "/emergency").await.1,
    );
    save(
        "new",
        &world
            .app
            .get(world.director, "/contacts/new?from=national:mhlw")
            .await
            .1,
    );
    save(
        "edit",
        &world
            .app
            .get(world.director, &format!("/contacts/{first}/edit"))
            .await
            .1,
    );
    use axum::body::Body;
    use http_body_util::BodyExt as _;
    for (name, path) in [("chart", "/contacts.pdf"), ("emergency", "/emergency.pdf")] {
        let request = axum::http::Request::builder()
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let response = world.app.send(Some(world.director), request).await;
        std::fs::write(
            format!("/tmp/y/co/{name}.pdf"),
            response.into_body().collect().await.unwrap().to_bytes(),
        )
        .unwrap();
    }
}
