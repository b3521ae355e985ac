//! The PDFs beside the source, as `yagura_documents` makes them. To make them anew after a change
//! of the words: `cargo test -p yagura-demonstration -- --ignored make_the_samples`.

use std::path::PathBuf;

use yagura_documents::forms::{Document, Imprint, LetterItem, RequestLetterDocument};
use yagura_documents::{Language, pdf};
use yagura_kernel::time::parse_date;

const VENDOR: [&str; 3] = [
    "見本の医療機関",
    "御中",
    "架空メディカルシステムズ株式会社(見本)",
];
const INSTITUTION: [&str; 3] = ["職員", "各位", "見本の医療機関 管理者"];

fn letter(
    subject: &str,
    [addressee, suffix, sender]: [&str; 3],
    day: &str,
    paragraphs: &[&str],
    items: &[(&str, &str)],
) -> Document {
    let date = parse_date(day).unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Document::RequestLetter(RequestLetterDocument {
        imprint: Imprint {
            language: Language::Japanese,
            product: "Yagura".to_owned(),
            pack: None,
            printed_on: date,
            printed_by: None,
            state_code: None,
            demo: true,
        },
        number: Some("見本第1号".to_owned()),
        date,
        addressee: texts(&[addressee]),
        addressee_suffix: suffix.to_owned(),
        sender: texts(&[sender]),
        subject: format!("{subject}(見本)"),
        paragraphs: texts(paragraphs),
        items: items
            .iter()
            .map(|(label, text)| LetterItem {
                label: (*label).to_owned(),
                text: (*text).to_owned(),
            })
            .collect(),
        enclosures: Vec::new(),
        inquiries: Some("この文書は見本です。実在する団体や契約とは関係がありません。".to_owned()),
    })
}

/// The words of each file, by its name.
fn documents() -> [(&'static str, Document); 6] {
    [
        (
            "contract.pdf",
            letter(
                "システム保守契約書",
                VENDOR,
                "2026-04-01",
                &[
                    "医療情報システムの保守について、見本の医療機関と架空メディカルシステムズ株式会社は次のとおり契約します。",
                    "障害や情報の漏えい、またはそのおそれがあるときは、事業者は直ちに医療機関に連絡し、原因の調査と復旧に協力します。",
                ],
                &[
                    ("対象", "電子カルテシステム、画像管理システム"),
                    ("期間", "令和8年4月1日から令和9年3月31日まで"),
                    (
                        "遠隔保守",
                        "利用する。接続元を限り、利用のたびに医療機関が承認する",
                    ),
                    ("更新プログラム", "適合を確かめたうえで、月1回以上適用する"),
                    ("再委託", "事前に書面で承認を受ける"),
                ],
            ),
        ),
        (
            "disclosure.pdf",
            letter(
                "医療情報セキュリティ開示書(MDS/SDS)",
                VENDOR,
                "2026-05-12",
                &[
                    "製造業者/サービス事業者による医療情報セキュリティ開示書の見本です。実際の様式と質問は JAHIS 標準によります。",
                ],
                &[
                    ("扱う医療情報", "はい"),
                    ("利用者の認証", "はい(二要素認証に対応)"),
                    ("アクセスログの記録", "はい(ログイン時刻、操作内容)"),
                    ("バックアップ", "はい(毎日。複数の世代)"),
                    ("遠隔保守", "はい(専用の経路。承認制)"),
                    ("暗号化", "一部いいえ(備考を参照)"),
                ],
            ),
        ),
        (
            "bcp.pdf",
            letter(
                "サイバー攻撃を想定した事業継続計画(BCP)",
                INSTITUTION,
                "2026-02-16",
                &[
                    "サイバー攻撃により医療情報システムが使えなくなったときに、診療を続け、早く元に戻すための計画です。",
                    "発見した職員は電源を切らず、システム運用担当者に知らせます。被害の広がりを防ぐため、バックアップ、外部との通信、部門の境界の順に切り離します。",
                    "診療の縮小や中止、公表、復旧の宣言は、管理者が決めます。",
                ],
                &[
                    (
                        "連絡体制",
                        "連絡体制図のとおり。年1回、番号が通じるかを確かめる",
                    ),
                    ("代わりの運用", "紙のカルテと伝票。見本を各部署に30部置く"),
                    (
                        "バックアップ",
                        "毎日。週1回は外した媒体に取り、年2回戻して確かめる",
                    ),
                    ("訓練", "年1回。気づいた点を計画に反映する"),
                ],
            ),
        ),
        (
            "rules.pdf",
            letter(
                "医療情報システム運用管理規程",
                INSTITUTION,
                "2026-03-02",
                &[
                    "医療情報システムを安全に使うため、管理者、医療情報システム安全管理責任者、企画管理者、運用担当者の役割と、日々の手順を定めます。",
                ],
                &[
                    (
                        "台帳",
                        "機器を入れたとき、動かしたとき、廃棄したときに更新する",
                    ),
                    (
                        "利用者の権限",
                        "職種と担当業務ごとに定め、退職の日に無効にする",
                    ),
                    ("パスワード", "13文字以上とし、使い回さない"),
                    ("外部記録媒体", "許可した媒体のほかは接続しない"),
                    ("ログ", "月1回点検し、点検の記録を残す"),
                    ("委託", "開示書を受け取り、遠隔保守を承認制とする"),
                ],
            ),
        ),
        (
            "training.pdf",
            letter(
                "情報セキュリティ教育実施記録",
                INSTITUTION,
                "2026-07-08",
                &[
                    "全職員を対象に、医療情報システム安全管理責任者が教育を行いました。",
                    "内容: 不審なメールの見分け方、パスワード、外部記録媒体、異常に気づいたときの連絡。終わりに10問の確認テストを行いました。",
                ],
                &[
                    ("日時", "令和8年7月8日 17時30分から18時15分"),
                    ("講師", "医療情報システム安全管理責任者"),
                    ("参加", "対象者の97%(欠席者は録画で受講)"),
                    ("テスト", "平均 8.7点。7点未満は再受講"),
                ],
            ),
        ),
        (
            "appointment.pdf",
            letter(
                "医療情報システム安全管理責任者 任命書",
                INSTITUTION,
                "2026-04-01",
                &[
                    "次の者を医療情報システム安全管理責任者に任命します。",
                    "情報セキュリティの方針を定め、教育と訓練を含む対策を進めてください。",
                ],
                &[
                    ("任命する者", "見本の職員"),
                    ("任期", "令和8年4月1日から"),
                    ("代行", "企画管理者"),
                ],
            ),
        ),
    ]
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("assets")
        .join(name)
}

#[test]
#[ignore = "writes into the source"]
fn make_the_samples() {
    for (name, document) in documents() {
        std::fs::write(path(name), pdf::render_pdf(&document).unwrap()).unwrap();
    }
}

#[test]
fn the_samples_are_one_page_and_say_so() {
    for (name, document) in documents() {
        let made = pdf::render(&document).unwrap();
        assert_eq!(made.pages, 1, "{name}");
        let kept = std::fs::read(path(name)).unwrap();
        assert!(kept.starts_with(b"%PDF-"), "{name}");
        assert!(kept.len() < 80_000, "{name} has {} bytes", kept.len());
    }
}
