//! Products of bills of materials: a person says on which device each runs.

use maud::{Markup, html};
use yagura_web::i18n::args;
use yagura_web::ui::forms::{
    Button, Choice, Field as FormField, Form, FormState, button_row, form, hidden, select,
    text_field,
};

use super::super::number;
use super::{ROWS, View};

/// How many devices a search offers.
pub(in crate::pages) const OFFERED: i64 = 50;

impl View<'_> {
    pub(super) fn products(&self, page: usize) -> Markup {
        let t = self.t;
        if self.plan.products.is_empty() {
            return self.nothing();
        }
        let ids: Vec<(String, &str)> = self
            .assets
            .iter()
            .map(|asset| (asset.id.to_string(), asset.name.as_str()))
            .collect();
        let choices: Vec<Choice<'_>> =
            std::iter::once(Choice::new("", t.t("inventory-choose-none")))
                .chain(ids.iter().map(|(id, name)| Choice::new(id, name)))
                .collect();
        let mut state = FormState::empty();
        let shown = self.plan.products.iter().skip((page - 1) * ROWS).take(ROWS);
        for (at, product) in shown.clone().enumerate() {
            if let Some(asset) = product.asset {
                state.set(format!("belongs-{at}"), asset.to_string());
            }
        }
        let search = FormState::empty().with("search", self.search);
        let offered = i64::try_from(self.offered).unwrap_or(i64::MAX);
        html! {
            p { (t.t("inventory-import-products-why")) }
            (form(t, &Form::get(&self.here), html! {
                (hidden("show", "products"))
                (hidden("page", &page.to_string()))
                (text_field(t, &search, &FormField::new("search",
                    t.t("inventory-import-products-search"))
                    .hint(t.t("inventory-import-products-search-hint"))))
                (button_row(&Button::secondary(t.t("inventory-import-products-find")), &[]))
            }))
            @if offered >= OFFERED {
                p.small { (t.t_args("inventory-import-products-more", args![("most", OFFERED)])) }
            } @else if offered == 0 && !self.search.is_empty() {
                p.small { (t.t("inventory-import-products-nothing")) }
            }
            (form(t, &Form::post(&format!("{}/decisions", self.here)), html! {
                (hidden("scope", "products"))
                (hidden("show", "products"))
                (hidden("page", &page.to_string()))
                (hidden("search", self.search))
                @for (at, product) in shown.enumerate() {
                    @let name = format!("belongs-{at}");
                    @let label = t.t_args("inventory-import-product", args![
                        ("name", product.name.as_str()),
                        ("parts", number(product.software.len()))
                    ]);
                    (hidden(&format!("product-{at}"), &product.key))
                    (select(t, &state, &FormField::new(&name, &label), &choices))
                }
                (button_row(&Button::secondary(t.t("inventory-import-choose-so")), &[]))
            }))
            (self.pager("products", page, self.plan.products.len()))
        }
    }
}
