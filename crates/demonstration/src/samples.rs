//! The files behind answers: a dozen small ones that all institutions share. Every page of them
//! says that it is a sample. The PDFs lie beside the source as `yagura_documents` made them
//! (`tests/it/samples.rs` makes them anew), so that a start needs no typesetter; the rest is made
//! here.

use bytes::Bytes;
use futures_util::stream;
use yagura_evidence::{EvidenceKind, MediaType, store_judged};
use yagura_store::blobs::StoredBlob;
use yagura_web::App;

use crate::DemonstrationError;
use crate::picture;

/// For how long a piece counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Without an end.
    Open,
    /// Until the end of a contract or a licence.
    Ends,
}

/// A piece that an institution may keep.
#[derive(Debug)]
pub(crate) struct Sample {
    /// What people call it.
    pub(crate) title: &'static str,
    pub(crate) kind: EvidenceKind,
    pub(crate) file_name: &'static str,
    pub(crate) validity: Validity,
    /// Keys of the rows behind which it stands, in the editions since 令和7 and before.
    pub(crate) items: &'static [&'static str],
    content: Content,
}

#[derive(Debug, Clone, Copy)]
enum Content {
    File(&'static [u8]),
    Text(fn() -> String),
    Picture(fn() -> Vec<u8>),
}

/// Every piece, those first that most institutions have.
pub(crate) const SAMPLES: [Sample; 12] = [
    Sample {
        title: "情報機器の資産台帳(見本)",
        kind: EvidenceKind::Document,
        file_name: "資産台帳(見本).csv",
        validity: Validity::Open,
        items: &["2-1"],
        content: Content::Text(ledger),
    },
    Sample {
        title: "電子カルテシステム保守契約書(見本)",
        kind: EvidenceKind::Contract,
        file_name: "保守契約書(見本).pdf",
        validity: Validity::Ends,
        items: &["2-2"],
        content: Content::File(include_bytes!("../assets/contract.pdf")),
    },
    Sample {
        title: "医療情報セキュリティ開示書 MDS/SDS(見本)",
        kind: EvidenceKind::Certificate,
        file_name: "開示書(見本).pdf",
        validity: Validity::Ends,
        items: &["2-3"],
        content: Content::File(include_bytes!("../assets/disclosure.pdf")),
    },
    Sample {
        title: "アカウント棚卸し記録(見本)",
        kind: EvidenceKind::Document,
        file_name: "アカウント棚卸し(見本).csv",
        validity: Validity::Open,
        items: &["2-4", "2-5", "2-4-server", "2-5-server", "2-5-terminal"],
        content: Content::Text(accounts),
    },
    Sample {
        title: "サイバー攻撃を想定した事業継続計画 BCP(見本)",
        kind: EvidenceKind::Document,
        file_name: "BCP(見本).pdf",
        validity: Validity::Open,
        items: &["3-3"],
        content: Content::File(include_bytes!("../assets/bcp.pdf")),
    },
    Sample {
        title: "運用管理規程(見本)",
        kind: EvidenceKind::Document,
        file_name: "運用管理規程(見本).pdf",
        validity: Validity::Open,
        items: &["4-1", "2-7", "2-8"],
        content: Content::File(include_bytes!("../assets/rules.pdf")),
    },
    Sample {
        title: "バックアップ取得と復旧確認の記録(見本)",
        kind: EvidenceKind::Log,
        file_name: "バックアップ記録(見本).txt",
        validity: Validity::Open,
        items: &["3-2"],
        content: Content::Text(backups),
    },
    Sample {
        title: "更新プログラム適用状況の画面(見本)",
        kind: EvidenceKind::Screenshot,
        file_name: "更新状況(見本).png",
        validity: Validity::Open,
        items: &["2-6", "2-7-server", "2-7-terminal", "2-7-network"],
        content: Content::Picture(picture::updates),
    },
    Sample {
        title: "教育実施記録(見本)",
        kind: EvidenceKind::Document,
        file_name: "教育実施記録(見本).pdf",
        validity: Validity::Open,
        items: &["1-1", "2-9"],
        content: Content::File(include_bytes!("../assets/training.pdf")),
    },
    Sample {
        title: "アクセスログ点検記録(見本)",
        kind: EvidenceKind::Log,
        file_name: "アクセスログ点検(見本).txt",
        validity: Validity::Open,
        items: &["2-11-server", "2-6-server"],
        content: Content::Text(access_log),
    },
    Sample {
        title: "ルーターの接続元制限の設定画面(見本)",
        kind: EvidenceKind::Screenshot,
        file_name: "接続元制限(見本).png",
        validity: Validity::Open,
        items: &["2-13-network", "2-8-network"],
        content: Content::Picture(picture::filter),
    },
    Sample {
        title: "医療情報システム安全管理責任者 任命書(見本)",
        kind: EvidenceKind::Document,
        file_name: "任命書(見本).pdf",
        validity: Validity::Open,
        items: &["1-1"],
        content: Content::File(include_bytes!("../assets/appointment.pdf")),
    },
];

/// A sample whose content is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) media_type: MediaType,
    pub(crate) blob: StoredBlob,
}

/// Stores the content of every sample, judged as an upload is. In the order of [`SAMPLES`].
pub(crate) async fn store(app: &App) -> Result<Vec<Stored>, DemonstrationError> {
    let mut stored = Vec::with_capacity(SAMPLES.len());
    for sample in &SAMPLES {
        let content = match sample.content {
            Content::File(bytes) => Bytes::from_static(bytes),
            Content::Text(text) => Bytes::from(text()),
            Content::Picture(picture) => Bytes::from(picture()),
        };
        let parts = stream::iter([Ok::<_, std::convert::Infallible>(content)]);
        let limit = app.config().upload_limit;
        let id = app.ids().id();
        let upload = store_judged(app.blobs(), id, sample.file_name, parts, limit).await?;
        stored.push(Stored {
            media_type: upload.media_type,
            blob: upload.blob,
        });
    }
    Ok(stored)
}

fn ledger() -> String {
    let mut text = String::from(
        "見本データ(架空)\n管理番号,種別,名称,設置場所,OS・版,IPアドレス,管理者,状態,保守期限\n",
    );
    for (number, (kind, name, place, system)) in [
        (
            "サーバ",
            "電子カルテサーバ",
            "サーバ室",
            "Example Server 12",
        ),
        ("サーバ", "画像サーバ", "サーバ室", "Example Server 11"),
        ("端末PC", "受付1", "受付", "Example Desktop 5"),
        ("端末PC", "診察室1", "診察室1", "Example Desktop 5"),
        ("端末PC", "診察室2", "診察室2", "Example Desktop 5"),
        (
            "ネットワーク機器",
            "ルーター",
            "サーバ室",
            "Example Router 3.4",
        ),
        (
            "ネットワーク機器",
            "無線アクセスポイント",
            "待合",
            "Example AP 2.1",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!(
            "DEMO-{:03},{kind},{name},{place},{system},192.0.2.{},見本 花子,使用中,2028-03-31\n",
            number + 1,
            number + 10
        );
        text.push_str(&line);
    }
    text
}

fn accounts() -> String {
    let mut text = String::from("見本データ(架空)\n利用者ID,氏名,職種,権限,最終利用日,判定,処置\n");
    for (number, (job, right, verdict, done)) in [
        ("医師", "診療記録の入力", "必要", "なし"),
        ("看護師", "診療記録の入力", "必要", "なし"),
        ("事務", "会計", "必要", "なし"),
        ("事務(退職)", "会計", "不要", "無効化"),
        ("保守事業者", "保守用", "必要", "利用時だけ有効"),
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!(
            "demo{:02},見本 {},{job},{right},2026-05-{:02},{verdict},{done}\n",
            number + 1,
            number + 1,
            number + 10
        );
        text.push_str(&line);
    }
    text
}

fn backups() -> String {
    let mut text = String::from("見本データ(架空) バックアップ取得と復旧確認の記録\n\n");
    for day in 1..=14 {
        let place = if day % 7 == 0 {
            "外した媒体(オフライン)"
        } else {
            "院内の保存装置"
        };
        let line = format!("2026-05-{day:02} 02:30 電子カルテDB 取得 正常 世代14 保存先 {place}\n");
        text.push_str(&line);
    }
    text.push_str("2026-05-20 15:00 復旧の確認 予備機に戻し、起動と検索を確かめた 正常 50分\n");
    text
}

fn access_log() -> String {
    let mut text = String::from(
        "見本データ(架空) アクセスログ点検記録\n点検日 2026-05-29 点検者 見本 花子\n\n\
         利用者ID 日時 区分 操作\n",
    );
    for number in 0..12 {
        let line = format!(
            "demo{:02} 2026-05-28 {:02}:{:02} 参照 診療記録を開いた\n",
            number % 4 + 1,
            8 + number / 2,
            number * 5 % 60
        );
        text.push_str(&line);
    }
    text.push_str("\n結果: 業務時間外の利用なし。不審な操作なし。\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_says_that_it_is_one() {
        for sample in &SAMPLES {
            assert!(sample.title.ends_with("(見本)"), "{}", sample.title);
            assert!(sample.file_name.contains("見本"), "{}", sample.file_name);
            match sample.content {
                Content::File(bytes) => {
                    assert!(bytes.starts_with(b"%PDF-"), "{}", sample.title);
                    assert!(bytes.len() < 80_000, "{} is {}", sample.title, bytes.len());
                }
                Content::Text(text) => assert!(text().starts_with("見本データ(架空)")),
                Content::Picture(picture) => {
                    let picture = picture();
                    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
                    assert!(picture.len() < 60_000, "{}", picture.len());
                }
            }
        }
    }
}
