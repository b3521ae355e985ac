//! Devices that somebody saw and that stand in no row of the register.

use axum::response::Response;
use maud::html;
use uuid::Uuid;
use yagura_kernel::policy::{Action, actions};
use yagura_web::api::PathOf;
use yagura_web::ui::components::{
    Column, Table, TableRow, Tone, card, data_table, date_time, details, empty_state, tag,
};
use yagura_web::ui::forms::{
    Button, Field, Form, FormState, button, button_row, form, link_button, text_field,
};
use yagura_web::{Context, FlashMessage, SubmittedForm, WebError};

use super::{Part, crumbs, may, read_proof};
use crate::model::Asset;
use crate::operations;
use crate::store::{self, Reader};

const PATH: &str = "/inventory/strangers";
/// How many are shown: who has more imports them.
const SHOWN: usize = 200;

pub(super) async fn page(context: Context) -> Result<Response, WebError> {
    let proof = read_proof(&context).await?;
    let t = context.t();
    let reader = Reader::Database(context.database());
    let found = store::strangers(reader, proof.organization()).await?;
    let may_edit = may(&context, Action::EditInventory);
    let rows = found
        .iter()
        .take(SHOWN)
        .map(|stranger| {
            let device = stranger.device()?;
            let addresses: Vec<String> = device
                .addresses
                .iter()
                .map(|address| address.ip.to_string())
                .chain(device.macs.iter().map(ToString::to_string))
                .collect();
            let here = format!("{PATH}/{}", stranger.id);
            Ok(TableRow::new(vec![
                html! { (stranger.label) },
                html! { (addresses.join("、")) },
                html! { (stranger.sources) },
                date_time(t, stranger.last_seen_at),
                html! {
                    @match &stranger.excused {
                        Some(reason) => { (tag(Tone::Neutral, t.t("inventory-stranger-excused"))) " " (reason) }
                        None => { (tag(Tone::Caution, t.t("inventory-stranger-open"))) }
                    }
                    @if may_edit {
                        form action={ (here) "/register" } method="post" {
                            (button(&Button::secondary(t.t("inventory-stranger-register"))))
                        }
                        @if stranger.excused.is_none() {
                            (details(t.t("inventory-stranger-excuse"), form(t, &Form::post(&format!("{here}/excuse")), html! {
                                (text_field(t, &FormState::empty().with_id_prefix(stranger.id.to_string()),
                                    &Field::new("reason", t.t("inventory-stranger-reason")).required()))
                                (button_row(&Button::secondary(t.t("inventory-stranger-excuse-save")), &[]))
                            })))
                        } @else {
                            form action={ (here) "/excuse" } method="post" {
                                (button(&Button::secondary(t.t("inventory-stranger-ask-again"))))
                            }
                        }
                    }
                },
            ]))
        })
        .collect::<Result<Vec<_>, yagura_store::StoreError>>()?;
    let columns = vec![
        Column::text(t.t("inventory-import-device")),
        Column::text(t.t("inventory-import-addresses")),
        Column::text(t.t("inventory-import-source")),
        Column::text(t.t("inventory-last-seen")),
        Column::text(t.t("inventory-import-state")),
    ];
    let body = html! {
        (card(t.t("inventory-strangers"), html! {
            @if found.is_empty() {
                (empty_state(t.t("inventory-strangers-none"),
                    html! { (t.t("inventory-strangers-none-why")) }))
            } @else {
                (data_table(&Table::new(t.t("inventory-strangers"), columns, rows)))
                @if found.len() > SHOWN { p.small { (t.t("inventory-strangers-more")) } }
            }
        }))
    };
    let mut frame = context.frame(t.t("inventory-strangers"));
    frame.breadcrumbs = crumbs(&context, None);
    frame.lede = Some(html! { (t.t("inventory-strangers-lede")) });
    if may_edit {
        frame.actions = Some(html! {
            (link_button("/inventory/import", t.t("inventory-import-title"), true))
        });
    }
    context.respond(frame, body).await
}

pub(super) async fn register(
    context: Context,
    PathOf(id): PathOf<Uuid>,
) -> Result<Response, WebError> {
    let owner = store::stranger_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    let (record, asset) = operations::register_stranger(&context, &proof, id).await?;
    let message = FlashMessage::done("inventory-saved").with("name", &asset.name);
    Ok(context.redirect(&format!("{}/{record}", Asset::PATH), message))
}

pub(super) async fn excuse(
    context: Context,
    PathOf(id): PathOf<Uuid>,
    SubmittedForm(mut state): SubmittedForm,
) -> Result<Response, WebError> {
    let owner = store::stranger_owner(context.database(), id).await?;
    let proof = context.authorize::<actions::EditInventory>(owner).await?;
    let t = context.t();
    let reason = state.read_text(t, "reason", t.t("inventory-stranger-reason"), 200);
    if state.has_errors() {
        return Err(WebError::invalid_with(
            "inventory-error-too-long",
            &[
                ("label", t.t("inventory-stranger-reason").to_owned()),
                ("limit", "200".to_owned()),
            ],
        ));
    }
    let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    operations::excuse_stranger(&context, &proof, id, reason).await?;
    let message = FlashMessage::done("inventory-stranger-noted");
    Ok(context.redirect(PATH, message))
}
