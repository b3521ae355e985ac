use crate::support::{PDF, worlds};
#[tokio::test]
#[ignore = "writes pages to look at"]
async fn shots() {
    let world = worlds().await.remove(0);
    let save = |name: &str, page: &str| {
        std::fs::create_dir_all("/tmp/y/ev").unwrap();
        std::fs::write(format!("/tmp/y/ev/{name}.html"), page).unwrap();
    };
    save("empty", &world.app.get(world.director, "/evidence").await.1);
    let id = world
        .piece("電子カルテ保守契約書", Some("2027-03-31"))
        .await;
    world.attach(id, &[world.at("2-6"), world.at("2-1")]).await;
    let e = world.piece("UTM 設定画面の写し", Some("2026-11-25")).await;
    world.attach(e, &[world.at("2-6")]).await;
    let x = world.piece("研修の修了証", Some("2026-11-01")).await;
    world.attach(x, &[world.at("3-1")]).await;
    world.piece("サーバ室の写真", None).await;
    save(
        "library",
        &world.app.get(world.director, "/evidence").await.1,
    );
    save(
        "piece",
        &world
            .app
            .get(world.director, &format!("/evidence/{x}"))
            .await
            .1,
    );
    save(
        "edit",
        &world
            .app
            .get(world.director, &format!("/evidence/{x}/edit"))
            .await
            .1,
    );
    save(
        "withdraw",
        &world
            .app
            .get(world.director, &format!("/evidence/{id}/withdraw"))
            .await
            .1,
    );
    save(
        "version",
        &world
            .app
            .get(world.director, &format!("/evidence/{x}/version"))
            .await
            .1,
    );
    let item = world.at("2-6").to_string();
    save(
        "new",
        &world
            .app
            .get(world.director, &format!("/evidence/new?item={item}"))
            .await
            .1,
    );
    let (_, page) = world
        .upload(
            world.director,
            "/evidence",
            &[("kind", "contract"), ("expires_on", "令和99年13月1日")],
            Some(("契約.pdf", PDF)),
        )
        .await;
    save("kept", &page);
    let (_, page) = world
        .upload(
            world.director,
            "/evidence",
            &[("kind", "contract")],
            Some(("契約.docm", PDF)),
        )
        .await;
    save("refused", &page);
    save(
        "preview",
        &world
            .app
            .get(world.director, &format!("/evidence/{id}/preview"))
            .await
            .1,
    );
    save("home", &world.app.get(world.director, "/").await.1);
}
