//! Projects.

use super::basics::present;
use super::{
    Channel, Field, Id, KeepText, Mode, Object, RateLimit, ShownObject, Time, UnknownTargets,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A project: one application whose messages are judged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Project {
    /// Our id; also the id that clients use who need a UUID or 36 characters.
    pub(crate) id: Id,
    /// What people call it.
    pub(crate) name: String,
    /// A sentence for people.
    #[schema(required)]
    pub(crate) description: Option<String>,
    /// An integer by which clients name it.
    pub(crate) number: u32,
    /// A 36-character application id by which Amazon Q's clients name it.
    #[schema(required)]
    pub(crate) amazon_q_application_id: Option<String>,
    /// A business id by which Haptik's clients name it.
    #[schema(required)]
    pub(crate) haptik_business_id: Option<i64>,
    /// A chatbot id by which Wonderchat's clients name it.
    #[schema(required)]
    pub(crate) wonderchat_chatbot_id: Option<String>,
    /// What a vote for something unknown does.
    pub(crate) unknown_targets: UnknownTargets,
    /// Whether it takes feedback.
    pub(crate) enabled: bool,
    /// Which texts of messages are kept.
    pub(crate) keep_text: KeepText,
    /// What its application does.
    pub(crate) mode: Mode,
    /// The vendor's server, where requests go on to that are not answered here.
    #[schema(required)]
    pub(crate) upstream: Option<Upstream>,
    /// How many requests are taken for it; `null` where the server's settings say it.
    #[schema(required)]
    pub(crate) rate_limit: Option<RateLimit>,
    /// What clients asked to be kept for it: an object for each dialect.
    #[schema(required, value_type = Option<Object>)]
    pub(crate) client_settings: Option<ShownObject>,
    /// When it was made.
    pub(crate) created_at: Time,
    /// When its settings last changed.
    pub(crate) updated_at: Time,
}

/// A vendor's server behind a project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Upstream {
    /// The interface that it speaks.
    pub(crate) dialect: Channel,
    /// Its base URL, as clients had it.
    pub(crate) base_url: String,
    /// Whether accepted votes are sent there too.
    pub(crate) mirror: bool,
    /// The credential that is sent instead of the client's own: the end of its secret.
    #[schema(required)]
    pub(crate) credential: Option<CredentialHint>,
    /// Haptik: where the requests of the vendor's webhook go on to.
    #[schema(required)]
    pub(crate) webhook_forward_to: Option<String>,
}

/// A credential, of which only the end is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialHint {
    /// The end of the secret.
    pub(crate) hint: String,
}

/// What a request says of a project's upstream.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpstreamBody {
    /// The interface that it speaks: a vendor's.
    pub(crate) dialect: Channel,
    /// Its base URL, as clients had it: with or without the path that all of the interface's paths begin with.
    #[schema(pattern = "^https?://[!-~]+$", max_length = 2000)]
    pub(crate) base_url: String,
    /// Whether accepted votes are sent there too. It needs a credential.
    #[serde(default)]
    pub(crate) mirror: bool,
    /// What is sent instead of the client's own credential. Absent, the one that is known stays; `null` sends the
    /// client's own.
    #[serde(default)]
    #[schema(value_type = Option<VendorCredential>)]
    pub(crate) credential: Field<Object<VendorCredential>>,
    /// Haptik: where the requests of the vendor's webhook go on to.
    #[serde(default)]
    #[schema(pattern = "^https?://[!-~]+$", max_length = 2000)]
    pub(crate) webhook_forward_to: Option<String>,
}

/// A credential at a vendor: as much of it as the vendor's interface knows. It is sealed, and never shown again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VendorCredential {
    /// The key, the token, or what requests are signed with.
    #[schema(min_length = 1, max_length = 512)]
    pub(crate) secret: Option<String>,
    /// Haptik: the client's id.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) client_id: Option<String>,
    /// Amazon Q: the access key's id.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) access_key_id: Option<String>,
    /// Amazon Q: the session token of a temporary access key.
    #[schema(min_length = 1, max_length = 4096)]
    pub(crate) session_token: Option<String>,
    /// Amazon Q: the region that requests are signed for; the base URL's, if there is none.
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) region: Option<String>,
    /// Haptik: what the vendor signs its webhook's requests with.
    #[schema(min_length = 1, max_length = 512)]
    pub(crate) webhook_secret: Option<String>,
}

/// What a request says of a project's settings.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) name: Option<String>,
    pub(crate) description: Field<String>,
    pub(crate) number: Option<u32>,
    pub(crate) amazon_q_application_id: Field<String>,
    pub(crate) haptik_business_id: Field<i64>,
    pub(crate) wonderchat_chatbot_id: Field<String>,
    pub(crate) unknown_targets: Option<UnknownTargets>,
    pub(crate) enabled: Option<bool>,
    pub(crate) keep_text: Option<KeepText>,
    pub(crate) mode: Option<Mode>,
    pub(crate) upstream: Field<Object<UpstreamBody>>,
    pub(crate) rate_limit: Field<Object<RateLimit>>,
}

/// A body with a project's settings. Only the name differs: a new project needs one.
macro_rules! settings {
    ($(#[$doc:meta])* $struct:ident { $(#[$attribute:meta])* name: $name:ty }) => {
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub(crate) struct $struct {
            /// What people call it; unique among the projects.
            $(#[$attribute])*
            #[schema(min_length = 1, max_length = 255)]
            pub(crate) name: $name,
            /// A sentence for people.
            #[serde(default)]
            #[schema(value_type = Option<String>, max_length = 2000)]
            pub(crate) description: Field<String>,
            /// An integer by which clients name it; the next free one for a new project.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = u32, required = false, minimum = 1, maximum = 2147483647)]
            pub(crate) number: Option<u32>,
            /// A 36-character application id by which Amazon Q's clients name it.
            #[serde(default)]
            #[schema(value_type = Option<String>, pattern = "^[a-zA-Z0-9][a-zA-Z0-9-]{35}$")]
            pub(crate) amazon_q_application_id: Field<String>,
            /// A business id by which Haptik's clients name it.
            #[serde(default)]
            #[schema(value_type = Option<i64>)]
            pub(crate) haptik_business_id: Field<i64>,
            /// A chatbot id by which Wonderchat's clients name it.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 1024)]
            pub(crate) wonderchat_chatbot_id: Field<String>,
            /// What a vote for something unknown does: `accept` in a new project.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = UnknownTargets, required = false)]
            pub(crate) unknown_targets: Option<UnknownTargets>,
            /// Whether it takes feedback: `true` in a new project.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = bool, required = false)]
            pub(crate) enabled: Option<bool>,
            /// Which texts of messages are kept: `all` in a new project.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = KeepText, required = false)]
            pub(crate) keep_text: Option<KeepText>,
            /// What its application does: `chat` in a new project.
            #[serde(default, deserialize_with = "present")]
            #[schema(value_type = Mode, required = false)]
            pub(crate) mode: Option<Mode>,
            /// The vendor's server, where requests go on to that are not answered here. It takes the place of the one
            /// before, but for a credential that it says nothing of.
            #[serde(default)]
            #[schema(value_type = Option<UpstreamBody>)]
            pub(crate) upstream: Field<Object<UpstreamBody>>,
            /// How many requests are taken for it, of all keys together; `null` leaves that to the server's settings.
            /// Only a key of the workspace may change it.
            #[serde(default)]
            #[schema(value_type = Option<RateLimit>)]
            pub(crate) rate_limit: Field<Object<RateLimit>>,
        }

        impl From<$struct> for Settings {
            fn from(body: $struct) -> Self {
                Self {
                    name: body.name.into(),
                    description: body.description,
                    number: body.number,
                    amazon_q_application_id: body.amazon_q_application_id,
                    haptik_business_id: body.haptik_business_id,
                    wonderchat_chatbot_id: body.wonderchat_chatbot_id,
                    unknown_targets: body.unknown_targets,
                    enabled: body.enabled,
                    keep_text: body.keep_text,
                    mode: body.mode,
                    upstream: body.upstream,
                    rate_limit: body.rate_limit,
                }
            }
        }
    };
}

settings! {
    /// A project to be made.
    #[schema(examples(json!({"name": "support", "unknown_targets": "accept"})))]
    NewProject { name: String }
}

settings! {
    /// What is to change of a project: an absent field stays, `null` clears.
    #[schema(examples(json!({"description": "Answers questions about refunds."})))]
    ProjectChange {
        #[serde(default, deserialize_with = "present")]
        #[schema(value_type = String, required = false)]
        name: Option<String>
    }
}
