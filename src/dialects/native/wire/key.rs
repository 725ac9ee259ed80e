//! Keys.

use super::{Channel, Field, Id, NamedProject, Object, RateLimit, Scope, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key. Its secret is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Key {
    /// Our id.
    pub(crate) id: Id,
    /// The interface whose requests carry it.
    pub(crate) dialect: Channel,
    /// The only project that it opens; `null` for all.
    #[schema(required)]
    pub(crate) project: Option<NamedProject>,
    /// What people call it.
    #[schema(required)]
    pub(crate) name: Option<String>,
    /// The secret's last characters.
    pub(crate) hint: String,
    /// Amazon Q: the access key id that requests name.
    #[schema(required)]
    pub(crate) access_key_id: Option<String>,
    /// Haptik: the client id that accompanies the token.
    #[schema(required)]
    pub(crate) client_id: Option<String>,
    /// Whether it is safe in a browser: it may create feedback and do nothing else.
    pub(crate) publishable: bool,
    /// What it may do.
    pub(crate) scopes: Vec<Scope>,
    /// How many requests are taken of it; `null` where the server's settings say it.
    #[schema(required)]
    pub(crate) rate_limit: Option<RateLimit>,
    /// When it was made.
    pub(crate) created_at: Time,
    /// When it was revoked.
    #[schema(required)]
    pub(crate) revoked_at: Option<Time>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedKey {
    /// The key.
    #[serde(flatten)]
    pub(crate) key: Key,
    /// Its secret, which cannot be shown again.
    pub(crate) secret: String,
}

/// A key to be made, or to be taken along from clients that hold it already.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"dialect": "native", "name": "nightly export", "scopes": ["feedback:read"]})))]
pub(crate) struct NewKey {
    /// The interface whose requests will carry it.
    pub(crate) dialect: Channel,
    /// The only project that it opens: our id, its name or its number. Absent for all projects.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) project: Option<String>,
    /// What people call it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) name: Option<String>,
    /// The secret that clients hold already; one is made if it is absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 512)]
    pub(crate) secret: Option<String>,
    /// Amazon Q: the access key id that clients hold already.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) access_key_id: Option<String>,
    /// Haptik: the client id that clients hold already.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    pub(crate) client_id: Option<String>,
    /// Whether it is safe in a browser: it may create feedback and do nothing else.
    #[serde(default)]
    pub(crate) publishable: bool,
    /// What it may do; feedback may be read and written if this is absent.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub(crate) scopes: Option<Vec<Scope>>,
    /// How many requests are taken of it; absent or `null`, the server's settings say it. Only keys of the workspace may say it.
    #[serde(default)]
    #[schema(value_type = Option<RateLimit>)]
    pub(crate) rate_limit: Option<Object<RateLimit>>,
    /// Whether you know that the secret is short and could be guessed, and want it all the same.
    #[serde(default)]
    pub(crate) allow_short_secret: bool,
}

/// What is to change of a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"rate_limit": {"per_second": 50, "burst": 200}})))]
pub(crate) struct KeyChange {
    /// How many requests are taken of it: absent, it stays; `null` leaves it to the server's settings.
    #[serde(default)]
    #[schema(value_type = Option<RateLimit>)]
    pub(crate) rate_limit: Field<Object<RateLimit>>,
}
