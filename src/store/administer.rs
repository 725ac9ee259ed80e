//! Workspaces, projects, keys and attributes: few, and held in memory by the application. So are accounts.

use super::batch::Batch;
use super::codes::{Coded as _, blob, coded, id, optional_coded, optional_time, time};
use super::engines::Engine;
use super::sql::{self, Connection, OptionalExtension as _, Row, Seat, params};
use super::{Store, idempotency};
use crate::domain::{
    ApiKey, ApiKeyId, Attribute, AttributeId, AttributeOption, AuditEntry, OptionId, Project,
    ProjectId, RateLimit, Scopes, SealedCredential, Timestamp, Upstream, Workspace, WorkspaceId,
};
use crate::error::Result;
use crate::store::{Directory, Idempotency, Once};
use uuid::Uuid;

impl Store {
    /// Everything that the application holds in memory.
    pub async fn directory(&self) -> Result<Directory> {
        self.read(read).await
    }

    /// As [`Store::directory`], where blocking is allowed.
    pub fn read_directory(&self) -> Result<Directory> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read_now(read),
            Engine::Postgres(postgres) => postgres.read_now(read),
        }
    }

    /// How often other servers, or this one, have changed what [`Store::directory`] gives. Always zero where there is no other.
    pub async fn directory_version(&self) -> Result<i64> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(0),
            Engine::Postgres(postgres) => {
                let version = "SELECT directory FROM shared_rows";
                postgres
                    .read(move |connection| connection.query_row(version, [], |row| row.get(0)))
                    .await
            }
        }
    }

    /// What an earlier request with the same `Idempotency-Key` made; an error if it was a different request.
    pub async fn remembered(&self, idempotency: Option<&Idempotency>) -> Result<Option<Once>> {
        match idempotency.cloned() {
            None => Ok(None),
            Some(idempotency) => {
                self.read(move |connection| idempotency::look_up_once(connection, &idempotency))
                    .await?
            }
        }
    }

    /// Stores a new workspace.
    pub async fn save_workspace(&self, workspace: Workspace, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            batch.connection.insert(
                "INSERT INTO workspaces (id, name, created_at) VALUES (?1, ?2, ?3)",
                Seat::Shared,
                params![
                    blob(&workspace.id.0),
                    workspace.name,
                    workspace.created_at.microseconds()
                ],
            )?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }

    /// Stores a project as it is now, new or not.
    pub async fn save_project(
        &self,
        project: Project,
        idempotency: Option<Idempotency>,
        audit: AuditEntry,
    ) -> Result<Once> {
        self.write(move |batch| {
            save_project(batch.connection, &project)?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            once(batch, project.id.0, idempotency.as_ref()).map(Ok)
        })
        .await
    }

    /// Stores a new key.
    pub async fn save_key(
        &self,
        key: ApiKey,
        idempotency: Option<Idempotency>,
        audit: AuditEntry,
    ) -> Result<Once> {
        self.write(move |batch| {
            save_key(batch.connection, &key)?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            once(batch, key.id.0, idempotency.as_ref()).map(Ok)
        })
        .await
    }

    /// Changes how many requests are taken of a key.
    pub async fn limit_key(
        &self,
        id: ApiKeyId,
        limit: Option<RateLimit>,
        audit: AuditEntry,
    ) -> Result<()> {
        self.write(move |batch| {
            batch.connection.execute(
                "UPDATE api_keys SET rate_per_second = ?2, rate_burst = ?3 WHERE id = ?1",
                params![
                    blob(&id.0),
                    limit.map(|limit| limit.per_second),
                    limit.map(|limit| limit.burst)
                ],
            )?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }

    /// Revokes a key.
    pub async fn revoke_key(&self, id: ApiKeyId, at: Timestamp, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            batch.connection.execute(
                "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1",
                params![blob(&id.0), at.microseconds()],
            )?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }

    /// Stores an attribute, new or with new options.
    pub async fn save_attribute(&self, attribute: Attribute, audit: AuditEntry) -> Result<()> {
        self.write(move |batch| {
            let project = batch.project(attribute.project)?.project;
            save_attribute(batch.connection, project, &attribute)?;
            batch.note(&audit)?;
            batch.directory_changed()?;
            Ok(Ok(()))
        })
        .await
    }
}

impl Batch<'_> {
    /// Has other servers know that projects, keys, attributes or accounts are not what they were.
    pub(super) fn directory_changed(&self) -> sql::Result<()> {
        if let Connection::Postgres(_) = self.connection {
            let sql = "UPDATE shared_rows SET directory = directory + 1";
            self.connection.execute(sql, [])?;
        }
        Ok(())
    }
}

fn once(batch: &Batch<'_>, made: Uuid, idempotency: Option<&Idempotency>) -> sql::Result<Once> {
    if let Some(idempotency) = idempotency {
        idempotency::remember_once(batch.connection, idempotency, made, batch.now())?;
    }
    Ok(Once {
        id: made,
        replayed: false,
    })
}

fn save_project(connection: Connection<'_>, project: &Project) -> sql::Result<()> {
    let upstream = project.upstream.as_ref();
    let credential = upstream.and_then(|upstream| upstream.credential.as_ref());
    connection
        .insert(
            "INSERT INTO projects (id, workspace, name, description, number, amazon_q_application_id,
             haptik_business_id, unknown_targets, enabled, keep_text, mode, upstream_dialect, upstream_base_url,
             upstream_mirror, created_at, updated_at, deleted_at, wonderchat_chatbot_id, client_settings,
             upstream_credential, upstream_credential_hint, upstream_webhook_forward_to, rate_per_second, rate_burst)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
             number = excluded.number, amazon_q_application_id = excluded.amazon_q_application_id,
             haptik_business_id = excluded.haptik_business_id, unknown_targets = excluded.unknown_targets,
             enabled = excluded.enabled, keep_text = excluded.keep_text, mode = excluded.mode,
             upstream_dialect = excluded.upstream_dialect, upstream_base_url = excluded.upstream_base_url,
             upstream_mirror = excluded.upstream_mirror, wonderchat_chatbot_id = excluded.wonderchat_chatbot_id,
             client_settings = excluded.client_settings, upstream_credential = excluded.upstream_credential,
             upstream_credential_hint = excluded.upstream_credential_hint,
             upstream_webhook_forward_to = excluded.upstream_webhook_forward_to,
             rate_per_second = excluded.rate_per_second, rate_burst = excluded.rate_burst, updated_at = excluded.updated_at,
             deleted_at = excluded.deleted_at",
        Seat::Shared, params![
            blob(&project.id.0),
            row_of(connection, "workspaces", &project.workspace.0)?,
            project.name,
            project.description,
            project.number,
            project.amazon_q_application_id,
            project.haptik_business_id,
            project.unknown_targets.code(),
            project.enabled,
            project.keep_text.code(),
            project.mode.code(),
            upstream.map(|upstream| upstream.dialect.code()),
            upstream.map(|upstream| &upstream.base_url),
            upstream.map(|upstream| upstream.mirror),
            project.created_at.microseconds(),
            project.updated_at.microseconds(),
            project.deleted_at.map(Timestamp::microseconds),
            project.wonderchat_chatbot_id,
            project.client_settings,
            credential.map(|credential| &credential.sealed),
            credential.map(|credential| &credential.hint),
            upstream.and_then(|upstream| upstream.webhook_forward_to.as_ref()),
            project.rate_limit.map(|limit| limit.per_second),
            project.rate_limit.map(|limit| limit.burst)
        ])?;
    Ok(())
}

fn save_key(connection: Connection<'_>, key: &ApiKey) -> sql::Result<()> {
    let project = match &key.project {
        Some(project) => row_of(connection, "projects", &project.0)?,
        None => None,
    };
    connection
        .insert(
            "INSERT INTO api_keys (id, dialect, workspace, project, name, secret_sha256, hint, access_key_id, client_id,
             sealed_secret, publishable, scopes, created_at, revoked_at, rate_per_second, rate_burst)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        Seat::Shared, params![
            blob(&key.id.0),
            key.dialect.code(),
            row_of(connection, "workspaces", &key.workspace.0)?,
            project,
            key.name,
            key.secret_sha256,
            key.hint,
            key.access_key_id,
            key.client_id,
            key.sealed_secret,
            key.publishable,
            key.scopes.bits(),
            key.created_at.microseconds(),
            key.revoked_at.map(Timestamp::microseconds),
            key.rate_limit.map(|limit| limit.per_second),
            key.rate_limit.map(|limit| limit.burst)
        ])?;
    Ok(())
}

/// The row of what is referred to by its id. It is looked up by itself: Citus looks nothing up in what it inserts.
pub(super) fn row_of(
    connection: Connection<'_>,
    table: &str,
    id: &Uuid,
) -> sql::Result<Option<i64>> {
    connection
        .prepare_cached(&format!("SELECT row_id FROM {table} WHERE id = ?1"))?
        .query_row([blob(id)], |row| row.get(0))
        .optional()
}

fn rate_limit(row: &Row<'_>, per_second: usize, burst: usize) -> sql::Result<Option<RateLimit>> {
    let (per_second, burst): (Option<u32>, Option<u32>) = (row.get(per_second)?, row.get(burst)?);
    Ok(per_second.map(|per_second| RateLimit::new(per_second, burst)))
}

fn save_attribute(
    connection: Connection<'_>,
    project: i64,
    attribute: &Attribute,
) -> sql::Result<()> {
    connection.insert(
        "INSERT INTO attributes (id, project, name, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        Seat::Shared,
        params![
            blob(&attribute.id.0),
            project,
            attribute.name,
            attribute.created_at.microseconds()
        ],
    )?;
    let row = row_of(connection, "attributes", &attribute.id.0)?;
    for option in &attribute.options {
        connection.insert(
            "INSERT INTO attribute_options (id, attribute, name, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            Seat::Shared,
            params![
                blob(&option.id.0),
                row,
                option.name,
                option.created_at.microseconds()
            ],
        )?;
    }
    Ok(())
}

fn read(connection: Connection<'_>) -> sql::Result<Directory> {
    let workspaces = connection
        .prepare_cached("SELECT id, name, created_at, row_id FROM workspaces ORDER BY row_id")?
        .query_map([], |row| {
            Ok(Workspace {
                id: WorkspaceId(id(row, 0)?),
                name: row.get(1)?,
                created_at: time(row, 2)?,
                number: row.get(3)?,
            })
        })?
        .collect::<sql::Result<_>>()?;
    let projects = connection
        .prepare_cached(
            "SELECT p.id, w.id, p.name, p.description, p.number, p.amazon_q_application_id, p.haptik_business_id,
             p.unknown_targets, p.enabled, p.keep_text, p.mode, p.upstream_dialect, p.upstream_base_url,
             p.upstream_mirror, p.created_at, p.updated_at, p.deleted_at, p.wonderchat_chatbot_id, p.client_settings,
             p.upstream_credential, p.upstream_credential_hint, p.upstream_webhook_forward_to,
             p.rate_per_second, p.rate_burst
             FROM projects p JOIN workspaces w ON w.row_id = p.workspace ORDER BY p.row_id",
        )?
        .query_map([], project)?
        .collect::<sql::Result<_>>()?;
    let keys = connection
        .prepare_cached(
            "SELECT k.id, k.dialect, w.id, p.id, k.name, k.secret_sha256, k.hint, k.access_key_id, k.client_id,
             k.sealed_secret, k.publishable, k.scopes, k.created_at, k.revoked_at, k.rate_per_second, k.rate_burst
             FROM api_keys k JOIN workspaces w ON w.row_id = k.workspace LEFT JOIN projects p ON p.row_id = k.project
             ORDER BY k.row_id",
        )?
        .query_map([], key)?
        .collect::<sql::Result<_>>()?;
    Ok(Directory {
        workspaces,
        projects,
        keys,
        attributes: attributes(connection)?,
        accounts: super::accounts::all(connection)?,
    })
}

fn project(row: &Row<'_>) -> sql::Result<Project> {
    let upstream = match optional_coded(row, 11)? {
        None => None,
        Some(dialect) => Some(Upstream {
            dialect,
            base_url: row.get(12)?,
            mirror: row.get(13)?,
            credential: match row.get(19)? {
                None => None,
                Some(sealed) => Some(SealedCredential {
                    sealed,
                    hint: row.get(20)?,
                }),
            },
            webhook_forward_to: row.get(21)?,
        }),
    };
    Ok(Project {
        id: ProjectId(id(row, 0)?),
        workspace: WorkspaceId(id(row, 1)?),
        name: row.get(2)?,
        description: row.get(3)?,
        number: row.get(4)?,
        amazon_q_application_id: row.get(5)?,
        haptik_business_id: row.get(6)?,
        unknown_targets: coded(row, 7)?,
        enabled: row.get(8)?,
        keep_text: coded(row, 9)?,
        mode: coded(row, 10)?,
        upstream,
        created_at: time(row, 14)?,
        updated_at: time(row, 15)?,
        deleted_at: optional_time(row, 16)?,
        wonderchat_chatbot_id: row.get(17)?,
        client_settings: row.get(18)?,
        rate_limit: rate_limit(row, 22, 23)?,
    })
}

fn key(row: &Row<'_>) -> sql::Result<ApiKey> {
    Ok(ApiKey {
        id: ApiKeyId(id(row, 0)?),
        dialect: coded(row, 1)?,
        workspace: WorkspaceId(id(row, 2)?),
        project: super::codes::optional_id(row, 3)?.map(ProjectId),
        name: row.get(4)?,
        secret_sha256: row.get(5)?,
        hint: row.get(6)?,
        access_key_id: row.get(7)?,
        client_id: row.get(8)?,
        sealed_secret: row.get(9)?,
        publishable: row.get(10)?,
        scopes: Scopes::from_bits(row.get(11)?),
        created_at: time(row, 12)?,
        revoked_at: optional_time(row, 13)?,
        rate_limit: rate_limit(row, 14, 15)?,
    })
}

fn attributes(connection: Connection<'_>) -> sql::Result<Vec<Attribute>> {
    let mut options = connection.prepare_cached(
        "SELECT id, name, created_at, row_id FROM attribute_options WHERE attribute = ?1 ORDER BY row_id",
    )?;
    let mut select = connection.prepare_cached(
        "SELECT a.row_id, a.id, p.id, a.name, a.created_at FROM attributes a JOIN projects p ON p.row_id = a.project
         ORDER BY a.row_id",
    )?;
    let mut rows = select.query([])?;
    let mut attributes = Vec::new();
    while let Some(row) = rows.next()? {
        attributes.push(Attribute {
            id: AttributeId(id(&row, 1)?),
            number: row.get(0)?,
            project: ProjectId(id(&row, 2)?),
            name: row.get(3)?,
            options: options
                .query_map([row.get::<_, i64>(0)?], |row| {
                    Ok(AttributeOption {
                        id: OptionId(id(row, 0)?),
                        name: row.get(1)?,
                        created_at: time(row, 2)?,
                        number: row.get(3)?,
                    })
                })?
                .collect::<sql::Result<_>>()?,
            created_at: time(&row, 4)?,
        });
    }
    Ok(attributes)
}

/// The row of a project, for reads. None if there is no such project.
pub(super) fn project_row(
    connection: Connection<'_>,
    id: ProjectId,
) -> sql::Result<Option<(i64, i64)>> {
    connection
        .prepare_cached("SELECT row_id, workspace FROM projects WHERE id = ?1")?
        .query_row([blob(&id.0)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
