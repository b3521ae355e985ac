use serde::{Deserialize, Serialize};
use time::Date;
use yagura_kernel::proof::CellState;
use yagura_kernel::time::FiscalYear;

use super::dates::{self, sample_day};
use super::{Imprint, PackReference};

/// A filled checklist in the arrangement of the official form, for an institution
/// (医療機関確認用) or a vendor (事業者確認用).
///
/// Where an answer or a date is missing, the paper leaves the place free to be filled in by pen,
/// so an empty sheet prints as the blank form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetDocument {
    /// What every page carries.
    pub imprint: Imprint,
    /// Title of the form: 医療機関におけるサイバーセキュリティ対策チェックリスト.
    pub title: String,
    /// Which sheet of the form: 医療機関確認用.
    pub subtitle: String,
    /// Line that the form prints above the table, such as
    /// 「立入検査時、本チェックリストを確認します」 (from 令和6).
    pub inspection_line: Option<String>,
    /// The fiscal year that is answered for.
    pub fiscal_year: FiscalYear,
    /// Name of the institution.
    pub institution_name: String,
    /// Name of the vendor, on a vendor sheet (事業者名).
    pub vendor_name: Option<String>,
    /// The systems that a vendor sheet speaks of.
    pub systems: Vec<String>,
    /// Notes that the form prints above the table, without the mark in front.
    pub notes: Vec<String>,
    /// The row 医療情報システムの有無.
    pub gate: Option<Gate>,
    /// The sections in the order of the form.
    pub sections: Vec<SheetSection>,
    /// 確認日, the field that the form has from 令和7.
    #[serde(with = "dates::option")]
    pub confirmed_on: Option<Date>,
    /// Who answers for the sheet: the 医療情報システム安全管理責任者, or a vendor's manager.
    pub responsible: Option<String>,
    /// Notes below the table.
    pub closing_notes: Vec<String>,
}

/// The row that decides whether the rest needs an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Heading: 医療情報システムの有無.
    pub heading: String,
    /// 「医療情報システムを導入、運用している。」
    pub text: String,
    /// Explanation below the text.
    pub supplement: Option<String>,
    /// The answer and its date.
    pub round: Round,
    /// 備考.
    pub remark: String,
}

/// A section: 「2 医療情報システムの管理・運用」.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetSection {
    /// Heading with its number.
    pub heading: String,
    /// The groups by device class.
    pub groups: Vec<SheetGroup>,
}

/// Rows of one device class: 「サーバについて、以下を実施している。」
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetGroup {
    /// Heading, where the form has one.
    pub heading: Option<String>,
    /// The rows.
    pub rows: Vec<SheetRow>,
}

/// One row of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRow {
    /// Printed number: "2-⑦", "2(7)". Not unique: one number can stand under several device
    /// classes.
    pub id: String,
    /// The short wording of the form.
    pub text: String,
    /// What the form adds below, such as ※ notes.
    pub supplement: Option<String>,
    /// 対象: サーバ, 端末PC, ネットワーク機器, 医療情報システム全般.
    pub device_class: String,
    /// The wording has not been compared with the official file; marked on paper.
    pub wording_unverified: bool,
    /// 1回目.
    pub first: Round,
    /// 目標日, only after a first いいえ.
    #[serde(with = "dates::option")]
    pub target: Option<Date>,
    /// 2回目.
    pub second: Round,
    /// 備考. A long one is printed in full below the table.
    pub remark: String,
    /// How well the answer is proven.
    pub state: CellState,
    /// Numbers of the pieces of evidence in the [`super::EvidenceListDocument`] of the same
    /// state.
    pub evidence: Vec<u32>,
}

/// はい or いいえ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// はい.
    Yes,
    /// いいえ.
    No,
}

/// One round of confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Round {
    /// The answer, if given.
    pub answer: Option<Answer>,
    /// Its date, if given.
    #[serde(with = "dates::option")]
    pub date: Option<Date>,
}

impl Round {
    /// A given answer with its date.
    pub const fn new(answer: Answer, date: Date) -> Self {
        Self {
            answer: Some(answer),
            date: Some(date),
        }
    }
}

impl SheetDocument {
    /// All rows with the headings above them.
    pub fn rows(&self) -> impl Iterator<Item = (&SheetSection, &SheetGroup, &SheetRow)> {
        self.sections.iter().flat_map(|section| {
            section
                .groups
                .iter()
                .flat_map(move |group| group.rows.iter().map(move |row| (section, group, row)))
        })
    }

    /// Whether any row's wording is not verified.
    pub fn has_unverified_wording(&self) -> bool {
        self.rows().any(|(_, _, row)| row.wording_unverified)
    }

    /// The institution sheet of 令和7 of a fictional clinic, half-way through the year.
    pub fn sample() -> Self {
        let spring = sample_day(2025, 6, 12);
        let autumn = sample_day(2025, 11, 21);
        let yes = Round::new(Answer::Yes, spring);
        let no = Round::new(Answer::No, spring);
        let mut rows = sample_rows(yes);
        for (id, change) in [
            (
                "2-②",
                RowChange::State(CellState::Documented, vec![2], "委託先3社に確認済み。"),
            ),
            (
                "2-③",
                RowChange::State(CellState::Documented, vec![3, 4], ""),
            ),
            (
                "2-④",
                RowChange::Later(
                    no,
                    sample_day(2025, 10, 31),
                    Round::new(Answer::Yes, autumn),
                ),
            ),
            (
                "2-⑥",
                RowChange::State(
                    CellState::Contradiction,
                    vec![],
                    "受付2番端末の更新が止まっている。",
                ),
            ),
            (
                "2-⑦",
                RowChange::State(CellState::Documented, vec![5], LONG_REMARK),
            ),
            (
                "2-⑨",
                RowChange::Later(no, sample_day(2026, 1, 31), Round::default()),
            ),
            (
                "2-⑩",
                RowChange::Later(no, sample_day(2026, 3, 31), Round::default()),
            ),
            (
                "3-①",
                RowChange::State(CellState::Verified, vec![1], "連絡体制図は10月に更新。"),
            ),
            ("1-①", RowChange::State(CellState::Verified, vec![], "")),
            ("4-①", RowChange::State(CellState::Unanswered, vec![], "")),
        ] {
            for row in rows.iter_mut().filter(|row| row.id == id) {
                change.apply(row);
            }
        }
        Self {
            imprint: Imprint::sample(),
            title: "医療機関におけるサイバーセキュリティ対策チェックリスト".to_owned(),
            subtitle: "医療機関確認用".to_owned(),
            inspection_line: Some("立入検査時、本チェックリストを確認します".to_owned()),
            fiscal_year: FiscalYear::of(autumn),
            institution_name: "みなと内科クリニック".to_owned(),
            vendor_name: None,
            systems: Vec::new(),
            notes: vec![
                "以下の項目は、令和7年度中にすべての項目で「はい」にマルが付くよう取り組んでください。"
                    .to_owned(),
                "2-②及び2-③については、事業者と契約していない場合には、記入不要です。".to_owned(),
                "1回目の確認で「いいえ」の場合、令和7年度中の対応目標日を記入してください。".to_owned(),
            ],
            gate: Some(Gate {
                heading: "医療情報システムの有無".to_owned(),
                text: "医療情報システムを導入、運用している。".to_owned(),
                supplement: Some("「いいえ」の場合、以下すべての項目は確認不要".to_owned()),
                round: yes,
                remark: "電子カルテ、レセコン".to_owned(),
            }),
            sections: sample_sections(rows),
            confirmed_on: Some(autumn),
            responsible: Some("院長 港 一郎".to_owned()),
            closing_notes: vec![
                "各項目の考え方や確認方法等については、「医療機関におけるサイバーセキュリティ対策チェックリストマニュアル」をご覧ください。".to_owned(),
            ],
        }
    }

    /// The vendor sheet of a fictional vendor, partly filled.
    pub fn vendor_sample() -> Self {
        let spring = sample_day(2025, 7, 3);
        let yes = Round::new(Answer::Yes, spring);
        let row = |id: &str, class: &str, text: &str, round: Round| SheetRow {
            id: id.to_owned(),
            text: text.to_owned(),
            supplement: None,
            device_class: class.to_owned(),
            wording_unverified: true,
            first: round,
            target: None,
            second: Round::default(),
            remark: String::new(),
            state: if round.answer.is_some() {
                CellState::Declared
            } else {
                CellState::Unanswered
            },
            evidence: Vec::new(),
        };
        let group = |heading: Option<&str>, rows: Vec<SheetRow>| SheetGroup {
            heading: heading.map(str::to_owned),
            rows,
        };
        Self {
            imprint: Imprint {
                pack: Some(PackReference {
                    id: "mhlw-checklist-r7-vendor".to_owned(),
                    version: "1.0.0".to_owned(),
                }),
                state_code: Some("V3NX-88TA".to_owned()),
                ..Imprint::sample()
            },
            subtitle: "事業者確認用".to_owned(),
            vendor_name: Some("架空メディカルシステムズ株式会社".to_owned()),
            systems: vec!["電子カルテ「サンプルカルテ」".to_owned(), "画像管理サーバ".to_owned()],
            gate: None,
            notes: vec![
                "以下の項目は、令和7年度中にすべての項目で「はい」にマルが付くよう取り組んでください。"
                    .to_owned(),
                "1回目の確認で「いいえ」の場合、令和7年度中の対応目標日を記入してください。".to_owned(),
            ],
            sections: vec![
                SheetSection {
                    heading: "1 体制構築".to_owned(),
                    groups: vec![group(
                        None,
                        vec![row("1-①", "組織", "事業者内に、医療情報システム等の提供に係る管理責任者を設置している。", yes)],
                    )],
                },
                SheetSection {
                    heading: "2 医療情報システムの管理・運用".to_owned(),
                    groups: vec![
                        group(
                            Some("医療情報システム全般について、以下を実施している。"),
                            vec![
                                row("2-②", "全般", "リモートメンテナンス(保守)している機器の有無を確認した。", yes),
                                row("2-③", "全般", "医療機関に製造業者/サービス事業者による医療情報セキュリティ開示書(MDS/SDS)を提出した。", yes),
                                row("2-⑥", "全般", "セキュリティパッチ(最新ファームウェアや更新プログラム)を適用している。", Round::default()),
                            ],
                        ),
                        group(
                            Some("サーバについて、以下を実施している。"),
                            vec![row("2-⑪", "サーバ", "アクセスログを管理している。", Round::default())],
                        ),
                    ],
                },
            ],
            confirmed_on: None,
            responsible: None,
            closing_notes: Vec::new(),
            ..Self::sample()
        }
    }
}

const LONG_REMARK: &str = "電子カルテは13文字以上、部門システムは8文字以上で定期変更あり。受付端末2台は共用の\
アカウントを廃止し、職員ごとのアカウントに切り替えた(10月3日)。画像管理サーバの管理者パスワードは\
事業者が管理しており、事業者確認用チェックリストの2-⑦で確認した。残る検査機器1台は機器の制約により\
6文字までしか設定できないため、ネットワークを分離したうえで次回の機器更新時に入れ替える。";

enum RowChange {
    State(CellState, Vec<u32>, &'static str),
    Later(Round, Date, Round),
}

impl RowChange {
    fn apply(&self, row: &mut SheetRow) {
        match self {
            Self::State(state, evidence, remark) => {
                row.state = *state;
                row.evidence.clone_from(evidence);
                row.remark = (*remark).to_owned();
                if *state == CellState::Unanswered {
                    row.first = Round::default();
                }
            }
            Self::Later(first, target, second) => {
                row.first = *first;
                row.target = Some(*target);
                row.second = *second;
                row.state = match second.answer {
                    Some(Answer::Yes) => CellState::Declared,
                    _ => CellState::No,
                };
            }
        }
    }
}

fn sample_rows(round: Round) -> Vec<SheetRow> {
    const ROWS: &[(&str, &str, bool, &str, &str)] = &[
        (
            "1-①",
            "組織",
            false,
            "医療情報システム安全管理責任者を設置している。",
            "",
        ),
        (
            "2-①",
            "全般",
            false,
            "サーバ、端末PC、ネットワーク機器の台帳管理を行っている。",
            "",
        ),
        (
            "2-②",
            "全般",
            false,
            "リモートメンテナンス(保守)を利用している機器の有無を事業者に確認した。",
            "",
        ),
        (
            "2-③",
            "全般",
            false,
            "事業者から製造業者/サービス事業者による医療情報セキュリティ開示書(MDS/SDS)を提出してもらう。",
            "",
        ),
        (
            "2-④",
            "全般",
            true,
            "利用者の職種・担当業務別の情報区分毎のアクセス利用権限を設定している。",
            "※管理者権限対象者の明確化を行っている",
        ),
        (
            "2-⑤",
            "全般",
            true,
            "退職者や使用していないアカウント等、不要なアカウントを削除または無効化している。",
            "",
        ),
        (
            "2-⑥",
            "全般",
            false,
            "セキュリティパッチ(最新ファームウェアや更新プログラム)を適用している。",
            "",
        ),
        (
            "2-⑦",
            "全般",
            false,
            "パスワードは英数字、記号が混在した8文字以上とし、定期的に変更している。",
            "※二要素認証、または13文字以上の場合は定期的な変更は不要",
        ),
        (
            "2-⑧",
            "全般",
            false,
            "パスワードの使い回しを禁止している。",
            "",
        ),
        (
            "2-⑨",
            "全般",
            true,
            "USBストレージ等の外部記録媒体や情報機器に対して接続を制限している。",
            "",
        ),
        (
            "2-⑩",
            "全般",
            true,
            "二要素認証を実装している、または令和9年度までに実装予定である。",
            "",
        ),
        ("2-⑪", "サーバ", true, "アクセスログを管理している。", ""),
        (
            "2-⑫",
            "サーバ",
            false,
            "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。",
            "",
        ),
        (
            "2-⑫",
            "端末PC",
            false,
            "バックグラウンドで動作している不要なソフトウェア及びサービスを停止している。",
            "",
        ),
        (
            "2-⑬",
            "ネットワーク機器",
            false,
            "接続元制限を実施している。",
            "",
        ),
        (
            "3-①",
            "組織",
            true,
            "インシデント発生時における組織内と外部関係機関(事業者、厚生労働省、警察等)への連絡体制図がある。",
            "",
        ),
        (
            "3-②",
            "組織",
            false,
            "インシデント発生時に診療を継続するために必要な情報を検討し、データやシステムのバックアップの実施と復旧手順を確認している。",
            "",
        ),
        (
            "3-③",
            "組織",
            false,
            "サイバー攻撃を想定した事業継続計画(BCP)を策定している。",
            "",
        ),
        (
            "4-①",
            "組織",
            false,
            "上記1〜3のすべての項目について、具体的な実施方法を運用管理規程等に定めている。",
            "",
        ),
    ];
    ROWS.iter()
        .map(|(id, class, unverified, text, supplement)| SheetRow {
            id: (*id).to_owned(),
            text: (*text).to_owned(),
            supplement: (!supplement.is_empty()).then(|| (*supplement).to_owned()),
            device_class: (*class).to_owned(),
            wording_unverified: *unverified,
            first: round,
            target: None,
            second: Round::default(),
            remark: String::new(),
            state: CellState::Declared,
            evidence: Vec::new(),
        })
        .collect()
}

fn sample_sections(rows: Vec<SheetRow>) -> Vec<SheetSection> {
    let headings = [
        ("1", "1 体制構築"),
        ("2", "2 医療情報システムの管理・運用"),
        ("3", "3 インシデント発生に備えた対応"),
        ("4", "4 規程類の整備"),
    ];
    let group_heading = |class: &str| match class {
        "全般" => Some("医療情報システム全般について、以下を実施している。".to_owned()),
        "組織" => None,
        class => Some(format!("{class}について、以下を実施している。")),
    };
    headings
        .iter()
        .map(|(number, heading)| {
            let mut groups: Vec<SheetGroup> = Vec::new();
            for row in rows.iter().filter(|row| row.id.starts_with(number)) {
                let heading = group_heading(&row.device_class);
                match groups.last_mut() {
                    Some(group) if group.heading == heading => group.rows.push(row.clone()),
                    _ => groups.push(SheetGroup {
                        heading,
                        rows: vec![row.clone()],
                    }),
                }
            }
            SheetSection {
                heading: (*heading).to_owned(),
                groups,
            }
        })
        .collect()
}
