//! Reading and writing of the fields of an entry.

use maud::{Markup, html};
use uuid::Uuid;
use yagura_kernel::text::{clean_multi_line, clean_single_line};
use yagura_web::Translator;
use yagura_web::i18n::args;
use yagura_web::mail::is_address;
use yagura_web::ui::forms::{
    Choice, Field, FormState, InputKind, Width, checkbox, select, text_field, textarea,
};

use crate::emergency::category_name;
use crate::model::{
    Category, Chart, LONGEST_FIELD, LONGEST_NOTE, LONGEST_PHONE, NewEntry, PhoneError, read_phone,
};

/// The fields of a form, by name.
pub(crate) mod names {
    pub(crate) const CATEGORY: &str = "category";
    pub(crate) const DEPUTY_OF: &str = "deputy_of";
    pub(crate) const ROLE: &str = "role";
    pub(crate) const NAME: &str = "name";
    pub(crate) const DEPARTMENT: &str = "department";
    pub(crate) const DUTY: &str = "duty";
    pub(crate) const DAY_PHONE: &str = "day_phone";
    pub(crate) const NIGHT_PHONE: &str = "night_phone";
    pub(crate) const EMAIL: &str = "email";
    pub(crate) const NOTE: &str = "note";
    pub(crate) const PACK_KEY: &str = "pack_key";
    pub(crate) const VERIFIED: &str = "verified";
    pub(crate) const REVISION: &str = "revision";
}

/// Fills a form with an entry.
pub(crate) fn state_of(entry: &NewEntry, revision: i64) -> FormState {
    let mut state = FormState::empty()
        .with(names::CATEGORY, entry.category.code())
        .with(
            names::DEPUTY_OF,
            entry.deputy_of.map(|id| id.to_string()).unwrap_or_default(),
        )
        .with(names::ROLE, &entry.role)
        .with(names::NAME, &entry.name)
        .with(names::DEPARTMENT, &entry.department)
        .with(names::DUTY, &entry.duty)
        .with(names::DAY_PHONE, &entry.day_phone)
        .with(names::NIGHT_PHONE, &entry.night_phone)
        .with(names::EMAIL, &entry.email)
        .with(names::NOTE, &entry.note)
        .with(names::PACK_KEY, entry.pack_key.clone().unwrap_or_default())
        .with(names::REVISION, revision.to_string());
    if !entry.unverified {
        state.set(names::VERIFIED, "yes");
    }
    state
}

fn line(t: &Translator, state: &mut FormState, name: &str, label: &str) -> String {
    let text = state.read_text(t, name, label, LONGEST_FIELD);
    clean_single_line(&text, LONGEST_FIELD).unwrap_or_default()
}

fn phone(t: &Translator, state: &mut FormState, name: &str, label: &str) -> String {
    match read_phone(state.value(name)) {
        Ok(number) => number,
        Err(error) => {
            let words = args![("label", label), ("longest", LONGEST_PHONE)];
            let message = match error {
                PhoneError::NoNumber => t.t_args("contacts-error-phone", words),
                PhoneError::TooLong => t.t_args("contacts-error-phone-long", words),
            };
            state.add_error(name, message);
            String::new()
        }
    }
}

/// Reads an entry; errors go into the form.
pub(crate) fn read(
    t: &Translator,
    state: &mut FormState,
    id: Uuid,
    chart: &Chart,
) -> Option<NewEntry> {
    let category = state.read_choice(
        t,
        names::CATEGORY,
        t.t("contacts-category"),
        Category::from_code,
    );
    let name = state
        .read_required(t, names::NAME, t.t("contacts-name"), LONGEST_FIELD)
        .and_then(|name| clean_single_line(&name, LONGEST_FIELD).ok())
        .unwrap_or_default();
    if name.is_empty() && state.error(names::NAME).is_none() {
        let words = args![("label", t.t("contacts-name"))];
        state.add_error(names::NAME, t.t_args("form-error-required", words));
    }
    let role = line(t, state, names::ROLE, t.t("contacts-role"));
    let department = line(t, state, names::DEPARTMENT, t.t("contacts-department"));
    let duty = line(t, state, names::DUTY, t.t("contacts-duty"));
    let day_phone = phone(t, state, names::DAY_PHONE, t.t("contacts-day-phone"));
    let night_phone = phone(t, state, names::NIGHT_PHONE, t.t("contacts-night-phone"));
    let email = line(t, state, names::EMAIL, t.t("contacts-email"));
    if !email.is_empty() && !is_address(&email) {
        state.add_error(names::EMAIL, t.t("contacts-error-email"));
    }
    let note = state.read_text(t, names::NOTE, t.t("contacts-note"), LONGEST_NOTE);
    let note = clean_multi_line(&note, LONGEST_NOTE).unwrap_or_default();
    let deputy_of = match state.value(names::DEPUTY_OF) {
        "" => None,
        text => match yagura_kernel::id::parse_uuid(text)
            .ok()
            .and_then(|id| chart.entry(id))
        {
            Some(entry) => Some(entry.id),
            None => {
                state.add_error(names::DEPUTY_OF, t.t("contacts-error-deputy"));
                None
            }
        },
    };
    let pack_key = Some(state.value(names::PACK_KEY).to_owned())
        .filter(|key| !key.is_empty() && key.len() <= LONGEST_FIELD);
    let verified = state.is_chosen(names::VERIFIED, "yes");
    if state.has_errors() {
        return None;
    }
    let category = category?;
    // People of one's own house and entries typed by hand are one's own word; an office of the
    // national list is unverified until somebody says that they asked.
    let unverified = pack_key.is_some() && category != Category::Inside && !verified;
    Some(NewEntry {
        id,
        category,
        deputy_of: deputy_of.filter(|_| category == Category::Inside),
        role,
        name,
        department,
        duty,
        day_phone,
        night_phone,
        email,
        note,
        pack_key,
        unverified,
    })
}

/// The fields of an entry.
pub(crate) fn fields(
    t: &Translator,
    state: &FormState,
    chart: &Chart,
    own: Option<Uuid>,
) -> Markup {
    let categories: Vec<Choice<'_>> = Category::ALL
        .into_iter()
        .map(|category| Choice::new(category.code(), category_name(t, category)))
        .collect();
    let principals: Vec<(String, String)> = chart
        .of(Category::Inside)
        .filter(|entry| Some(entry.id) != own)
        .map(|entry| {
            (
                entry.id.to_string(),
                format!("{} {}", entry.name, entry.role),
            )
        })
        .collect();
    let mut deputies = vec![Choice::new("", t.t("contacts-deputy-none"))];
    deputies.extend(principals.iter().map(|(id, name)| Choice::new(id, name)));
    let inside = state.value(names::CATEGORY) == Category::Inside.code();
    let from_list = !state.value(names::PACK_KEY).is_empty();
    let field = |name, label| Field::new(name, label).longest(LONGEST_FIELD);
    let number = |name, label| {
        Field::new(name, label)
            .kind(InputKind::Telephone)
            .width(Width::Medium)
            .longest(LONGEST_PHONE)
    };
    html! {
        (select(t, state, &Field::new(names::CATEGORY, t.t("contacts-category")).required(), &categories))
        (text_field(t, state, &field(names::NAME, t.t("contacts-name")).required().hint(t.t("contacts-name-hint"))))
        (text_field(t, state, &field(names::ROLE, t.t("contacts-role")).hint(t.t("contacts-role-hint"))))
        (text_field(t, state, &field(names::DEPARTMENT, t.t("contacts-department")).hint(t.t("contacts-department-hint"))))
        @if inside && !principals.is_empty() {
            (select(t, state, &Field::new(names::DEPUTY_OF, t.t("contacts-deputy")), &deputies))
        } @else {
            input type="hidden" name=(names::DEPUTY_OF) value=(state.value(names::DEPUTY_OF));
        }
        (text_field(t, state, &number(names::DAY_PHONE, t.t("contacts-day-phone")).hint(t.t("contacts-phone-hint"))))
        (text_field(t, state, &number(names::NIGHT_PHONE, t.t("contacts-night-phone"))))
        (text_field(t, state, &field(names::EMAIL, t.t("contacts-email")).kind(InputKind::Email)))
        (text_field(t, state, &field(names::DUTY, t.t("contacts-duty")).hint(t.t("contacts-duty-hint"))))
        (textarea(t, state, &Field::new(names::NOTE, t.t("contacts-note")).rows(2).longest(LONGEST_NOTE).hint(t.t("contacts-note-hint"))))
        @if from_list {
            (checkbox(t, state, &Field::new(names::VERIFIED, t.t("contacts-verified")).hint(t.t("contacts-verified-hint"))))
        }
        input type="hidden" name=(names::PACK_KEY) value=(state.value(names::PACK_KEY));
        input type="hidden" name=(names::REVISION) value=(state.value(names::REVISION));
    }
}
