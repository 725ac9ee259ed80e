//! Vendors' servers behind projects, and the credentials that are sent there.

#[cfg(test)]
mod tests;

use super::{App, MasterKey, validate};
use crate::domain::vote::Ask;
use crate::domain::{Dialect, Project, SealedCredential, Upstream, is_public_address};
use crate::error::{Error, Result};
use crate::limits;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// What is said of a project's upstream. It takes the place of the one before as a whole, but for a credential that it
/// says nothing of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamDraft {
    /// See [`Upstream::dialect`].
    pub dialect: Dialect,
    /// See [`Upstream::base_url`].
    pub base_url: String,
    /// See [`Upstream::mirror`].
    pub mirror: bool,
    /// See [`Upstream::credential`].
    pub credential: Ask<VendorCredential>,
    /// See [`Upstream::webhook_forward_to`].
    pub webhook_forward_to: Option<String>,
}

/// A credential at a vendor: as much of it as the vendor's interface knows.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VendorCredential {
    /// The key, the token, or what requests are signed with. Without one, the client's own credential goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Haptik: the client's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Amazon Q: the access key's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Amazon Q: the session token of a temporary access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Amazon Q: the region that requests are signed for; the base URL's, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Haptik: what the vendor signs its webhook's requests with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
}

// Without what is secret: what can be printed is printed one day.
impl fmt::Debug for VendorCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VendorCredential(…)")
    }
}

impl VendorCredential {
    /// What of it nobody is to read, wherever a vendor repeats it.
    pub fn secrets(&self) -> Vec<&str> {
        let all = [&self.secret, &self.session_token, &self.webhook_secret];
        all.into_iter().filter_map(Option::as_deref).collect()
    }
}

/// What decides about upstreams beside what is said of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct UpstreamRules<'app> {
    pub(super) master_key: &'app MasterKey,
    /// Whether they may be on this machine or in a private network.
    pub(super) allow_private: bool,
}

impl App {
    /// What is sent to a project's upstream, opened. Everything in it is absent if there is none.
    pub fn vendor_credential(&self, project: &Project) -> Result<VendorCredential> {
        let upstream = project.upstream.as_ref();
        upstream.map_or_else(
            || Ok(VendorCredential::default()),
            |upstream| self.upstream_rules().opened(upstream),
        )
    }

    /// Whether upstreams may be on this machine or in a private network.
    pub const fn allows_private_upstreams(&self) -> bool {
        self.allow_private_upstreams
    }

    pub(super) const fn upstream_rules(&self) -> UpstreamRules<'_> {
        UpstreamRules {
            master_key: &self.master_key,
            allow_private: self.allow_private_upstreams,
        }
    }
}

impl UpstreamRules<'_> {
    fn opened(self, upstream: &Upstream) -> Result<VendorCredential> {
        let Some(credential) = &upstream.credential else {
            return Ok(VendorCredential::default());
        };
        let opened = self.master_key.unseal(&credential.sealed);
        let opened = opened.and_then(|opened| serde_json::from_slice(&opened).ok());
        opened
            .ok_or_else(|| Error::internal("the master key does not open an upstream's credential"))
    }

    /// The upstream as it is to be, or what is wrong with the draft. `known` is the one before.
    pub(super) fn drafted(
        self,
        known: Option<&Upstream>,
        draft: UpstreamDraft,
    ) -> Result<Upstream> {
        let base_url = self.checked_url("base_url", &draft.base_url)?;
        if draft.dialect == Dialect::Native {
            let message = "must be a vendor's: Candor's own interface has no vendor behind it";
            return Err(Error::invalid("dialect", message));
        }
        let known = known.filter(|known| known.dialect == draft.dialect);
        let before = known.map(|known| self.opened(known)).transpose();
        let (credential, kept) = match draft.credential {
            Ask::Clear => (VendorCredential::default(), None),
            Ask::Absent => {
                let kept = known.and_then(|known| known.credential.clone());
                let elsewhere = known
                    .and_then(|known| Url::parse(&known.base_url).ok())
                    .is_some_and(|before| before.origin() != base_url.origin());
                if kept.is_some() && elsewhere {
                    let message = "must be given again: the base URL is another server's now";
                    return Err(Error::invalid("credential", message));
                }
                (before?.unwrap_or_default(), kept)
            }
            Ask::Set(credential) => {
                let same = before.ok().flatten().as_ref() == Some(&credential);
                let kept = known.filter(|_| same);
                (credential, kept.and_then(|known| known.credential.clone()))
            }
        };
        check_credential(draft.dialect, &credential, draft.mirror)
            .map_err(|error| error.under("credential"))?;
        if let Some(url) = &draft.webhook_forward_to {
            self.checked_url("webhook_forward_to", url)?;
            if draft.dialect != Dialect::Haptik {
                let message = "only an upstream of the dialect haptik has one";
                return Err(Error::invalid("webhook_forward_to", message));
            }
        }
        let credential = match kept {
            Some(kept) => Some(kept),
            None if credential == VendorCredential::default() => None,
            None => Some(self.sealed(&credential)?),
        };
        Ok(Upstream {
            dialect: draft.dialect,
            base_url: draft.base_url,
            mirror: draft.mirror,
            credential,
            webhook_forward_to: draft.webhook_forward_to,
        })
    }

    fn sealed(self, credential: &VendorCredential) -> Result<SealedCredential> {
        let text = serde_json::to_vec(credential).map_err(Error::internal)?;
        let secret = credential.secret.as_ref();
        let shown = secret.or(credential.webhook_secret.as_ref());
        Ok(SealedCredential {
            sealed: self.master_key.seal(&text)?,
            hint: super::keys::hint(shown.map_or("", String::as_str)),
        })
    }

    fn checked_url(self, field: &str, text: &str) -> Result<Url> {
        validate::name(field, text, limits::TITLE_CHARACTERS)?;
        if !(text.starts_with("https://") || text.starts_with("http://")) {
            let message = "must begin with https:// or http://";
            return Err(Error::invalid(field, message));
        }
        // What the parser mends or translates would not be what is called.
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
            let message = "must be ASCII without spaces and backslashes: names as Punycode, paths percent-encoded";
            return Err(Error::invalid(field, message));
        }
        let url = Url::parse(text)
            .map_err(|error| Error::invalid(field, format!("is no URL: {error}")))?;
        let extra = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        if extra {
            let message = "must have no user, password, query or fragment";
            return Err(Error::invalid(field, message));
        }
        let nearby = match url.host() {
            Some(Host::Ipv4(address)) => !is_public_address(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => !is_public_address(IpAddr::V6(address)),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            None => return Err(Error::invalid(field, "names no server")),
        };
        if nearby && !self.allow_private {
            let message = "is on this machine or in a private network; the operator allows that with the setting \
                           allow_private_upstreams";
            return Err(Error::invalid(field, message));
        }
        Ok(url)
    }
}

fn check_credential(dialect: Dialect, said: &VendorCredential, mirror: bool) -> Result<()> {
    for (field, value, belongs) in [
        ("client_id", &said.client_id, Dialect::Haptik),
        ("webhook_secret", &said.webhook_secret, Dialect::Haptik),
        ("access_key_id", &said.access_key_id, Dialect::AmazonQ),
        ("session_token", &said.session_token, Dialect::AmazonQ),
        ("region", &said.region, Dialect::AmazonQ),
    ] {
        if value.is_some() && dialect != belongs {
            let message = format!("only an upstream of the dialect {belongs} has one");
            return Err(Error::invalid(field, message));
        }
    }
    for (field, value, most) in [
        ("secret", &said.secret, limits::SECRET_CHARACTERS),
        ("client_id", &said.client_id, limits::NAME_CHARACTERS),
        (
            "webhook_secret",
            &said.webhook_secret,
            limits::SECRET_CHARACTERS,
        ),
        (
            "access_key_id",
            &said.access_key_id,
            limits::NAME_CHARACTERS,
        ),
        (
            "session_token",
            &said.session_token,
            limits::SESSION_TOKEN_CHARACTERS,
        ),
        ("region", &said.region, limits::NAME_CHARACTERS),
    ] {
        if let Some(value) = value {
            validate::name(field, value, most)?;
            if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                let message =
                    "must be ASCII without spaces and control characters: it goes into a header";
                return Err(Error::invalid(field, message));
            }
        }
    }
    let needs = |field: &str, why: &str| Err(Error::invalid(field, why));
    match dialect {
        Dialect::AmazonQ if said.secret.is_none() || said.access_key_id.is_none() => needs(
            "secret",
            "is needed, with its access_key_id: clients sign for Candor, so requests are signed again",
        ),
        Dialect::Haptik if said.secret.is_some() != said.client_id.is_some() => {
            needs("client_id", "secret and client_id belong together")
        }
        _ if mirror && said.secret.is_none() => needs(
            "secret",
            "is needed for a mirror: votes are sent later, when no client's own credential is at hand",
        ),
        _ => Ok(()),
    }
}
