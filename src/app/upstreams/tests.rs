//! What may be an upstream, and what becomes of its credential.

use super::*;
use crate::app::AppOptions;
use crate::error::ErrorKind;

const SECRET: &str = "app-0123456789abcdef-wxyz";

fn draft(dialect: Dialect, base_url: &str) -> UpstreamDraft {
    UpstreamDraft {
        dialect,
        base_url: base_url.to_owned(),
        mirror: false,
        credential: Ask::Absent,
        webhook_forward_to: None,
    }
}

fn dify(credential: Ask<VendorCredential>) -> UpstreamDraft {
    UpstreamDraft {
        credential,
        ..draft(Dialect::Dify, "https://dify.example.com/v1")
    }
}

fn secret(secret: &str) -> VendorCredential {
    VendorCredential {
        secret: Some(secret.to_owned()),
        ..VendorCredential::default()
    }
}

struct World {
    master_key: MasterKey,
}

impl World {
    fn new() -> Self {
        Self {
            master_key: MasterKey::random(),
        }
    }

    fn rules(&self) -> UpstreamRules<'_> {
        UpstreamRules {
            master_key: &self.master_key,
            allow_private: false,
        }
    }

    fn set(&self, known: Option<&Upstream>, draft: UpstreamDraft) -> Upstream {
        self.rules().drafted(known, draft).unwrap()
    }

    /// What is wrong with a draft: the field and the words.
    fn refusal(&self, draft: UpstreamDraft) -> String {
        let refused = self.rules().drafted(None, draft).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        refused.to_string()
    }

    fn opened(&self, upstream: &Upstream) -> VendorCredential {
        self.rules().opened(upstream).unwrap()
    }
}

#[test]
fn a_base_url_is_a_servers_and_nothing_more() {
    let world = World::new();
    let long = format!("https://a.example/{}", "x".repeat(limits::TITLE_CHARACTERS));
    for (base_url, expected) in [
        ("", "base_url: must not be empty"),
        (long.as_str(), "base_url: must have at most"),
        ("dify.example.com", "base_url: must begin with https://"),
        ("HTTPS:dify", "base_url: must begin with https://"),
        (
            "ftp://dify.example.com",
            "base_url: must begin with https://",
        ),
        ("https://", "base_url: is no URL"),
        ("https://a.example:99999", "base_url: is no URL"),
        ("https://ada@a.example", "base_url: must have no user"),
        ("https://:word@a.example", "base_url: must have no user"),
        ("https://a.example/?x", "base_url: must have no user"),
        ("https://a.example/#x", "base_url: must have no user"),
        ("https://a.exa\tmple", "base_url: must be ASCII"),
        ("https://a.example/a b", "base_url: must be ASCII"),
        ("https://ä.example", "base_url: must be ASCII"),
        ("https://a.example\\b", "base_url: must be ASCII"),
    ] {
        let refusal = world.refusal(draft(Dialect::Dify, base_url));
        assert!(refusal.starts_with(expected), "{base_url}: {refusal}");
    }
}

#[test]
fn servers_nearby_are_refused_however_they_are_spelled() {
    let world = World::new();
    for host in [
        "127.0.0.1:8080",
        "127.1",
        "2130706433",
        "017700000001",
        "0x7f.1",
        "0x7f000001",
        "0",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        "LocalHost",
        "localhost.",
        "dify.localhost",
    ] {
        let base_url = format!("http://{host}/v1");
        let refusal = world.refusal(draft(Dialect::Dify, &base_url));
        let expected = "base_url: is on this machine or in a private network";
        assert!(refusal.starts_with(expected), "{host}: {refusal}");
        let allowing = UpstreamRules {
            allow_private: true,
            ..world.rules()
        };
        let allowed = allowing.drafted(None, draft(Dialect::Dify, &base_url));
        assert_eq!(allowed.unwrap().base_url, base_url);
    }
}

#[test]
fn servers_of_the_internet_are_taken_as_they_are_written() {
    let world = World::new();
    for base_url in [
        "https://api.dify.ai/v1",
        "http://a.example:8000",
        "https://A.example/dify/v1/",
        "https://xn--4ca.example",
        "https://1.1.1.1",
        "https://[2606:4700::1111]:8443/v1",
        "https://localhost.example",
    ] {
        let upstream = world.set(None, draft(Dialect::Dify, base_url));
        assert_eq!(upstream.base_url, base_url);
        assert_eq!(upstream.credential, None);
    }
}

#[test]
fn only_a_vendors_interface_has_an_upstream() {
    let refusal = World::new().refusal(draft(Dialect::Native, "https://a.example"));
    assert!(
        refusal.starts_with("dialect: must be a vendor's"),
        "{refusal}"
    );
}

#[test]
fn each_dialect_has_the_parts_of_a_credential_that_are_its_own() {
    let world = World::new();
    let text = || Some("text".to_owned());
    let parts = [
        ("client_id", Dialect::Haptik),
        ("webhook_secret", Dialect::Haptik),
        ("access_key_id", Dialect::AmazonQ),
        ("session_token", Dialect::AmazonQ),
        ("region", Dialect::AmazonQ),
    ];
    for dialect in [
        Dialect::Dify,
        Dialect::Wonderchat,
        Dialect::Melodi,
        Dialect::AmazonQ,
        Dialect::Haptik,
    ] {
        for (field, _) in parts.iter().filter(|(_, belongs)| *belongs != dialect) {
            let mut said = secret(SECRET);
            *match *field {
                "client_id" => &mut said.client_id,
                "webhook_secret" => &mut said.webhook_secret,
                "access_key_id" => &mut said.access_key_id,
                "session_token" => &mut said.session_token,
                _ => &mut said.region,
            } = text();
            let refusal = world.refusal(UpstreamDraft {
                credential: Ask::Set(said),
                ..draft(dialect, "https://a.example")
            });
            let expected = format!("credential.{field}: only an upstream of the dialect");
            assert!(refusal.starts_with(&expected), "{dialect}: {refusal}");
        }
    }
}

#[test]
fn a_credential_goes_into_a_header_whole() {
    let world = World::new();
    let long = "x".repeat(limits::SECRET_CHARACTERS + 1);
    for (text, expected) in [
        ("", "credential.secret: must not be empty"),
        (long.as_str(), "credential.secret: must have at most"),
        ("two words", "credential.secret: must be ASCII"),
        ("line\r\nX-Other: 1", "credential.secret: must be ASCII"),
        ("sécret", "credential.secret: must be ASCII"),
    ] {
        let refusal = world.refusal(dify(Ask::Set(secret(text))));
        assert!(refusal.starts_with(expected), "{text}: {refusal}");
    }
}

#[test]
fn what_must_be_signed_needs_what_it_is_signed_with() {
    let world = World::new();
    let half = VendorCredential {
        access_key_id: Some("AKIDEXAMPLE".to_owned()),
        ..VendorCredential::default()
    };
    for credential in [
        Ask::Absent,
        Ask::Clear,
        Ask::Set(half),
        Ask::Set(secret(SECRET)),
    ] {
        let refusal = world.refusal(UpstreamDraft {
            credential,
            ..draft(
                Dialect::AmazonQ,
                "https://qbusiness.us-east-1.amazonaws.com",
            )
        });
        let expected = "credential.secret: is needed, with its access_key_id";
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}

#[test]
fn haptiks_secret_and_client_id_belong_together() {
    let world = World::new();
    let alone = VendorCredential {
        client_id: Some("client".to_owned()),
        ..VendorCredential::default()
    };
    for said in [alone, secret(SECRET)] {
        let refusal = world.refusal(UpstreamDraft {
            credential: Ask::Set(said),
            ..draft(Dialect::Haptik, "https://api.haptikapi.com")
        });
        let expected = "credential.client_id: secret and client_id belong together";
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let webhook = VendorCredential {
        webhook_secret: Some("of-the-webhook".to_owned()),
        ..VendorCredential::default()
    };
    let upstream = world.set(
        None,
        UpstreamDraft {
            credential: Ask::Set(webhook.clone()),
            ..draft(Dialect::Haptik, "https://api.haptikapi.com")
        },
    );
    assert_eq!(world.opened(&upstream), webhook);
}

#[test]
fn a_mirror_needs_a_secret() {
    let world = World::new();
    for credential in [Ask::Absent, Ask::Clear] {
        let refusal = world.refusal(UpstreamDraft {
            mirror: true,
            ..dify(credential)
        });
        let expected = "credential.secret: is needed for a mirror";
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    let mirrored = UpstreamDraft {
        mirror: true,
        ..dify(Ask::Absent)
    };
    assert!(world.set(Some(&known), mirrored).mirror);
}

#[test]
fn where_a_webhook_goes_on_to_is_haptiks_and_checked_as_a_base_url_is() {
    let world = World::new();
    let forward = |dialect, url: &str| UpstreamDraft {
        webhook_forward_to: Some(url.to_owned()),
        ..draft(dialect, "https://a.example")
    };
    for (dialect, url, expected) in [
        (
            Dialect::Dify,
            "https://b.example",
            "webhook_forward_to: only an upstream of the dialect haptik",
        ),
        (
            Dialect::Haptik,
            "b.example",
            "webhook_forward_to: must begin with",
        ),
        (
            Dialect::Haptik,
            "http://10.0.0.1/hook",
            "webhook_forward_to: is on this machine",
        ),
    ] {
        let refusal = world.refusal(forward(dialect, url));
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let upstream = world.set(None, forward(Dialect::Haptik, "https://b.example/hook"));
    assert_eq!(
        upstream.webhook_forward_to.as_deref(),
        Some("https://b.example/hook")
    );
}

#[test]
fn a_credential_stays_where_nothing_is_said_of_it() {
    let world = World::new();
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    let moved = UpstreamDraft {
        base_url: "https://dify.example.com/elsewhere".to_owned(),
        ..dify(Ask::Absent)
    };
    let changed = world.set(Some(&known), moved);
    assert_eq!(changed.credential, known.credential);
    assert_eq!(world.opened(&changed), secret(SECRET));
}

#[test]
fn a_credential_is_given_again_for_another_server() {
    let world = World::new();
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    for base_url in [
        "https://other.example.com/v1",
        "http://dify.example.com/v1",
        "https://dify.example.com:8443/v1",
    ] {
        let moved = |credential| UpstreamDraft {
            base_url: base_url.to_owned(),
            ..dify(credential)
        };
        let refused = world.rules().drafted(Some(&known), moved(Ask::Absent));
        let refusal = refused.unwrap_err().to_string();
        let expected = "credential: must be given again";
        assert!(refusal.starts_with(expected), "{base_url}: {refusal}");
        let again = world.set(Some(&known), moved(Ask::Set(secret(SECRET))));
        assert_eq!(world.opened(&again), secret(SECRET));
        assert_eq!(world.set(Some(&known), moved(Ask::Clear)).credential, None);
    }
}

#[test]
fn a_credential_of_one_dialect_does_not_go_to_another() {
    let world = World::new();
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    let other = draft(Dialect::Melodi, "https://dify.example.com/v1");
    assert_eq!(world.set(Some(&known), other).credential, None);
}

#[test]
fn the_same_credential_again_changes_nothing() {
    let world = World::new();
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    let again = world.set(Some(&known), dify(Ask::Set(secret(SECRET))));
    assert_eq!(again, known);
    let other = world.set(Some(&known), dify(Ask::Set(secret("another-secret-1234"))));
    assert_ne!(other.credential, known.credential);
    assert_eq!(world.opened(&other), secret("another-secret-1234"));
}

#[test]
fn a_credential_is_cleared_by_saying_so_or_by_an_empty_one() {
    let world = World::new();
    let known = world.set(None, dify(Ask::Set(secret(SECRET))));
    for credential in [Ask::Clear, Ask::Set(VendorCredential::default())] {
        let cleared = world.set(Some(&known), dify(credential));
        assert_eq!(cleared.credential, None);
        assert_eq!(world.opened(&cleared), VendorCredential::default());
    }
}

#[test]
fn nothing_that_is_kept_or_printed_tells_the_secret() {
    let world = World::new();
    let asked = dify(Ask::Set(secret(SECRET)));
    assert!(!format!("{asked:?}").contains(SECRET));
    let upstream = world.set(None, asked);
    let credential = upstream.credential.as_ref().unwrap();
    assert_eq!(credential.hint, "…wxyz");
    assert!(!format!("{upstream:?}").contains(SECRET));
    let sealed = &credential.sealed;
    assert!(
        !sealed
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes())
    );
}

#[tokio::test]
async fn another_master_key_opens_no_credential_and_a_new_one_can_be_set() {
    let sealed_elsewhere = World::new().set(None, dify(Ask::Set(secret(SECRET))));
    let app = App::open(AppOptions::in_memory()).unwrap();
    let rules = app.upstream_rules();
    let refused = rules.opened(&sealed_elsewhere).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Internal);
    let again = rules.drafted(Some(&sealed_elsewhere), dify(Ask::Set(secret(SECRET))));
    let again = again.unwrap();
    assert_ne!(again.credential, sealed_elsewhere.credential);
    assert_eq!(rules.opened(&again).unwrap(), secret(SECRET));
}
