//! The statements of a lane, each over arrays: one row for each place in them.

use tokio_postgres::{Client, Error, Statement};

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        /// All of them, prepared.
        pub(super) struct Statements {
            $($(#[$doc])* pub(super) $name: Statement,)+
        }

        impl Statements {
            /// Has them prepared, all at once.
            pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
                let ($($name,)+) = tokio::join!($(async { client.prepare(&$text).await },)+);
                Ok(Self { $($name: $name?,)+ })
            }
        }
    };
}

/// The columns of a judgement, in a feedback and in its replaced versions alike.
const JUDGEMENT: &str = "rating, score, score_lowest, score_highest, resolved, reasons, comment, correction, attributes, \
     message_copied_at, submitted_at, metadata, retracted";
/// Their arrays, and what follows them in both.
const JUDGEMENTS: &str = "$2::int2[], $3::float8[], $4::float8[], $5::float8[], $6::int2[], $7::text[], $8::text[], $9::text[], \
     $10::text[], $11::int8[], $12::int8[], $13::text[], $14::int2[]";
/// The same with what it judges, who judges and under which name.
const STANDING_AND: &str = "SELECT rating, score, score_lowest, score_highest, resolved, reasons, comment, correction, attributes, \
     message_copied_at, submitted_at, metadata, retracted, row_id, id, channel, api_key, version, created_at, updated_at, segments, \
     project, message, conversation, author_kind, author, name, \
     (SELECT m.model FROM messages m WHERE m.bucket = $1 AND m.row_id = feedback.message) AS model, \
     (SELECT m.version FROM messages m WHERE m.bucket = $1 AND m.row_id = feedback.message) AS of_model FROM feedback";
/// What standing feedback is read with.
const STANDING: &str = "SELECT rating, score, score_lowest, score_highest, resolved, reasons, comment, correction, attributes, \
     message_copied_at, submitted_at, metadata, retracted, row_id, id, channel, api_key, version, created_at, updated_at, segments \
     FROM feedback";

statements! {
    /// Locks the bucket; gives how many rows it has numbered, and the transaction.
    lock = "SELECT last_row, transaction_number() FROM buckets WHERE bucket = $1 FOR UPDATE";
    /// Waits for those who write in other buckets what has the same keys. Locks are fewer than keys, for the server has room
    /// for so many; all take them in one order. Their first half is `cank` in letters, beside that of locks which servers hold.
    lock_requests = "SELECT pg_advisory_xact_lock(1667329643, lock) FROM (SELECT DISTINCT \
         abs(hashtextextended(key, 0) % $2::int8)::int4 AS lock FROM unnest($1::text[]) AS key ORDER BY lock) AS locks";
    /// What was answered to requests with these keys, for whatever.
    requests = "SELECT key, request_sha256, made, outcome, version FROM idempotency_keys WHERE key = ANY($1::text[])";
    /// When the feedback that such requests made was created and changed.
    times = "SELECT id, created_at, updated_at FROM feedback WHERE id = ANY($1::uuid[])";
    /// A project's row.
    project = "SELECT row_id, workspace FROM projects WHERE id = $1";
    /// People by the hashes of their names.
    people = "SELECT external_key, coalesce(project, -workspace), external_id, row_id, id, \
         CASE WHEN EXISTS (SELECT 1 FROM end_user_segments) THEN (SELECT array_agg(s.segment ORDER BY s.segment) \
           FROM end_user_segments s WHERE s.end_user = end_users.row_id) END FROM end_users \
         WHERE external_key = ANY($1::int8[])";
    /// Conversations by the hashes of their names.
    conversations = "SELECT external_key, project, external_id, row_id, end_user, id FROM conversations \
         WHERE external_key = ANY($1::int8[]) AND external_key IS NOT NULL";
    /// Whose conversations are.
    owners = "SELECT row_id, end_user FROM conversations WHERE row_id = ANY($1::int8[])";
    /// The latest conversations of people. What is added keeps the planner from going through all of a project's.
    latest = "SELECT n.person, n.project, c.row_id, c.bucket, c.created_at FROM unnest($1::int8[], $2::int8[]) n (person, project) \
         CROSS JOIN LATERAL (SELECT row_id, bucket, created_at FROM conversations \
           WHERE end_user = n.person AND project + 0 = n.project AND erased_at IS NULL \
           ORDER BY created_at DESC, id DESC LIMIT 1) c";
    /// When people's last votes were accepted, where the dialect asks for a quiet time after them.
    quiet = "SELECT q.author, q.project, q.last_accepted_at FROM unnest($2::int8[], $3::int8[]) n (person, project) \
         JOIN quiet_times q ON q.bucket = $1 AND q.author = n.person AND q.project = n.project";
    /// Repeated words.
    labels = "SELECT text, row_id FROM labels WHERE text = ANY($1::text[])";
    /// Keys.
    keys = "SELECT id, row_id FROM api_keys WHERE id = ANY($1::uuid[])";
    /// Answers to attributes.
    options = "SELECT o.row_id, o.id, a.id FROM attribute_options o JOIN attributes a ON a.row_id = o.attribute \
         WHERE o.id = ANY($1::uuid[])";
    /// The same by their rows.
    option_rows = "SELECT o.row_id, o.id, a.id FROM attribute_options o JOIN attributes a ON a.row_id = o.attribute \
         WHERE o.row_id = ANY($1::int8[])";
    /// Messages by name alone: that of the newest conversation, which our ids tell.
    messages = "SELECT n.place, m.row_id, m.conversation, m.owner, m.id, m.conversation_id, m.model, m.version \
         FROM unnest($2::int8[], $3::text[], $4::int8[]) WITH ORDINALITY n (key, name, project, place) \
         CROSS JOIN LATERAL (SELECT row_id, conversation, owner, id, model, version, \
             (SELECT c.id FROM conversations c WHERE c.row_id = conversation) AS conversation_id FROM messages \
           WHERE bucket = $1 AND external_key = n.key AND external_id = n.name AND project = n.project \
           ORDER BY conversation_id DESC NULLS LAST, id DESC LIMIT 1) m";
    /// Messages by name: that of a conversation, and one that belongs to none.
    messages_in = "SELECT n.place, m.row_id, m.conversation, m.owner, m.id, NULL::uuid, m.model, m.version \
         FROM unnest($2::int8[], $3::text[], $4::int8[], $5::int8[]) WITH ORDINALITY n (key, name, project, conversation, place) \
         CROSS JOIN LATERAL ( \
           (SELECT row_id, conversation, owner, id, model, version FROM messages \
            WHERE bucket = $1 AND external_key = n.key AND conversation = n.conversation AND external_id = n.name \
            AND project = n.project ORDER BY id DESC LIMIT 1) \
           UNION ALL \
           (SELECT row_id, conversation, owner, id, model, version FROM messages \
            WHERE bucket = $1 AND external_key = n.key AND conversation IS NULL AND external_id = n.name \
            AND project = n.project ORDER BY id DESC LIMIT 1)) m";
    /// Feedback of known authors. What is added to the row keeps the planner from going through rows in their order.
    standing = format!("SELECT n.place, f.* \
         FROM unnest($2::int8[], $3::int2[], $4::int8[], $5::int8[]) WITH ORDINALITY n (message, kind, author, name, place) \
         CROSS JOIN LATERAL ({STANDING} WHERE bucket = $1 AND message = n.message AND author_kind = n.kind \
           AND author = n.author AND name = n.name ORDER BY row_id + 0 DESC LIMIT $6) f");
    /// Feedback of nobody in particular.
    standing_anonymous = format!("SELECT n.place, f.* \
         FROM unnest($2::int8[], $3::int2[], $4::int8[]) WITH ORDINALITY n (message, kind, name, place) \
         CROSS JOIN LATERAL ({STANDING} WHERE bucket = $1 AND message = n.message AND author_kind = n.kind \
           AND author IS NULL AND name = n.name ORDER BY row_id + 0 DESC LIMIT $5) f");
    /// The same two of conversations as a whole.
    standing_conversations = format!("SELECT n.place, f.* \
         FROM unnest($2::int8[], $3::int2[], $4::int8[], $5::int8[]) WITH ORDINALITY n (conversation, kind, author, name, place) \
         CROSS JOIN LATERAL ({STANDING} WHERE bucket = $1 AND conversation = n.conversation AND author_kind = n.kind \
           AND author = n.author AND name = n.name ORDER BY row_id + 0 DESC LIMIT $6) f");
    /// See there.
    standing_conversations_anonymous = format!("SELECT n.place, f.* \
         FROM unnest($2::int8[], $3::int2[], $4::int8[]) WITH ORDINALITY n (conversation, kind, name, place) \
         CROSS JOIN LATERAL ({STANDING} WHERE bucket = $1 AND conversation = n.conversation AND author_kind = n.kind \
           AND author IS NULL AND name = n.name ORDER BY row_id + 0 DESC LIMIT $5) f");
    /// In which buckets things lie that have ids of ours.
    buckets_of_messages = "SELECT id, bucket FROM messages WHERE id = ANY($1::uuid[])";
    /// See there.
    buckets_of_conversations = "SELECT id, bucket FROM conversations WHERE id = ANY($1::uuid[])";
    /// See there.
    buckets_of_feedback = "SELECT id, bucket FROM feedback WHERE id = ANY($1::uuid[])";
    /// Messages by our ids. What is erased is not found.
    messages_of_ids = "SELECT m.row_id, m.id, m.project, m.conversation, m.owner, m.model, m.version FROM messages m \
         WHERE m.bucket = $1 AND m.id = ANY($2::uuid[]) \
         AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.row_id = m.conversation AND c.erased_at IS NOT NULL)";
    /// The same of conversations.
    conversations_of_ids = "SELECT row_id, id, project, end_user FROM conversations \
         WHERE bucket = $1 AND id = ANY($2::uuid[]) AND erased_at IS NULL";
    /// Feedback by our ids.
    feedback_of_ids = format!("SELECT 0::int8, f.* FROM ({STANDING_AND} WHERE bucket = $1 AND id = ANY($2::uuid[])) f");
    /// New people of the workspace, who lie in this bucket.
    add_own_people = "INSERT INTO end_users (bucket, row_id, id, workspace, external_key, external_id, created_at, updated_at) \
         SELECT $1::int2, n.row_id, n.id, n.workspace, n.key, n.name, n.at, n.at \
         FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::text[], $7::int8[]) n (row_id, id, workspace, key, name, at)";
    /// New conversations that lie in this bucket.
    add_own_conversations = "INSERT INTO conversations (bucket, row_id, id, project, external_key, external_id, end_user, \
         created_at, updated_at) SELECT $1::int2, n.row_id, n.id, n.project, n.key, n.name, n.end_user, n.at, n.at \
         FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::text[], $7::int8[], $8::int8[]) \
         n (row_id, id, project, key, name, end_user, at)";
    /// New messages, of which only the name is known.
    add_messages = "INSERT INTO messages (bucket, row_id, id, project, conversation, external_key, external_id, owner, \
         created_at) SELECT $1::int2, * FROM unnest($2::int8[], $3::uuid[], $4::int8[], $5::int8[], $6::int8[], $7::text[], \
         $8::int8[], $9::int8[])";
    /// What is learnt of messages.
    change_messages = "UPDATE messages m SET conversation = n.conversation, owner = n.owner \
         FROM unnest($2::int8[], $3::int8[], $4::int8[]) n (row_id, conversation, owner) \
         WHERE m.bucket = $1 AND m.row_id = n.row_id";
    /// New feedback.
    add_feedback = format!("INSERT INTO feedback (bucket, {JUDGEMENT}, words, sentiment, channel, api_key, version, updated_at, row_id, \
         id, external_id, project, message, conversation, author_kind, author, name, created_at, segments) \
         SELECT $1::int2, * FROM unnest({JUDGEMENTS}, $15::text[]::tsvector[], $16::int2[], $17::int2[], $18::int8[], $19::int8[], \
         $20::int8[], $21::int8[], $22::uuid[], $23::text[], $24::int8[], $25::int8[], $26::int8[], $27::int2[], $28::int8[], \
         $29::int8[], $30::int8[], $31::text[])");
    /// The same where all of it is but a thumb and a comment, as nearly all is: half of the arrays, in half of the time.
    add_thumbs = "INSERT INTO feedback (bucket, retracted, version, rating, comment, words, sentiment, channel, api_key, \
         updated_at, row_id, id, project, message, author_kind, author, name, created_at) \
         SELECT $1::int2, 0, 1, * FROM unnest($2::int2[], $3::text[], $4::text[]::tsvector[], $5::int2[], $6::int2[], $7::int8[], \
         $8::int8[], $9::int8[], $10::uuid[], $11::int8[], $12::int8[], $13::int2[], $14::int8[], $15::int8[], $16::int8[])";
    /// The current versions of feedback.
    change_feedback = format!("UPDATE feedback f SET ({JUDGEMENT}, words, sentiment, channel, api_key, version, updated_at) \
         = (n.rating, n.score, n.score_lowest, n.score_highest, n.resolved, n.reasons, n.comment, n.correction, n.attributes, \
         n.message_copied_at, n.submitted_at, n.metadata, n.retracted, n.words, n.sentiment, n.channel, n.api_key, n.version, \
         n.updated_at) \
         FROM unnest({JUDGEMENTS}, $15::text[]::tsvector[], $16::int2[], $17::int2[], $18::int8[], $19::int8[], $20::int8[], \
         $21::int8[]) n ({JUDGEMENT}, words, sentiment, channel, api_key, version, updated_at, row_id) \
         WHERE f.bucket = $1 AND f.row_id = n.row_id");
    /// Versions that were replaced.
    add_versions = format!("INSERT INTO feedback_versions (bucket, {JUDGEMENT}, channel, api_key, version, updated_at, feedback) \
         SELECT $1::int2, * FROM unnest({JUDGEMENTS}, $15::int2[], $16::int8[], $17::int8[], $18::int8[], $19::int8[])");
    /// Changes of the sums.
    add_sums = "INSERT INTO rollups (bucket, project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, \
         ratings, resolved, unresolved, scored, score) \
         SELECT $1::int2, * FROM unnest($2::int8[], $3::int2[], $4::int2[], $5::int4[], $6::int8[], $7::int8[], $8::int2[], \
         $9::int8[], $10::int2[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::int8[], $16::int8[], $17::int8[]) \
         ON CONFLICT (project, kind, level, slot, value, detail, channel, name, sentiment, bucket) \
         DO UPDATE SET votes = rollups.votes + excluded.votes, comments = rollups.comments + excluded.comments, \
         ratings = rollups.ratings + excluded.ratings, resolved = rollups.resolved + excluded.resolved, \
         unresolved = rollups.unresolved + excluded.unresolved, scored = rollups.scored + excluded.scored, \
         score = rollups.score + excluded.score";
    /// Entries of the log.
    add_log = "INSERT INTO feedback_log (bucket, row_id, project, feedback, version, at) \
         SELECT $1::int2, (SELECT log_position()) + n.place - 1, n.project, n.feedback, n.version, n.at \
         FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[]) WITH ORDINALITY n (project, feedback, version, at, place)";
    /// Votes that vendors are to hear of.
    add_jobs = "INSERT INTO mirror_jobs (bucket, row_id, project, feedback, version, dialect, target, state, attempts, due_at, \
         created_at) SELECT $1::int2, n.row_id, n.project, n.feedback, n.version, n.dialect, n.target, 0, 0, n.at, n.at \
         FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int2[], $7::int8[], $8::int8[]) \
         n (row_id, project, feedback, version, dialect, target, at)";
    /// When people's votes were accepted, for the quiet time after them.
    add_quiet = "INSERT INTO quiet_times (bucket, author, project, last_accepted_at) \
         SELECT $1::int2, * FROM unnest($2::int8[], $3::int8[], $4::int8[]) \
         ON CONFLICT (author, project, bucket) DO UPDATE SET last_accepted_at = excluded.last_accepted_at";
    /// What is answered again to requests with these keys.
    add_requests = "INSERT INTO idempotency_keys (bucket, key, request_sha256, made, outcome, version, created_at) \
         SELECT $1::int2, * FROM unnest($2::text[], $3::bytea[], $4::uuid[], $5::int2[], $6::int8[], $7::int8[])";
    /// How many rows the bucket has numbered, and by which batch.
    number = "UPDATE buckets SET last_row = $2, last_batch = $3 WHERE bucket = $1";
    /// New people, but those who were made meanwhile.
    add_people = "INSERT INTO end_users (bucket, row_id, id, workspace, project, external_key, external_id, created_at, updated_at) \
         SELECT $1::int2, (b.last_row + n.place) * 64 + $1, n.id, n.workspace, n.project, n.key, n.name, $7::int8, $7::int8 \
         FROM unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::text[]) \
         WITH ORDINALITY n (id, workspace, project, key, name, place) CROSS JOIN buckets b \
         WHERE b.bucket = $1 AND NOT EXISTS (SELECT 1 FROM end_users e WHERE e.bucket = $1 AND e.external_key = n.key \
           AND e.external_id = n.name AND coalesce(e.project, -e.workspace) = coalesce(n.project, -n.workspace))";
    /// New conversations of which only the name is known, but those that were made meanwhile.
    add_conversations = "INSERT INTO conversations (bucket, row_id, id, project, external_key, external_id, end_user, created_at, \
         updated_at) SELECT $1::int2, (b.last_row + n.place) * 64 + $1, n.id, n.project, n.key, n.name, n.end_user, $7, $7 \
         FROM unnest($2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::text[]) \
         WITH ORDINALITY n (id, project, end_user, key, name, place) CROSS JOIN buckets b \
         WHERE b.bucket = $1 AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.bucket = $1 AND c.external_key = n.key \
           AND c.external_id = n.name AND c.project = n.project)";
    /// Numbers that were given out, some of them to nobody.
    number_more = "UPDATE buckets SET last_row = last_row + $2 WHERE bucket = $1";
    /// Locks the rows that have no bucket.
    lock_shared = "SELECT last_row FROM shared_rows WHERE only_one = 0 FOR UPDATE";
    /// New repeated words, but those that were made meanwhile.
    add_labels = "INSERT INTO labels (row_id, text) SELECT s.last_row + n.place, n.text \
         FROM unnest($1::text[]) WITH ORDINALITY n (text, place) CROSS JOIN shared_rows s \
         WHERE s.only_one = 0 AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.text = n.text)";
    /// The same as for a bucket.
    number_shared = "UPDATE shared_rows SET last_row = last_row + $1 WHERE only_one = 0";
    /// What became of a transaction.
    fate = "SELECT transaction_fate($1)";
    /// The batch that was the last one in a bucket.
    last_batch = "SELECT last_batch FROM buckets WHERE bucket = $1";
}
