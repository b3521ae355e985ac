//! The pages of the design with its sample data.

use maud::{Markup, html};
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_kernel::time::parse_date;
use yagura_web::i18n::Translator;
use yagura_web::ui::charts::{Bar, horizontal_bars, state_bar};
use yagura_web::ui::components::{
    Column, Listing, Span, StatTile, Table, TableRow, ToDo, Tone, card, card_with, data_table,
    date, date_short, details, due, filter_bar, note, pagination, row, stat_tile, state_tag, steps,
    tag, term, to_do_list,
};
use yagura_web::ui::forms::{
    Button, Ceremony, Choice, Field, Form, FormState, InputKind, PasskeyForm, RadioStyle, button,
    button_row, copy_button, download_link, form, link_button, passkey_form, print_button,
    radio_group, row_checkbox, select, select_all, text_field, textarea,
};
use yagura_web::ui::layout::{
    Crumb, NavigationEntry, NavigationGroup, PageFrame, PrincipalDisplay, menu_page, page,
    plain_page,
};
use yagura_web::ui::matrix::{Matrix, MatrixItem, MatrixRow, matrix, matrix_legend};

pub(crate) fn clinic_frame<'t>(t: &'t Translator, title: &str, path: &str) -> PageFrame<'t> {
    let entry = |label: &str, href: &str| NavigationEntry::new(label, href).current(href == path);
    let principal = PrincipalDisplay {
        key: "p1".into(),
        person: "架空 太郎".into(),
        organization: "みどり坂内科クリニック".into(),
        roles: vec!["院長".into(), "医療情報システム安全管理責任者".into()],
        switch_href: None,
    };
    let navigation = vec![
        NavigationGroup::unnamed(vec![entry("ホーム", "/")]),
        NavigationGroup::named(
            "やること",
            vec![
                entry("チェックリスト", "/checklist").count(4),
                entry("お知らせ", "/notices").count(2),
            ],
        ),
        NavigationGroup::named(
            "台帳",
            vec![
                entry("証拠", "/evidence"),
                entry("事業者", "/vendors"),
                entry("職員とアカウント", "/people"),
            ],
        ),
        NavigationGroup::named(
            "もしもの時",
            vec![
                entry("連絡体制図", "/contacts"),
                entry("立入検査の一式", "/inspection"),
            ],
        ),
    ];
    PageFrame {
        notices_count: 2,
        emergency_link: true,
        demo: true,
        ..PageFrame::new(t, title)
            .with_path(path)
            .with_principal(principal, navigation)
    }
}

fn region_frame<'t>(t: &'t Translator, title: &str, path: &str) -> PageFrame<'t> {
    let entry = |label: &str, href: &str| NavigationEntry::new(label, href).current(href == path);
    let principal = PrincipalDisplay {
        key: "p2".into(),
        person: "架空 次郎".into(),
        organization: "さぬき医療情報ネットワーク協議会(架空)".into(),
        roles: vec!["事務局".into()],
        switch_href: Some("/switch".into()),
    };
    let navigation = vec![
        NavigationGroup::unnamed(vec![entry("ホーム", "/")]),
        NavigationGroup::named(
            "会員",
            vec![
                entry("チェックリストの状況", "/matrix"),
                entry("未回答の会員", "/waiting").count(34),
                entry("比較と推移", "/comparison"),
                entry("会員名簿", "/members"),
            ],
        ),
        NavigationGroup::named(
            "働きかけ",
            vec![entry("リマインダー", "/reminders").count(1)],
        ),
    ];
    PageFrame {
        demo: true,
        ..PageFrame::new(t, title)
            .with_path(path)
            .with_principal(principal, navigation)
    }
}

pub(crate) fn clinic_home(t: &Translator) -> Markup {
    let today = parse_date("2026-11-21").unwrap();
    let frame = clinic_frame(t, "今日すること", "/").with_lede(html! {
        (date(t, today)) "　この3つで、今年度のチェックリストが一歩進みます。"
    });
    let counts = CellCounts {
        verified: 9,
        documented: 4,
        declared: 2,
        no: 3,
        contradiction: 1,
        ..CellCounts::default()
    };
    page(
        &frame,
        html! {
            section.card {
                h2.unseen { "やること" }
                (to_do_list(&[
                    ToDo {
                        title: "VPN装置の更新を事業者に依頼する",
                        tags: tag(Tone::Danger, "悪用が確認された脆弱性"),
                        why: html! { "受付裏の" (term(t, "vpn")) "装置　公開から3日。放置すると、2-⑥「セキュリティパッチを適用している」の「はい」と食い違います。" },
                        action: ("/requests/1", "依頼文を見る"),
                    },
                    ToDo {
                        title: "退職した1名のアカウントを消す",
                        tags: due(t, parse_date("2026-11-16").unwrap(), today),
                        why: html! { "レセプト端末に「架空 花子」さんのアカウントが残っています(10月31日退職)。" },
                        action: ("/checklist/2-5", "手順を見る"),
                    },
                    ToDo {
                        title: "連絡体制図を確かめる",
                        tags: tag(Tone::Neutral, "約5分"),
                        why: html! { "前回の確認は令和7年12月1日です。夜間の電話番号が今も通じるかをご確認ください。" },
                        action: ("/contacts", "確かめる"),
                    },
                ]))
            }
            (row(&[
                (Span::Seven, card("令和8年度チェックリスト", html! {
                    (state_bar(t, "令和8年度チェックリスト", &counts))
                    p.small { "事業者確認用は3社のうち2社が回答済みです。残り: 架空レセコン株式会社(11月28日まで)" }
                    div.buttons {
                        (link_button("/checklist", "続きから回答する", true))
                        (link_button("/inspection", "立入検査の一式を印刷", false))
                    }
                })),
                (Span::Five, card("地域の中での位置", html! {
                    p.small { "香川地域の無床診療所 214施設との比較" }
                    (horizontal_bars(t, "実証された項目(19のうち)", "", Some(19.0), &[
                        Bar { label: "あなたの施設", value: 9.0, detail: "", own: true },
                        Bar { label: "中央値", value: 6.0, detail: "", own: false },
                    ]))
                    (horizontal_bars(t, "回答を終えた項目", "%", Some(100.0), &[
                        Bar { label: "あなたの施設", value: 94.7, detail: "", own: true },
                        Bar { label: "中央値", value: 62.0, detail: "", own: false },
                    ]))
                })),
            ]))
        },
    )
}

pub(crate) fn checklist_item(t: &Translator) -> Markup {
    let today = parse_date("2026-11-21").unwrap();
    let items = [
        ("① 台帳", CellState::Verified),
        ("② 遠隔保守", CellState::Verified),
        ("③ 開示書", CellState::Documented),
        ("④ 利用権限", CellState::Verified),
        ("⑤ アカウント", CellState::No),
        ("⑥ パッチ", CellState::Contradiction),
        ("⑦ パスワード", CellState::Declared),
        ("⑧ 使い回し", CellState::Declared),
        ("⑨ USB", CellState::Unanswered),
        ("⑩ 二要素認証", CellState::NotApplicable),
    ];
    let mut frame = clinic_frame(
        t,
        "⑥ セキュリティパッチ(最新ファームウェアや更新プログラム)を適用している。",
        "/checklist/2-6",
    )
    .with_breadcrumbs(vec![
        Crumb::new("チェックリスト", "/checklist"),
        Crumb::new("2 医療情報システムの管理・運用", "/checklist#2"),
    ])
    .with_lede(html! {
        "対象: " (term(t, "server")) "、" (term(t, "terminal")) "、" (term(t, "network-device")) "　"
        (tag(Tone::Neutral, "令和7年度に全機器が対象になりました"))
    });
    frame.navigation_label = Some("項目".into());
    frame.navigation = vec![
        NavigationGroup::named(
            "令和8年度チェックリスト",
            vec![NavigationEntry::new("1 体制構築", "/checklist/1-1").state(CellState::Verified)],
        ),
        NavigationGroup::named(
            "2 管理・運用",
            items
                .iter()
                .map(|(label, state)| {
                    NavigationEntry::new(*label, "/checklist/2-x")
                        .state(*state)
                        .current(*label == "⑥ パッチ")
                })
                .collect(),
        ),
    ];
    let state = FormState::from_pairs([
        ("answer", "yes"),
        (
            "note",
            "電子カルテのサーバは保守契約により事業者が適用(契約書 第8条)。",
        ),
    ]);
    let yes_no = [Choice::new("yes", "はい"), Choice::new("no", "いいえ")];
    page(
        &frame,
        html! {
            (note(t, Tone::Danger, html! {
                p { b { "「はい」と、機器の状態が食い違っています。" } " 受付裏の" (term(t, "vpn")) "装置に、悪用が確認された" (term(t, "vulnerability")) "が1件あります(公開から3日)。更新するか、「いいえ」と目標日を記入してください。" }
            }))
            (row(&[
                (Span::Seven, html! {
                    section.card {
                        (form(t, &Form::post("/checklist/2-6").keep_draft("answer"), html! {
                            (radio_group(t, &state, &Field::new("answer", "1回目の確認").required().hint("確認日 令和8年6月12日　記入 院長 架空 太郎"), &yes_no, RadioStyle::Big))
                            (textarea(t, &state, &Field::new("note", "備考").rows(3)))
                            (button_row(&Button::primary("保存して次へ"), &[link_button("/checklist/2-6/last-year", "昨年度の回答を見る", false)]))
                        }))
                    }
                    (card_with("証拠", html! { a href="/evidence/new" { "証拠を加える" } }, data_table(&Table::new("証拠", vec![
                        Column::text("何で確かめたか"), Column::text("結果"), Column::text("いつ"),
                    ], vec![
                        TableRow::new(vec![html! { "機器台帳と公開脆弱性の照合" br; span.small { "対象 14台のうち14台" } }, tag(Tone::Danger, "1台 未適用"), html! { "今朝 6:00" }]).highlighted(true),
                        TableRow::new(vec![html! { "Windows Update の状態(6台)" }, tag(Tone::Success, "すべて最新"), date_short(t, parse_date("2026-11-20").unwrap())]),
                        TableRow::new(vec![html! { "保守契約書.pdf" br; span.small { "更新責任の条項 有効期限 令和9年3月31日" } }, tag(Tone::Success, "有効"), date_short(t, parse_date("2026-04-02").unwrap())]),
                    ]))))
                }),
                (Span::Five, html! {
                    (card("診療所での進め方", steps(&[
                        ("準備する", html! { "どの機器を誰が更新するかを、" (term(t, "ledger")) "の「更新担当」に書きます。契約書に書いていなければ、事業者に確かめます。" }),
                        ("行う", html! { "VPN装置とルーターを先に。次にサーバ、端末の順です。更新の前に" (term(t, "backup")) "が取れていることを確かめます。" }),
                        ("強める", html! { "月に一度、更新日を決めておきます。更新できない機器は、理由と期限を残します。" }),
                    ])))
                    (card("検査で聞かれること", html! {
                        p.small { "いつ、どの機器に適用したか。更新できない機器をどう守っているか。事業者との分担がどこに書いてあるか。" }
                        (details("この項目の履歴", html! { p.small { (date(t, today)) " 架空 太郎さんが「はい」と保存しました。" } }))
                    }))
                }),
            ]))
        },
    )
}

const MEMBERS: &[(&str, &str)] = &[
    ("さぬき中央病院", "病院 526床"),
    ("高松みなと総合病院", "病院 331床"),
    ("丸亀城南病院", "病院 199床"),
    ("小豆島しおさい病院", "病院 120床"),
    ("屋島整形外科", "有床 19床"),
    ("みどり坂内科クリニック", "無床"),
    ("栗林こどもクリニック", "無床"),
    ("観音寺ふれあい医院", "無床"),
    ("坂出駅前歯科", "歯科"),
    ("うどん通り薬局", "薬局"),
];

pub(crate) fn region_matrix(t: &Translator) -> Markup {
    let today = parse_date("2026-11-21").unwrap();
    let frame = region_frame(t, "会員 392 施設の状況", "/matrix")
        .with_lede(html! { "令和8年度チェックリスト　" (date(t, today)) " 9:00 現在" })
        .with_actions(
            html! { (link_button("/matrix.xlsx", "xlsx で保存", false)) (print_button(t)) },
        )
        .wide();
    let labels = [
        "1①", "2①", "2②", "2③", "2④", "2⑤", "2⑥", "2⑦", "2⑧", "2⑨", "2⑩", "2⑪", "2⑫", "2⑬", "3①",
        "3②", "3③", "3④", "4①",
    ];
    let pattern = "vdvsvxvdcvesvdnvdvv";
    let cells = |number: usize| -> Vec<CellState> {
        let shifted = pattern.chars().cycle().skip(number * 5).take(labels.len());
        shifted
            .map(|letter| CellState::from_letter(letter).unwrap())
            .collect()
    };
    let rows = (0..50)
        .map(|number| {
            let (name, kind) = MEMBERS[number % MEMBERS.len()];
            MatrixRow {
                name: name.to_owned(),
                note: kind.to_owned(),
                href: format!("/members/{number}"),
                cells: if number == 3 {
                    Vec::new()
                } else {
                    cells(number)
                },
                instead: Some("回答は共有されていません(1回目の回答済み)".to_owned()),
            }
        })
        .collect();
    let items = labels
        .iter()
        .map(|label| MatrixItem {
            label: (*label).to_owned(),
            title: "医療情報システムの管理・運用".to_owned(),
            href: Some(format!("/items/{label}")),
        })
        .collect();
    let tile = |label, value, unit, detail, tone, link| {
        (
            Span::Three,
            stat_tile(&StatTile {
                label,
                value,
                unit,
                detail,
                tone,
                link,
            }),
        )
    };
    page(
        &frame,
        html! {
            (row(&[
                tile("1回目の回答を終えた会員", "287", "施設", "392施設の73%　先月 +41", Tone::Neutral, None),
                tile("実証された回答の割合", "46", "%", "書類 27%　申告 27%", Tone::Neutral, None),
                tile("食い違いのある会員", "19", "施設", "うち VPN 装置 11", Tone::Danger, None),
                tile("まだ一度も開いていない会員", "34", "施設", "", Tone::Neutral, Some(("/calls", "電話をかける名簿"))),
            ]))
            (card_with("会員 × 項目", matrix_legend(t), html! {
                (matrix(t, &Matrix { caption: "会員ごとの、項目の証明の段階".into(), row_heading: "会員".into(), items, rows }))
                (pagination(t, &Listing { total: 392, shown: 50, first: Some(1), unit: "施設", previous: None, next: Some("?after=50") }))
            }))
        },
    )
}

pub(crate) fn members(t: &Translator) -> Markup {
    let today = parse_date("2026-11-21").unwrap();
    let frame = region_frame(t, "会員名簿", "/members").with_actions(link_button(
        "/members/import",
        "名簿を取り込む",
        true,
    ));
    let rows = (0..40)
        .map(|number| {
            let (name, kind) = MEMBERS[number % MEMBERS.len()];
            TableRow::new(vec![
                row_checkbox("member", &number.to_string(), name, number < 2),
                html! { a href={ "/members/" (number) } { (name) } },
                html! { (kind) },
                html! { (number * 13) },
                state_tag(t, CellState::ALL[number % 7]),
                date_short(t, today),
            ])
        })
        .collect();
    let empty = FormState::empty();
    page(
        &frame,
        html! {
            (filter_bar(t, "/members", html! {
                (text_field(t, &empty, &Field::new("q", "名前").kind(InputKind::Search)))
                (select(t, &empty, &Field::new("kind", "種別"), &[Choice::new("", "すべて"), Choice::new("clinic", "診療所")]))
                (select(t, &empty, &Field::new("state", "状態"), &[Choice::new("", "すべて")]))
            }, None))
            section.card {
                (form(t, &Form::post("/reminders"), html! {
                (select_all(t, "member"))
                (data_table(&Table::new("会員", vec![
                    Column::action("選択"), Column::text("施設"), Column::text("種別"), Column::number("許可病床"), Column::text("最も急ぐ状態"), Column::text("最後の回答"),
                ], rows).sticky().named_by(1)))
                (button_row(&Button::primary("選んだ会員に知らせる"), &[copy_button(t, "yagura.example/i/見本")]))
                }))
                (pagination(t, &Listing { total: 392, shown: 40, first: Some(1), unit: "施設", previous: None, next: Some("?after=40") }))
            }
        },
    )
}

pub(crate) fn sign_in(t: &Translator) -> Markup {
    let frame = PageFrame {
        demo: true,
        ..PageFrame::new(t, "サインイン").with_path("/sign-in")
    };
    let state = FormState::empty();
    plain_page(
        &frame,
        html! {
            section.card {
                h2 { "メールアドレスでサインイン" }
                (form(t, &Form::post("/sign-in"), html! {
                    (text_field(t, &state, &Field::new("mail", "メールアドレス").kind(InputKind::Email).required()))
                    (text_field(t, &state, &Field::new("password", "パスワード").kind(InputKind::Password).required()))
                    (button_row(&Button::primary("サインイン"), &[html! { a href="/recover" { "パスワードを忘れたとき" } }]))
                }))
                @let passkey = PasskeyForm {
                    ceremony: Ceremony::SignIn,
                    options: "/sign-in/passkey/options",
                    action: "/sign-in/passkey",
                    host: "localhost",
                    autofill: false,
                };
                (passkey_form(t, &passkey, html! {
                    (button(&Button::secondary("パスキーでサインイン")))
                }))
                (download_link("/emergency.pdf", "緊急連絡の紙を保存"))
            }
        },
    )
}

pub(crate) fn menu(t: &Translator) -> Markup {
    menu_page(&clinic_frame(t, "メニュー", "/menu"))
}

pub(crate) fn glossary(t: &Translator) -> Markup {
    yagura_web::ui::glossary::glossary_page(clinic_frame(t, "", "/glossary"))
}
