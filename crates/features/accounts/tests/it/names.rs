//! Names as they are: of two people, of former days, in kana, in variants, in two widths.

use yagura_store::{params, row};

use super::support::{World, worlds};

const STAFF: &str = "職員番号,氏名,フリガナ,所属,入職日,退職日,旧姓\n\
    0001,鈴木　花子,スズキ ハナコ,外来,2020/4/1,,佐藤\n\
    0002,髙﨑 太郎,タカサキ タロウ,医事課,2019/4/1,,\n\
    0003,再雇 一郎,サイコ イチロウ,放射線科,2010/4/1,2020/3/31,\n\
    0003,再雇 一郎,サイコ イチロウ,放射線科,2024/4/1,,\n\
    0004,田中 一郎,タナカ イチロウ,薬剤部,2018/4/1,,\n\
    0005,田中 一郎,タナカ イチロウ,栄養科,2018/4/1,2026/3/31,\n";

const CHART: &str = "利用者ID,利用者氏名,フリガナ,職員番号,停止フラグ,最終ログイン日時\n\
    maiden,佐藤 花子,,,,2026/11/20\n\
    variant,高崎 太郎,,,,2026/11/20\n\
    kana,,ｽｽﾞｷ ﾊﾅｺ,,,2026/11/20\n\
    wide,再雇　一郎,,０００３,,2026/11/20\n\
    both,田中 一郎,,,,2026/11/20\n";

row! {
    struct Owner { state: String, owner_name: String, detail: String }
}

async fn owner(world: &World, account: &str) -> Owner {
    let sql = "SELECT o.state AS state, o.owner_name AS owner_name, o.detail AS detail
               FROM accounts_owners o JOIN accounts_found a ON a.id = o.account_id
               WHERE a.key = $1";
    let database = world.app.app.database();
    database.one(sql, params![account]).await.unwrap()
}

#[tokio::test]
async fn names_only_propose_and_numbers_decide_however_they_are_written() {
    for world in worlds().await {
        let preview = world.take("/accounts/staff", "名簿.csv", STAFF).await;
        assert!(preview.contains("5"), "five people: {preview}");
        let sql = "SELECT count(*) AS n FROM accounts_staff";
        let database = world.app.app.database();
        assert_eq!(
            database.count(sql, params![]).await.unwrap(),
            5,
            "who came back is one person"
        );
        let source = world.source(None).await;
        world.chart(source, CHART).await;
        for (account, name) in [
            ("maiden", "鈴木　花子"),
            ("variant", "髙﨑 太郎"),
            ("kana", "鈴木　花子"),
        ] {
            let owner = owner(&world, account).await;
            assert_eq!(owner.state, "open", "{account}: a name only proposes");
            let detail: serde_json::Value = serde_json::from_str(&owner.detail).unwrap();
            assert_eq!(detail[0]["name"], name, "{account}: {detail}");
        }
        let wide = owner(&world, "wide").await;
        assert_eq!(
            (wide.state.as_str(), wide.owner_name.as_str()),
            ("staff", "再雇 一郎")
        );
        let found = world.findings().await;
        assert!(
            found.iter().all(|one| one.account_key != "wide"),
            "who came back has not left: {found:?}"
        );
        let both = owner(&world, "both").await;
        let detail: serde_json::Value = serde_json::from_str(&both.detail).unwrap();
        assert_eq!(detail.as_array().unwrap().len(), 2, "{detail}");
        // One of the two has left: that stands on the page of leavers, with both.
        let (_, page) = world.app.get(world.operator, "/accounts/leavers").await;
        assert!(page.contains("both"), "{page}");
        assert!(page.contains("0004") && page.contains("0005"), "{page}");
        assert!(!page.contains(">maiden<"), "nobody left there: {page}");
    }
}

#[tokio::test]
async fn a_staff_list_without_names_is_asked_about() {
    for world in worlds().await {
        let without = "職員番号,なまえ?,所属\n0001,鈴木 花子,外来\n";
        let (status, place, _) = world
            .upload("/accounts/staff", "名簿.csv", without.as_bytes())
            .await;
        assert_eq!(status, axum::http::StatusCode::SEE_OTHER);
        let (_, page) = world.app.get(world.operator, &place).await;
        assert!(!page.contains(&format!("{place}/confirm")), "{page}");
        assert!(page.contains("なまえ?"), "the column can be named: {page}");
    }
}
