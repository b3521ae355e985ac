//! Every component, once.

use maud::{Markup, html};
use yagura_kernel::proof::{CellCounts, CellState};
use yagura_kernel::time::{Instant, parse_date};
use yagura_web::i18n::Translator;
use yagura_web::ui::charts::{Bar, Series, horizontal_bars, state_bar, trend_line};
use yagura_web::ui::components::{
    Column, Listing, Span, StatTile, Tab, Table, TableRow, Tone, card, card_with, compare_two,
    data_table, date, date_short, date_time, description_list, details, due, empty_state,
    filter_bar, note, pagination, progress_bar, relative_time, row, stat_tile, state_legend,
    state_tag, steps, tabs, tag, term,
};
use yagura_web::ui::forms::{
    Button, Choice, Field, FileRules, Form, FormState, InputKind, RadioStyle, Width, button,
    button_row, checkbox, checkbox_group, date_field, error_summary, fieldset, file_field, form,
    hidden, link_button, print_button, radio_group, select, text_field, textarea,
};
use yagura_web::ui::icons::Icon;
use yagura_web::ui::layout::{Crumb, Flash, page as framed};
use yagura_web::ui::matrix::heat_cell;

use super::scenes::clinic_frame;

pub(crate) fn page(t: &Translator) -> Markup {
    let today = parse_date("2026-11-21").unwrap();
    let now = Instant::from_jst(today, 9, 5);
    let counts = CellCounts {
        verified: 9,
        documented: 4,
        declared: 2,
        no: 3,
        contradiction: 1,
        unanswered: 1,
        not_applicable: 2,
    };
    let frame = clinic_frame(t, "部品の見本", "/gallery")
        .with_breadcrumbs(vec![
            Crumb::new("ホーム", "/"),
            Crumb::new("見本", "/gallery"),
        ])
        .with_lede(html! { "すべての部品を1つずつ並べています。" })
        .with_actions(print_button(t))
        .with_flash(Flash::success("保存しました。"))
        .with_flash(Flash::failure(
            "送信できませんでした。もう一度お試しください。",
        ));
    framed(
        &frame,
        html! {
            (tabs("見本の分類", &[
                Tab { label: "部品", href: "/gallery", count: None, current: true },
                Tab { label: "入力", href: "/gallery/forms", count: Some(12), current: false },
            ]))
            @for tone in Tone::ALL { (note(t, tone, html! { p { "これは「" (term(t, "vpn")) "」についてのお知らせです。" a href="/x" { "詳しく見る" } } })) }
            (card_with("札と状態", state_legend(t, None), html! {
                p { @for state in CellState::ALL { (state_tag(t, state)) " " } }
                p { @for tone in Tone::ALL { (tag(tone, "見本の札")) " " } }
                p { @for icon in Icon::ALL { (icon.svg()) " " } }
            }))
            (row(&[
                (Span::Three, stat_tile(&StatTile { label: "1回目の回答を終えた会員", value: "287", unit: "施設", detail: "392施設の73% 先月 +41", tone: Tone::Neutral, link: None })),
                (Span::Three, stat_tile(&StatTile { label: "実証された回答", value: "46", unit: "%", detail: "書類 27% 申告 27%", tone: Tone::Success, link: None })),
                (Span::Three, stat_tile(&StatTile { label: "食い違いのある会員", value: "19", unit: "", detail: "うち VPN 装置 11", tone: Tone::Danger, link: None })),
                (Span::Three, stat_tile(&StatTile { label: "未開封の会員", value: "34", unit: "", detail: "", tone: Tone::Late, link: Some(("/calls", "電話をかける名簿")) })),
            ]))
            (row(&[
                (Span::Seven, card("棒と進み具合", html! {
                    (state_bar(t, "令和8年度チェックリスト", &counts))
                    (progress_bar(t, "回答", 12, 19))
                    (progress_bar(t, "証拠", 0, 0))
                })),
                (Span::Five, card("日時", description_list(&[
                    ("日付", date(t, today)),
                    ("短い日付", date_short(t, today)),
                    ("日時", date_time(t, now)),
                    ("3日前", relative_time(t, now.plus_seconds(-3 * 86_400), now)),
                    ("期限", html! { (due(t, parse_date("2026-11-16").unwrap(), today)) " " (due(t, today, today)) " " (due(t, parse_date("2026-11-28").unwrap(), today)) }),
                ]))),
            ]))
            (card("比較", horizontal_bars(t, "実証された項目の割合", "%", Some(100.0), &[
                Bar { label: "あなたの施設", value: 47.4, detail: "中央値 32%", own: true },
                Bar { label: "無床診療所 214施設", value: 31.6, detail: "", own: false },
                Bar { label: "病院(200〜399床) 9施設", value: 68.0, detail: "", own: false },
            ])))
            (card("推移", trend_line(t, "実証・書類・申告の割合", "%", 100.0,
                &["令和5", "令和6", "令和7", "令和8"],
                &[
                    Series { name: "実証", values: vec![Some(8.0), Some(19.5), Some(31.0), Some(46.0)] },
                    Series { name: "書類", values: vec![Some(12.0), Some(20.0), None, Some(27.0)] },
                    Series { name: "申告", values: vec![Some(80.0), Some(60.5), Some(42.0), Some(27.0)] },
                    Series { name: "いいえ", values: vec![Some(50.0), Some(35.0), Some(20.0), Some(12.0)] },
                ])))
            (card("表", html! {
                (data_table(&Table::new("証拠の一覧", vec![
                    Column::text("何で確かめたか").sorted_by("?sort=name", Some(true)),
                    Column::text("結果"),
                    Column::number("台数").sorted_by("?sort=count", None),
                    Column::text("いつ"),
                    Column::action("操作"),
                ], vec![
                    TableRow::new(vec![
                        html! { "機器台帳と公開脆弱性の照合" br; span.small { "対象 14台のうち14台" } },
                        state_tag(t, CellState::Contradiction), html! { "14" }, date_short(t, today), html! { a href="/e/1" { "開く" } },
                    ]).highlighted(true),
                    TableRow::new(vec![
                        html! { "Windows Update の状態" }, state_tag(t, CellState::Verified), html! { "6" }, date_short(t, today), html! { a href="/e/2" { "開く" } },
                    ]),
                ]).with_caption().sticky()))
                (pagination(t, &Listing { total: 392, shown: 50, first: Some(51), unit: "施設", previous: Some("?before=a"), next: Some("?after=b") }))
                p { (heat_cell(8)) " " (heat_cell(33)) " " (heat_cell(55)) " " (heat_cell(72)) " " (heat_cell(96)) }
            }))
            (row(&[
                (Span::Six, card("進め方", steps(&[
                    ("準備する", html! { "どの機器を誰が更新するかを、" (term(t, "ledger")) "に書きます。" }),
                    ("行う", html! { (term(t, "vpn")) "装置とルーターを先に。次にサーバ、端末の順です。" }),
                    ("強める", html! { "月に一度、更新日を決めておきます。" }),
                ]))),
                (Span::Six, card("空の一覧", html! {
                    (empty_state("証拠はまだありません。", html! { p { "契約書や写真を加えると「書類」になります。" } p { (link_button("/evidence/new", "証拠を加える", true)) } }))
                    (details("昨年度の回答を見る", html! { p { "令和7年度は「はい」でした。" } }))
                })),
            ]))
            (card("同時に保存されたとき", compare_two(
                ("架空 花子さんが保存した内容(9:02)", html! { p { "はい 電子カルテのサーバは事業者が適用。" } }),
                ("あなたが入力した内容", html! { p { "いいえ 目標日 令和9年1月31日。" } }),
            )))
            (filter_bar(t, "/members", html! {
                (text_field(t, &FormState::empty(), &Field::new("q", "名前").kind(InputKind::Search)))
                (select(t, &FormState::empty(), &Field::new("kind", "種別"), &[Choice::new("", "すべて"), Choice::new("clinic", "診療所")]))
            }, Some("/members")))
        },
    )
}

pub(crate) fn forms_page(t: &Translator) -> Markup {
    let state = FormState::from_pairs([
        ("name", "架空 太郎"),
        ("beds", "二十"),
        ("target", "令和8年2月29日"),
        ("answer", "no"),
        ("kinds", "server"),
        (
            "note",
            "電子カルテのサーバは保守契約により事業者が適用(契約書 第8条)。",
        ),
    ])
    .with_error("beds", "「許可病床数」は0〜2,000の整数で入力してください。")
    .with_error(
        "target",
        "「目標日」: 2026年2月に29日はありません。28日までです。",
    )
    .with_error("answer", "「いいえ」には目標日が要ります。");
    let yes_no = [Choice::new("yes", "はい"), Choice::new("no", "いいえ")];
    framed(
        &clinic_frame(t, "入力の見本", "/gallery/forms"),
        html! {
            (error_summary(t, &state))
            (card("すべての入力", form(t, &Form::post("/gallery/forms").upload().keep_draft("sample").with_id("sample"), html! {
                (hidden("version", "7"))
                (radio_group(t, &state, &Field::new("answer", "1回目の確認").required(), &yes_no, RadioStyle::Big))
                (text_field(t, &state, &Field::new("name", "氏名").required().autocomplete("name").width(Width::Medium)))
                (text_field(t, &state, &Field::new("beds", "許可病床数").kind(InputKind::Number).width(Width::Short).suffix("床").hint("保健所に届け出た数です。")))
                (date_field(t, &state, &Field::new("target", "目標日").hint("今年度の中の日を入力します。")))
                (text_field(t, &state, &Field::new("mail", "メールアドレス").kind(InputKind::Email).required()))
                (text_field(t, &state, &Field::new("password", "新しいパスワード").kind(InputKind::NewPassword).hint("13文字以上。長い文にすると覚えやすく、破られにくくなります。")))
                (text_field(t, &state, &Field::new("code", "番号").read_only()))
                (select(t, &state, &Field::new("place", "設置場所").width(Width::Medium), &[Choice::new("", "選んでください"), Choice::new("a", "受付")]))
                (checkbox_group(t, &state, &Field::new("kinds", "対象の機器"), &[
                    Choice::new("server", "サーバ"),
                    Choice::new("terminal", "端末PC").hint("持ち出し用も含みます。"),
                    Choice::new("network", "ネットワーク機器"),
                ]))
                (radio_group(t, &state, &Field::new("who", "更新する人").hint_markup(html! { (term(t, "role-division")) "を見て選びます。" }), &[
                    Choice::new("us", "施設"), Choice::new("vendor", "事業者"),
                ], RadioStyle::List))
                (textarea(t, &state, &Field::new("note", "備考").rows(3).longest(2000)))
                (fieldset("証拠", html! {
                    (file_field(t, &state, &Field::new("file", "ファイル"), &FileRules { accept: ".pdf,image/*", accepted_words: "PDF、JPEG、PNG。", largest: 25_000_000, multiple: true }))
                    (checkbox(t, &state, &Field::new("confirmed", "内容を確かめました").required().hint("保存すると、あなたの名前が記録に残ります。")))
                }))
                (button_row(&Button::primary("保存して次へ"), &[
                    button(&Button::secondary("保存する").sending("stay", "yes")),
                    button(&Button::danger("回答を取り消す").to("/gallery/withdraw").confirm("取り消しますか")),
                    link_button("/checklist", "一覧へ戻る", false),
                    button(&Button::quiet("昨年度の回答を写す").sending("copy", "yes")),
                ]))
            })))
        },
    )
}
