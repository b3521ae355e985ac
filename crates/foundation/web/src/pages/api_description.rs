use axum::Json;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;
use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Content, ObjectBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder};

use crate::app::App;
use crate::context::PublicContext;
use crate::i18n::{Translator, args};
use crate::ui::components;

const PROBLEM_TYPE: &str = "application/problem+json";

/// The OpenAPI document of the whole program.
#[must_use]
pub(crate) fn document(app: &App) -> utoipa::openapi::OpenApi {
    let info = utoipa::openapi::InfoBuilder::new()
        .title("Yagura API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Everything that the pages do. Sign in with a session cookie or send \
             `Authorization: Bearer` with an API token. Errors are problem+json (RFC 9457). \
             Every operation that changes something takes an `Idempotency-Key`: sent again with the \
             same request within 24 hours it is answered again, with `Idempotency-Replayed: true`, \
             and not done again.",
        ))
        .build();
    let mut document = utoipa::openapi::OpenApiBuilder::new().info(info).build();
    document.merge(crate::sign_in::document());
    for feature in app.features() {
        if let Some(part) = feature.openapi() {
            document.merge(part);
        }
    }
    describe_refusals(&mut document);
    describe_idempotency(&mut document);
    document
}

/// Said once for every operation that changes something.
fn describe_idempotency(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let key = ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "1 to 255 visible ASCII characters that the caller has used for no other request, \
                     such as a UUID. The same request under the same key within 24 hours is answered \
                     as the first time and not done again. A refused request may be mended and sent \
                     again under its key.",
                ))
                .schema(Some(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .min_length(Some(1))
                        .max_length(Some(255))
                        .pattern(Some("^[!-~]+$")),
                ))
                .build();
            operation
                .parameters
                .get_or_insert_default()
                .push(key.into());
            let mut refuse = |status: &str, words: &str| {
                operation
                    .responses
                    .responses
                    .entry(status.to_owned())
                    .or_insert_with(|| {
                        ResponseBuilder::new()
                            .description(words)
                            .content(
                                PROBLEM_TYPE,
                                Content::new(Some(Ref::from_schema_name("Problem"))),
                            )
                            .into()
                    });
            };
            refuse(
                "409",
                "The record was changed meanwhile; or the same request is being handled \
                 (`Retry-After` says when to ask again), or was begun before and broke off",
            );
            refuse(
                "422",
                "Fields are to be mended; or the `Idempotency-Key` was used for another request",
            );
        }
    }
}

/// Said once for every operation: each may refuse, and each refusal is problem+json (RFC 9457).
fn describe_refusals(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            for (status, response) in responses.iter_mut() {
                if status.starts_with(['4', '5'])
                    && let RefOr::T(response) = response
                    && let Some(content) = response.content.shift_remove("application/json")
                {
                    response.content.insert(PROBLEM_TYPE.to_owned(), content);
                }
            }
            responses.entry("4XX".to_owned()).or_insert_with(|| {
                ResponseBuilder::new()
                    .description("Refused; the body says why and how to mend it")
                    .content(
                        PROBLEM_TYPE,
                        Content::new(Some(Ref::from_schema_name("Problem"))),
                    )
                    .into()
            });
        }
    }
}

pub(super) async fn json(context: PublicContext) -> Json<utoipa::openapi::OpenApi> {
    Json(document(&context.app))
}

/// The same for people, without any script.
pub(super) async fn page(context: PublicContext) -> Response {
    let t = context.t();
    let document = serde_json::to_value(document(&context.app)).unwrap_or(Value::Null);
    let body = html! {
        p { (t.t("api-docs-lede")) " " a href="/api/v1/openapi.json" { "openapi.json" } }
        @if let Some(paths) = document.get("paths").and_then(Value::as_object) {
            @for (path, operations) in paths {
                @if let Some(operations) = operations.as_object() {
                    @for (method, operation) in operations { (operation_of(t, path, method, operation)) }
                }
            }
        }
    };
    context.page(t.t("api-docs-title"), body)
}

fn operation_of(t: &Translator, path: &str, method: &str, operation: &Value) -> Markup {
    let text = |name: &str| {
        operation
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let responses = operation.get("responses").and_then(Value::as_object);
    html! {
        section.card {
            h2 { code { (method.to_uppercase()) " " (path) } }
            p { (text("summary")) }
            @if !text("description").is_empty() { p { (text("description")) } }
            @if let Some(parameters) = parameters {
                h3 { (t.t("api-docs-parameters")) }
                ul {
                    @for parameter in parameters {
                        li {
                            code { (parameter.get("name").and_then(Value::as_str).unwrap_or_default()) }
                            " (" (parameter.get("in").and_then(Value::as_str).unwrap_or_default()) ") "
                            (parameter.get("description").and_then(Value::as_str).unwrap_or_default())
                        }
                    }
                }
            }
            @if let Some(body) = operation.get("requestBody") {
                (components::details(t.t("api-docs-body"), html! {
                    pre { code { (serde_json::to_string_pretty(body).unwrap_or_default()) } }
                }))
            }
            @if let Some(responses) = responses {
                h3 { (t.t_args("api-docs-responses", args![("count", u64::try_from(responses.len()).unwrap_or(0))])) }
                ul {
                    @for (status, response) in responses {
                        li { code { (status) } " " (response.get("description").and_then(Value::as_str).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}
