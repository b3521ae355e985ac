//! The form editor: what is refused, what is put into force, and back to the shipped form.

use axum::http::StatusCode;

use crate::support::{exception, export, worlds};

/// The names and values of the editor's fields as a browser would send them.
fn fields_of(page: &str) -> Vec<(String, String)> {
    let form = &page[page.find("id=\"editor\"").expect("the editor")..];
    let form = &form[..form.find("</form>").unwrap()];
    let unescape = |text: &str| {
        text.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        let rest = &tag[from..];
        Some(unescape(&rest[..rest.find('"')?]))
    };
    let mut fields = Vec::new();
    let mut rest = form;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let end = rest.find('>').unwrap();
        let tag = &rest[..end];
        if tag.starts_with("<input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let checked = tag.contains(" checked");
            if let Some(name) = attribute(tag, "name")
                && (checked || !matches!(kind.as_str(), "checkbox" | "radio"))
            {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("<textarea") {
            let name = attribute(tag, "name").unwrap();
            let text = &rest[end + 1..rest.find("</textarea>").unwrap()];
            fields.push((name, unescape(text.strip_prefix('\n').unwrap_or(text))));
        } else if tag.starts_with("<select") {
            let name = attribute(tag, "name").unwrap();
            let options = &rest[..rest.find("</select>").unwrap()];
            let chosen = options
                .split("<option")
                .skip(1)
                .find(|option| option[..option.find('>').unwrap()].contains(" selected"))
                .or_else(|| options.split("<option").nth(1));
            let value = chosen.and_then(|option| attribute(option, "value"));
            fields.push((name, value.unwrap_or_default()));
        }
        rest = &rest[1..];
    }
    fields
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect()
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

const FORM: &str = "/requests/forms/form-exception";

#[tokio::test]
async fn a_form_is_changed_in_the_browser_and_filed_requests_stay() {
    for world in worlds().await {
        let app = &world.app;
        let before = world.file(world.staff, "form-exception", exception()).await;
        assert_eq!(app.get(world.staff, FORM).await.0, StatusCode::FORBIDDEN);
        assert_eq!(
            app.get(world.safety, "/requests/forms/nowhere").await.0,
            StatusCode::NOT_FOUND
        );
        let (status, page) = app.get(world.safety, FORM).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("この申請書は使えます"), "{page}");
        let mut fields = fields_of(&page);
        set(&mut fields, "f0-label-ja", "どの決まりに反しますか");
        set(&mut fields, "change", "add-f");
        let (status, to) = app.post(world.safety, FORM, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{} {to}", app.engine);
        // The new question has no words yet: that is said, and keeps it from being used.
        let (_, page) = app.get(world.safety, FORM).await;
        assert!(page.contains("名前がありません"));
        let publication = format!("{FORM}/publication");
        let from = [("from", "2026-11-21")];
        let (status, page) = app.post(world.safety, &publication, &from).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("href=\"#field-f9-label-ja\""), "{page}");
        let mut fields = fields_of(&page);
        set(&mut fields, "f9-label-ja", "影響する患者の数");
        let (status, _) = app.post(world.safety, FORM, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, preview) = app.get(world.safety, &format!("{FORM}/preview")).await;
        assert!(preview.contains("影響する患者の数"));
        let (_, desk) = app.get(world.staff, "/requests/new/form-exception").await;
        assert!(
            !desk.contains("影響する患者の数"),
            "not before it is in force"
        );
        let (status, _) = app.post(world.safety, &publication, &from).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, desk) = app.get(world.staff, "/requests/new/form-exception").await;
        assert!(desk.contains("影響する患者の数") && desk.contains("どの決まりに反しますか"));
        let path = format!("/requests/{}", before["id"].as_str().unwrap());
        let (_, old) = app.get(world.staff, &path).await;
        assert!(
            !old.contains("どの決まりに反しますか"),
            "what was filed keeps its form"
        );
        // Back to the shipped form.
        let (status, _) = app
            .post(
                world.safety,
                &format!("{FORM}/shipped"),
                &[("to", "shipped")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, desk) = app.get(world.staff, "/requests/new/form-exception").await;
        assert!(!desk.contains("影響する患者の数"));
        // Not offered any more.
        app.post(
            world.safety,
            &format!("{FORM}/shipped"),
            &[("to", "hidden")],
        )
        .await;
        let (status, _) = app.get(world.staff, "/requests/new/form-exception").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, page) = app.get(world.safety, "/requests/forms").await;
        assert!(status == StatusCode::OK && page.contains("窓口に出していない"));
    }
}

#[tokio::test]
async fn a_route_that_loops_or_has_no_approver_is_refused_with_its_place() {
    for world in worlds().await {
        let app = &world.app;
        let publication = format!("{FORM}/publication");
        let from = [("from", "2026-11-21")];
        let (_, page) = app.get(world.safety, FORM).await;
        let mut fields = fields_of(&page);
        fields.retain(|(name, _)| name != "s0-seats");
        set(&mut fields, "s0-begin", "steps");
        set(&mut fields, "s0-after", "director");
        set(&mut fields, "f0-label-ja", "直している質問");
        // It is refused on saving, with the reasons at their fields; what was typed stays.
        let (status, page) = app.post(world.safety, FORM, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", app.engine);
        for (words, field) in [
            ("この段階には決裁する人がいません", "s0-seats"),
            ("に戻るため終わりません", "s0-begin"),
        ] {
            assert!(page.contains(words), "{page}");
            assert!(page.contains(&format!("href=\"#field-{field}\"")));
            assert!(page.contains(&format!("id=\"field-{field}\"")));
        }
        assert!(page.contains("直している質問"));
        let (_, saved) = app.get(world.safety, FORM).await;
        assert!(!saved.contains("直している質問"), "nothing was saved");
        // On the way it can be kept unfinished, but not be put into force.
        let mut kept = fields_of(&page);
        set(&mut kept, "change", "keep");
        let (status, to) = app.post(world.safety, FORM, &pairs(&kept)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (status, page) = app.post(world.safety, &publication, &from).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("この段階には決裁する人がいません"), "{page}");
        assert!(page.contains("href=\"#field-s0-seats\""), "it leads there");
        // An empty seat falls to the safety manager; without one and a director it is refused.
        let (_, page) = app.get(world.safety, FORM).await;
        let mut fields = fields_of(&page);
        set(&mut fields, "s0-begin", "previous");
        set(&mut fields, "s0-seats", "procurement-desk");
        let (status, to) = app.post(world.safety, FORM, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        world.leaves(world.director).await;
        let (_, page) = app.get(world.safety, FORM).await;
        assert!(page.contains("この申請書は使えます"), "{page}");
        // Whoever comes second is told.
        let stale = fields_of(&page);
        app.post(world.safety, FORM, &pairs(&fields_of(&page)))
            .await;
        let (status, _) = app.post(world.safety, FORM, &pairs(&stale)).await;
        assert_eq!(status, StatusCode::CONFLICT);
    }
}

#[tokio::test]
async fn a_form_of_ones_own_is_offered_from_its_day_on() {
    for world in worlds().await {
        let app = &world.app;
        let fields = [("title", "鍵の借用の申請"), ("like", "form-demo-loan")];
        let (status, to) = app.post(world.safety, "/requests/forms", &fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (status, _) = app
            .post(
                world.safety,
                &format!("{to}/publication"),
                &[("from", "2026-12-01")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, desk) = app.get(world.staff, "/requests").await;
        assert!(!desk.contains("鍵の借用の申請"));
        app.clock.advance_days(10);
        let (_, desk) = app.get(world.staff, "/requests").await;
        assert!(desk.contains("鍵の借用の申請"));
        let (_, elsewhere) = app.get(world.stranger, "/requests").await;
        assert!(!elsewhere.contains("鍵の借用の申請"));
    }
}

#[tokio::test]
async fn conditions_with_several_answers_are_composed_without_scripts() {
    for world in worlds().await {
        let app = &world.app;
        let form = "/requests/forms/form-data-export";
        let (_, page) = app.get(world.safety, form).await;
        // The system desk also where the purpose is one of two, whatever the method.
        let mut fields = fields_of(&page);
        fields.retain(|(name, _)| !name.starts_with("s2-when-c0"));
        set(&mut fields, "s2-when-c0-field", "purpose");
        set(&mut fields, "s2-when-c1-field", "outside");
        set(&mut fields, "change", "answers-s2");
        let (status, to) = app.post(world.safety, form, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        assert!(to.ends_with("#part-s2"), "{to}");
        let (_, page) = app.get(world.safety, form).await;
        assert!(page.contains("「何の目的ですか」の答え"), "{page}");
        let mut fields = fields_of(&page);
        for (name, value) in [
            ("s2-when-c0-is", "research"),
            ("s2-when-c0-is", "management"),
            ("s2-when-c1-is", "no"),
        ] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        let (status, to) = app.post(world.safety, form, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{to}");
        let (_, preview) = app.get(world.safety, &format!("{form}/preview")).await;
        let words = "「何の目的ですか」が「研究 / 経営・統計」のとき、かつ「院外へ持ち出しますか」が「いいえ」のとき";
        assert!(preview.contains(words), "{preview}");
        let (status, _) = app
            .post(
                world.safety,
                &format!("{form}/publication"),
                &[("from", "2026-11-21")],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let filed = async |purpose: &str, outside: &str| {
            let mut answers = export();
            answers["purpose"] = serde_json::json!([purpose]);
            answers["purpose-detail"] = serde_json::json!(["倫理審査 第1号"]);
            answers["outside"] = serde_json::json!([outside]);
            world.file(world.staff, "form-data-export", answers).await
        };
        for (purpose, outside, state) in [
            ("research", "no", "later"),
            ("management", "no", "later"),
            ("research", "yes", "skipped"),
            ("conference", "no", "skipped"),
        ] {
            let filed = filed(purpose, outside).await;
            assert_eq!(filed["steps"][2]["step"], "system");
            assert_eq!(filed["steps"][2]["state"], state, "{purpose} {outside}");
        }
        // An answer that the question does not have is refused at its place.
        let (_, page) = app.get(world.safety, form).await;
        let mut fields = fields_of(&page);
        fields.push(("s2-when-c0-is".to_owned(), "nothing".to_owned()));
        let (status, page) = app.post(world.safety, form, &pairs(&fields)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("href=\"#field-s2-when-c0-is\""), "{page}");
    }
}
