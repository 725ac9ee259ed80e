-- What `candor migrate --citus` runs, once and in one transaction, on the coordinator of a Citus cluster, in a database that
-- has Candor's schema. It can be run by hand as well: BEGIN; \i citus.sql; COMMIT;
--
-- Three kinds of tables come of it:
--   1. spread over the machines by `bucket`, and co-located: what votes write, and so nearly all bytes;
--   2. copied to every machine (reference tables): what votes of all buckets read. Projects, keys, accounts and words are few; people
--      and conversations are more, but without the texts of messages, and every list joins them with votes of all buckets;
--   3. on the coordinator alone: the schema's number, and `shared_rows`, which numbers what has no bucket.

SET LOCAL citus.multi_shard_modify_mode = 'sequential';

-- 2. Those that are referred to come first.
SELECT create_reference_table('settings');
SELECT create_reference_table('workspaces');
SELECT create_reference_table('projects');
SELECT create_reference_table('api_keys');
SELECT create_reference_table('attributes');
SELECT create_reference_table('attribute_options');
SELECT create_reference_table('accounts');
SELECT create_reference_table('account_projects');
SELECT create_reference_table('sessions');
SELECT create_reference_table('invites');
SELECT create_reference_table('invite_projects');
SELECT create_reference_table('audit_log');
SELECT create_reference_table('labels');
SELECT create_reference_table('segment_kinds');
SELECT create_reference_table('segments');
SELECT create_reference_table('topics');
SELECT create_reference_table('imports');
SELECT create_reference_table('end_users');
SELECT create_reference_table('end_user_segments');
SELECT create_reference_table('internal_end_users');
SELECT create_reference_table('conversations');

-- 1. Up to 64 buckets lie in eight shards, and up to eight machines may have one. Which bucket lies where is a hash of
--    Citus's: with eight shards two machines have about half of them each, and four between a sixth and a third. More shards
--    spread no better, and what asks all of them, such as a list, takes longer.
SELECT create_distributed_table('buckets', 'bucket', shard_count => 8);
SELECT create_distributed_table('messages', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('topic_messages', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('feedback', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('feedback_versions', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('rollups', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('quiet_times', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('idempotency_keys', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('feedback_log', 'bucket', colocate_with => 'buckets');
SELECT create_distributed_table('mirror_jobs', 'bucket', colocate_with => 'buckets');

-- Rows that were there before the tables were spread.
SELECT truncate_local_data_after_distributing_table(name) FROM unnest(CAST(ARRAY['end_users', 'end_user_segments',
    'internal_end_users', 'conversations', 'buckets', 'messages', 'topic_messages', 'feedback', 'feedback_versions', 'rollups',
    'quiet_times', 'idempotency_keys', 'feedback_log', 'mirror_jobs'] AS REGCLASS[])) AS name;

-- Filters look into lists on the machines that keep the rows.
SELECT create_distributed_function('readable_json(text)');
SELECT create_distributed_function('json_each(text)');

-- A lane's transaction is a machine's, and numbers of the coordinator's transactions do not tell what became of it: a vote whose
-- answer was lost with the connection is told to be in doubt. It locks its bucket's row where that is.
CREATE OR REPLACE FUNCTION transaction_number() RETURNS BIGINT LANGUAGE sql AS 'SELECT CAST(0 AS BIGINT)';
CREATE OR REPLACE FUNCTION transaction_fate(number TEXT) RETURNS TEXT LANGUAGE sql AS 'SELECT CAST(NULL AS TEXT)';
SELECT create_distributed_function('transaction_number()');

-- Positions in the feedback log are those of the coordinator's transactions, which all votes go through. One that wrote on
-- several machines is over for the coordinator a moment before the last of them has committed; until then it keeps the lock
-- of its own number. So all is there before the first number that is locked or still goes on.
CREATE OR REPLACE FUNCTION log_horizon() RETURNS BIGINT LANGUAGE sql VOLATILE AS $$
    WITH first AS MATERIALIZED (
      SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS number
    ), locked AS MATERIALIZED (
      -- Locks tell the last 32 bits of a number.
      SELECT max(older) AS older FROM (
        SELECT (first.number - CAST(CAST(l.transactionid AS TEXT) AS BIGINT)) & 4294967295 AS older
        FROM pg_locks l CROSS JOIN first WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted) AS all_locked
      WHERE older < 2147483648
    )
    SELECT s.log_base + (first.number - coalesce(locked.older, 0)) * 1024 FROM first CROSS JOIN locked CROSS JOIN shared_rows s
$$;

INSERT INTO settings (name, value) VALUES ('citus', '\x01');
