//! The OpenAPI document, written from the route table.

use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required,
    ResponseBuilder, Schema, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::{BASE, Row, Schemas, Verb, rows};
use crate::http::Problem;

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    let mut schemas: Schemas = vec![("Problem".to_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    let mut paths = PathsBuilder::new();
    for row in rows() {
        let operation = operation(row, &mut schemas);
        paths = paths.path(row.path, PathItem::new(method(row.verb), operation));
    }
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Tandem")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The shared clinical record of practices where physiotherapists and massage therapists treat the \
                     same people. Every call, reads and refusals too, is an audit event that is durable before the answer.",
                ))
                .build(),
        )
        .servers(Some([ServerBuilder::new().url(BASE).build()]))
        .paths(paths.build())
        .components(Some(components))
        .build()
}

fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    }
}

fn operation(row: &Row, schemas: &mut Schemas) -> Operation {
    let tag = row.path.split('/').nth(1).unwrap_or_default();
    let action: &'static str = row.action.into();
    let id = format!("{action}_{}", row.path.trim_start_matches('/').replace(['/', '{', '}', '-'], "_"));
    let mut operation = OperationBuilder::new()
        .operation_id(Some(id))
        .tag(tag)
        .summary(Some(row.summary))
        .description(Some(format!("Recorded as `{action}`.")));
    for name in parameters_of(row.path) {
        operation = operation.parameter(parameter(name, ParameterIn::Path, true, "From the answer that named it"));
    }
    for (name, meaning) in row.query {
        operation = operation.parameter(parameter(name, ParameterIn::Query, false, meaning));
    }
    if row.if_match {
        let meaning = "The version that was read, as its `ETag` said it";
        operation = operation.parameter(parameter("If-Match", ParameterIn::Header, true, meaning));
    }
    if row.retry {
        let meaning = "1 to 100 visible characters; a repeat within 24 hours does its work once";
        operation = operation.parameter(parameter("Idempotency-Key", ParameterIn::Header, false, meaning));
    }
    if let Some(takes) = row.takes {
        let mut content = Content::new(Some(takes(schemas)));
        content.example = row.example.and_then(|example| serde_json::from_str(example).ok());
        let body =
            RequestBodyBuilder::new().content("application/json", content).required(Some(required(!row.optional_body)));
        operation = operation.request_body(Some(body.build()));
    }
    let mut success = ResponseBuilder::new().description(row.summary);
    if let Some(answers) = row.answers {
        success = success.content("application/json", Content::new(Some(answers(schemas))));
    }
    if let Some(besides) = row.besides {
        success = success.content(besides, Content::new(None::<RefOr<Schema>>));
    }
    let problem = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"))));
    let failure = ResponseBuilder::new().description("What went wrong").content("application/problem+json", problem);
    operation = operation.response(row.status.to_string(), success).response("default", failure);
    if !row.open {
        operation = operation.security(SecurityRequirement::new("bearer", Vec::<String>::new()));
    }
    operation.build()
}

const fn required(required: bool) -> Required {
    if required { Required::True } else { Required::False }
}

fn parameters_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
}

fn parameter(name: &str, place: ParameterIn, required: bool, meaning: &str) -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(self::required(required))
        .description(Some(meaning))
        .schema(Some(String::schema()))
        .build()
}
