use super::*;
use crate::i18n::Lang;
use crate::ui::testing::translator;
use yagura_kernel::time::parse_date;

#[test]
fn input_is_kept_and_the_error_stands_at_the_field_and_at_the_top() {
    let t = translator(Lang::Ja);
    let state =
        FormState::from_pairs([("beds", "二十")]).with_error("beds", "数字で入力してください。");
    let field = Field::new("beds", "許可病床数")
        .required()
        .hint("届け出た数")
        .suffix("床");
    let html = text_field(&t, &state, &field).into_string();
    assert!(html.contains(r#"value="二十""#), "{html}");
    assert!(html.contains("必須") && html.contains(">床<"));
    assert!(html.contains(r#"aria-invalid="true""#));
    assert!(html.contains(r#"aria-describedby="field-beds-hint field-beds-error""#));
    let summary = error_summary(&t, &state).into_string();
    assert!(
        summary.contains(r##"<a href="#field-beds">数字で入力してください。</a>"##),
        "{summary}"
    );
    assert_eq!(error_summary(&t, &FormState::empty()).into_string(), "");
}

#[test]
fn secrets_are_never_sent_back() {
    let t = translator(Lang::Ja);
    let state = FormState::from_pairs([("password", "himitsu")]);
    for kind in [
        InputKind::Password,
        InputKind::NewPassword,
        InputKind::OneTimeCode,
    ] {
        let html = text_field(&t, &state, &Field::new("password", "p").kind(kind)).into_string();
        assert!(!html.contains("himitsu"));
    }
}

#[test]
fn choices_keep_what_was_chosen() {
    let t = translator(Lang::Ja);
    let choices = [Choice::new("yes", "はい"), Choice::new("no", "いいえ")];
    let state = FormState::from_pairs([("a", "no"), ("b", "yes"), ("b", "no")]);
    let radio = radio_group(
        &t,
        &state,
        &Field::new("a", "回答"),
        &choices,
        RadioStyle::Big,
    );
    assert_eq!(radio.into_string().matches(" checked").count(), 1);
    let boxes = checkbox_group(&t, &state, &Field::new("b", "回答"), &choices).into_string();
    assert_eq!(boxes.matches(" checked").count(), 2);
    let list = select(&t, &state, &Field::new("a", "回答"), &choices).into_string();
    assert!(list.contains(r#"<option value="no" selected>"#));
    // An error's link leads to the group, so the group has the id.
    let wrong = state.with_error("a", "選んでください。");
    let radio = radio_group(
        &t,
        &wrong,
        &Field::new("a", "回答"),
        &choices,
        RadioStyle::Big,
    );
    assert!(radio.into_string().contains(r#"id="field-a""#));
}

#[test]
fn a_text_area_keeps_its_first_line_break_and_its_tags() {
    let t = translator(Lang::Ja);
    let state = FormState::from_pairs([("note", "\n</textarea><b>")]);
    let html = textarea(&t, &state, &Field::new("note", "備考")).into_string();
    assert!(
        html.contains(">\n\n&lt;/textarea&gt;&lt;b&gt;</textarea>"),
        "{html}"
    );
}

#[test]
fn reading_trims_counts_characters_and_normalises_line_breaks() {
    let t = translator(Lang::Ja);
    let mut state = FormState::from_pairs([("a", "  一\r\n二 "), ("b", "あいうえお"), ("c", " ")]);
    assert_eq!(state.read_text(&t, "a", "A", 10), "一\n二");
    state.read_text(&t, "b", "B", 5);
    assert!(!state.has_errors());
    state.read_text(&t, "b", "B", 4);
    assert!(state.error("b").unwrap().contains("4文字以内"));
    assert_eq!(state.read_required(&t, "c", "氏名", 10), None);
    assert_eq!(state.error("c"), Some("「氏名」を入力してください。"));
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let t = translator(Lang::Ja);
    let mut state =
        FormState::from_pairs([("a", "１，２３４"), ("b", "20床"), ("c", ""), ("d", "21")]);
    assert_eq!(state.read_number(&t, "a", "A", 0..=9999), Some(1234));
    assert_eq!(state.read_number(&t, "c", "C", 0..=10), None);
    assert!(!state.has_errors());
    assert_eq!(state.read_number(&t, "b", "B", 0..=99), None);
    assert_eq!(state.read_number(&t, "d", "D", 0..=20), None);
    assert!(state.error("b").is_some());
    assert!(state.error("d").unwrap().contains("0〜20"));
}

#[test]
fn dates_are_read_in_three_writings_and_each_fault_has_its_words() {
    let t = translator(Lang::Ja);
    for (typed, fault) in [
        ("明日", "読み取れません"),
        ("26.11.21", "4桁"),
        ("令和0年1月1日", "元年"),
        ("平成35年11月21日", "令和5年"),
        ("2026-13-01", "13月"),
        ("令和8年2月29日", "28日"),
        ("2300-01-01", "2300年"),
    ] {
        let mut state = FormState::from_pairs([("d", typed)]);
        assert_eq!(state.read_date(&t, "d", "目標日"), None);
        let error = state.error("d").unwrap();
        assert!(
            error.contains(fault) && error.contains("目標日"),
            "{typed}: {error}"
        );
    }
    for typed in ["2026-11-21", "令和8年11月21日", "R8.11.21"] {
        let mut state = FormState::from_pairs([("d", typed)]);
        let read = state.read_required_date(&t, "d", "目標日");
        assert_eq!(read, Some(parse_date("2026-11-21").unwrap()));
    }
    let mut empty = FormState::empty();
    assert_eq!(empty.read_date(&t, "d", "目標日"), None);
    assert!(!empty.has_errors());
    assert_eq!(empty.read_required_date(&t, "d", "目標日"), None);
    assert!(empty.has_errors());
}

#[test]
fn a_form_says_how_it_is_sent() {
    let t = translator(Lang::Ja);
    let options = Form::post("/evidence")
        .upload()
        .keep_draft("evidence")
        .confirm("送りますか");
    let html = form(&t, &options, html! {}).into_string();
    for part in [
        r#"method="post""#,
        r#"enctype="multipart/form-data""#,
        "data-upload",
        r#"data-draft="evidence""#,
        r#"data-confirm="送りますか""#,
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}
