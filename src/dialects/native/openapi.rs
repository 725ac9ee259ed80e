//! The API's description, made from the code: what the handlers say of themselves, and what goes for many of them.

use super::error::CONTENT_TYPE;
use super::handlers::{
    accounts, attributes, conversations, end_users, feedback, feedback_batch, feedback_records,
    invites, keys, mirror, projects, query, session, workspace_end_users,
};
use super::wire::Problem;
use crate::app::App;
use axum::Router;
use std::sync::Arc;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::schema::{AdditionalProperties, Schema};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref,
    RefOr, ResponseBuilder, ServerBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the way is called in which keys are carried.
const KEY: &str = "key";

/// What the way is called in which sessions are carried.
const SESSION: &str = "session";

/// A failure that many operations may give.
struct Failure {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    applies: fn(&Operation) -> bool,
}

const FAILURES: &[Failure] = &[
    Failure {
        status: "400",
        name: "Invalid",
        description: "The request says something that is not allowed; `field` names the place.",
        applies: |operation| operation.parameters.is_some() || operation.request_body.is_some(),
    },
    Failure {
        status: "401",
        name: "Unauthenticated",
        description: "There is neither key nor session, or it is not known, revoked or over.",
        applies: |_| true,
    },
    Failure {
        status: "403",
        name: "Forbidden",
        description: "The key or the account may not do this, or the project is switched off.",
        applies: |_| true,
    },
    Failure {
        status: "404",
        name: "NotFound",
        description: "What the request names does not exist, or the key does not open it.",
        applies: |operation| {
            has_parameter(operation, |name, place| {
                *place == ParameterIn::Path || name == "project"
            })
        },
    },
    Failure {
        status: "409",
        name: "Conflict",
        description: "The `Idempotency-Key` was used for a different request.",
        applies: |operation| has_parameter(operation, |name, _| name == "Idempotency-Key"),
    },
    Failure {
        status: "413",
        name: "TooLarge",
        description: "The body is too large.",
        applies: |operation| operation.request_body.is_some(),
    },
    Failure {
        status: "415",
        name: "UnsupportedType",
        description: "The body is not said to be JSON.",
        applies: |operation| operation.request_body.is_some(),
    },
    Failure {
        status: "429",
        name: "Busy",
        description: "More is asked than the server takes on now, or than the key or the project may; nothing was \
                      stored. `Retry-After` says when to try again.",
        applies: |_| true,
    },
    Failure {
        status: "500",
        name: "Internal",
        description: "A fault of the server's.",
        applies: |_| true,
    },
    Failure {
        status: "503",
        name: "Unavailable",
        description: "The store cannot answer now. `Retry-After` says when to try again.",
        applies: |_| true,
    },
];

fn has_parameter(operation: &Operation, is_it: impl Fn(&str, &ParameterIn) -> bool) -> bool {
    operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => is_it(&parameter.name, &parameter.parameter_in),
            RefOr::Ref(_) => false,
        })
}

/// Every route, and its description.
pub(super) fn routes_and_description() -> (Router<Arc<App>>, OpenApi) {
    let (router, mut openapi) = OpenApiRouter::with_openapi(frame())
        .routes(routes!(projects::list_projects, projects::create_project))
        .routes(routes!(
            projects::get_project,
            projects::change_project,
            projects::delete_project
        ))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::get_key, keys::change_key, keys::revoke_key))
        .routes(routes!(
            conversations::list_conversations,
            conversations::put_conversations
        ))
        .routes(routes!(
            conversations::get_conversation,
            conversations::put_conversation
        ))
        .routes(routes!(conversations::list_messages))
        .routes(routes!(end_users::list_end_users))
        .routes(routes!(end_users::get_end_user, end_users::put_end_user))
        .routes(routes!(workspace_end_users::list_workspace_end_users))
        .routes(routes!(
            workspace_end_users::get_workspace_end_user,
            workspace_end_users::put_workspace_end_user
        ))
        .routes(routes!(
            attributes::list_attributes,
            attributes::put_attribute
        ))
        .routes(routes!(feedback::list_all_feedback))
        .routes(routes!(feedback::get_any_feedback))
        .routes(routes!(feedback_records::stream_feedback_records))
        .routes(routes!(feedback::list_feedback, feedback::create_feedback))
        .routes(routes!(feedback_batch::create_feedback_batch))
        .routes(routes!(
            feedback::get_feedback,
            feedback::change_feedback,
            feedback::retract_feedback
        ))
        .routes(routes!(query::query))
        .routes(routes!(mirror::get_mirror))
        .routes(routes!(
            mirror::list_mirrored_votes,
            mirror::drop_mirrored_votes
        ))
        .routes(routes!(mirror::retry_mirror))
        .routes(routes!(
            session::sign_in,
            session::get_session,
            session::sign_out
        ))
        .routes(routes!(session::change_password))
        .routes(routes!(accounts::list_accounts, accounts::create_account))
        .routes(routes!(accounts::change_account))
        .routes(routes!(accounts::sign_out_account))
        .routes(routes!(accounts::create_password_link))
        .routes(routes!(accounts::list_audit))
        .routes(routes!(invites::list_invites, invites::create_invite))
        .routes(routes!(invites::delete_invite))
        .routes(routes!(invites::look_at_invite))
        .routes(routes!(invites::accept_invite))
        .split_for_parts();
    for operation in openapi.paths.paths.values_mut().flat_map(operations) {
        complete(operation);
    }
    if let Some(components) = &mut openapi.components {
        components.schemas.values_mut().for_each(close_variants);
    }
    (router, openapi)
}

/// What stands around the operations.
fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Candor")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("description.md")))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ));
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A key of the native API, such as `candor serve` prints at its first start.",
        ));
    let cookie = ApiKeyValue::with_description(
        session::COOKIE,
        "The session of an account, as signing in sets it. What changes something must come from this server's own pages: with \
         an `Origin` that names it, or `Sec-Fetch-Site: same-origin`.",
    );
    let mut components = ComponentsBuilder::new()
        .schema(Problem::name(), Problem::schema())
        .security_scheme(KEY, SecurityScheme::Http(key.build()))
        .security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for failure in FAILURES {
        let problem = Ref::from_schema_name(Problem::name());
        let content = ContentBuilder::new().schema(Some(problem)).build();
        let response = ResponseBuilder::new()
            .description(failure.description)
            .content(CONTENT_TYPE, content);
        components = components.response(failure.name, response);
    }
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/candor/v1").build()]))
        .security(Some(
            [KEY, SESSION].map(|way| SecurityRequirement::new(way, [""; 0])),
        ))
        .components(Some(components.build()))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// Adds the failures that the operation may give and does not describe itself.
fn complete(operation: &mut Operation) {
    for failure in FAILURES {
        if (failure.applies)(operation) {
            operation
                .responses
                .responses
                .entry(failure.status.to_owned())
                .or_insert_with(|| Ref::from_response_name(failure.name).into());
        }
    }
}

/// A choice between objects with one field each takes no other field beside it.
fn close_variants(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(choice)) = schema else {
        return;
    };
    for variant in &mut choice.items {
        if let RefOr::T(Schema::Object(object)) = variant
            && object.properties.len() == 1
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use serde_json::{Value, json};

    fn document() -> Value {
        serde_json::to_value(routes_and_description().1).unwrap()
    }

    /// The bound that the schemas of these fields state.
    fn assert_bounds(keyword: &str, limit: usize, fields: &[&str]) {
        let document = document();
        for field in fields {
            let (schema, name) = field.split_once('.').unwrap();
            let stated = &document["components"]["schemas"][schema]["properties"][name][keyword];
            assert_eq!(*stated, json!(limit), "{keyword} of {field}");
        }
    }

    #[test]
    fn the_bounds_are_those_of_limits() {
        assert_bounds(
            "maximum",
            limits::RATE as usize,
            &["RateLimit.per_second", "RateLimit.burst"],
        );
        assert_bounds(
            "maxLength",
            limits::NAME_CHARACTERS,
            &[
                "NewProject.name",
                "ProjectChange.name",
                "NewKey.name",
                "AttributeBody.name",
                "EndUserBody.name",
                "MessageBody.model",
                "NewFeedback.name",
            ],
        );
        assert_bounds(
            "maxLength",
            limits::TITLE_CHARACTERS,
            &[
                "NewProject.description",
                "UpstreamBody.base_url",
                "NewConversation.title",
            ],
        );
        assert_bounds("maxLength", limits::SECRET_CHARACTERS, &["NewKey.secret"]);
        assert_bounds(
            "maxItems",
            limits::ATTRIBUTE_OPTIONS,
            &["AttributeBody.options"],
        );
        assert_bounds(
            "maxLength",
            limits::EXTERNAL_ID_CHARACTERS,
            &["MessageBody.external_id", "NewConversation.external_id"],
        );
        assert_bounds(
            "maxLength",
            limits::MESSAGE_CHARACTERS,
            &["MessageBody.content", "MessageBody.query"],
        );
        assert_bounds(
            "maxItems",
            limits::CONVERSATION_MESSAGES,
            &["NewConversation.messages", "ConversationBody.messages"],
        );
        assert_bounds(
            "maxItems",
            limits::BATCH_ITEMS,
            &["ConversationBatch.conversations", "FeedbackBatch.items"],
        );
        assert_bounds(
            "maxLength",
            limits::COMMENT_CHARACTERS,
            &["NewFeedback.comment", "NewFeedback.correction"],
        );
        assert_bounds("maxItems", limits::REASONS, &["NewFeedback.reasons"]);
        assert_bounds(
            "minLength",
            limits::PASSWORD_CHARACTERS_MINIMUM,
            &[
                "PasswordChange.new",
                "NewAccount.password",
                "Accepting.password",
            ],
        );
        assert_bounds(
            "maxLength",
            limits::PASSWORD_CHARACTERS,
            &[
                "SignIn.password",
                "PasswordChange.new",
                "NewAccount.password",
                "Accepting.password",
            ],
        );
        assert_bounds(
            "maxLength",
            limits::EMAIL_CHARACTERS,
            &["SignIn.email", "NewAccount.email", "NewInvite.email"],
        );
        assert_bounds(
            "maxItems",
            limits::ACCOUNT_PROJECTS,
            &["NewAccount.projects", "NewInvite.projects"],
        );
    }

    #[test]
    fn the_bounds_of_parameters_are_those_of_limits() {
        let document = document();
        let parameters = document["paths"]["/feedback"]["get"]["parameters"]
            .as_array()
            .unwrap();
        let schema = |name: &str| {
            let named = parameters.iter().find(|it| it["name"] == name).unwrap();
            named["schema"].clone()
        };
        assert_eq!(schema("limit")["maximum"], json!(limits::PAGE_ITEMS));
        assert_eq!(
            schema("limit")["default"],
            json!(limits::PAGE_ITEMS_DEFAULT)
        );
        assert_eq!(
            schema("search")["maxLength"],
            json!(limits::SEARCH_CHARACTERS)
        );
        assert_eq!(
            schema("reason")["maxLength"],
            json!(limits::REASON_CHARACTERS)
        );
        let message = schema("message");
        assert_eq!(message["maxLength"], json!(limits::EXTERNAL_ID_CHARACTERS));
    }

    #[test]
    fn bodies_refuse_unknown_fields() {
        let document = document();
        for schema in [
            "NewProject",
            "ProjectChange",
            "NewKey",
            "AttributeBody",
            "EndUserBody",
            "ConversationBatch",
            "ConversationBody",
            "MessageBody",
            "NewFeedback",
            "FeedbackChange",
            "FeedbackBatch",
            "ScoreBody",
            "QueryBody",
            "QueryRange",
            "QueryFilters",
            "SignIn",
            "PasswordChange",
            "NewAccount",
            "AccountChange",
            "NewInvite",
            "InviteToken",
            "Accepting",
        ] {
            let stated = &document["components"]["schemas"][schema]["additionalProperties"];
            assert_eq!(*stated, json!(false), "{schema}");
        }
    }

    #[test]
    fn every_operation_says_what_happens_without_a_key() {
        for (path, operations) in document()["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
}
