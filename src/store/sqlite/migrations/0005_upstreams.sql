-- What is sent to a project's upstream instead of the client's own credential, sealed, with the end of the secret by
-- which people tell one from another; and where what the vendor reports to us goes on to.
ALTER TABLE projects ADD COLUMN upstream_credential BLOB;
ALTER TABLE projects ADD COLUMN upstream_credential_hint TEXT;
ALTER TABLE projects ADD COLUMN upstream_webhook_forward_to TEXT;
