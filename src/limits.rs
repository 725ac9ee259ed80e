//! Every bound on what comes in, in one place.

use std::time::Duration;

/// The largest request body, in bytes.
pub const BODY_BYTES: usize = 1024 * 1024;
/// The largest body of a request that carries a batch, an apply file or an import, in bytes.
pub const BATCH_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The most items in one batch.
pub const BATCH_ITEMS: usize = 1000;
/// The longest comment or correction, in characters (Unicode scalar values), unless the configuration says otherwise.
pub const COMMENT_CHARACTERS: usize = 100_000;
/// The longest text of a message, in characters.
pub const MESSAGE_CHARACTERS: usize = 400_000;
/// The most messages in one conversation of one request.
pub const CONVERSATION_MESSAGES: usize = 2000;
/// The most messages of a conversation that is read with everything that belongs to it; the latest are.
pub const TRANSCRIPT_MESSAGES: usize = 2000;
/// The most feedback of such a conversation; the latest is.
pub const TRANSCRIPT_FEEDBACK: usize = 2000;
/// The longest id that another system gives, in characters.
pub const EXTERNAL_ID_CHARACTERS: usize = 1024;
/// The most tags of one conversation.
pub const CONVERSATION_TAGS: usize = 100;
/// The longest name (of a project, a criterion, an attribute, a person …), in characters.
pub const NAME_CHARACTERS: usize = 255;
/// The longest title or description, in characters.
pub const TITLE_CHARACTERS: usize = 2000;
/// The most topics of each kind in one project.
pub const TOPICS: i64 = 10_000;
/// The most topics of each kind that one message is about.
pub const MESSAGE_TOPICS: i64 = 100;
/// The most reasons of one feedback.
pub const REASONS: usize = 32;
/// The longest reason, in characters.
pub const REASON_CHARACTERS: usize = 255;
/// The most attribute answers of one feedback.
pub const ATTRIBUTE_ANSWERS: usize = 64;
/// The most options of one attribute.
pub const ATTRIBUTE_OPTIONS: usize = 200;
/// The most projects of a workspace to which one is still added because a client names it; operators may make more.
pub const PROJECTS_BY_NAME: usize = 200;
/// The most segments of one end user.
pub const SEGMENTS: usize = 100;
/// The most segments of a workspace that a list of them gives; the first ones are.
pub const SEGMENTS_LISTED: usize = 10_000;
/// The largest free metadata object, in bytes of compact JSON.
pub const METADATA_BYTES: usize = 16 * 1024;
/// The most accounts of one workspace, disabled ones included.
pub const ACCOUNTS: usize = 10_000;
/// The most projects that one account names.
pub const ACCOUNT_PROJECTS: usize = 1000;
/// The most one-time links into one workspace that nobody has used.
pub const INVITES: usize = 1000;
/// The longest e-mail address of an account, in characters: what mail takes.
pub const EMAIL_CHARACTERS: usize = 254;
/// The shortest password, in characters.
pub const PASSWORD_CHARACTERS_MINIMUM: usize = 10;
/// The longest password, in characters.
pub const PASSWORD_CHARACTERS: usize = 256;
/// The passwords that are hashed at once: each takes 19 MiB and some tens of milliseconds of a core.
pub const PASSWORDS_AT_ONCE: usize = 2;
/// The passwords that are hashed or wait for it; more are refused.
pub const PASSWORDS_WAITING: usize = 32;
/// How many tries to sign in are taken at once, and how long until there is room for one more.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    /// How many at once.
    pub at_once: u32,
    /// After how long one more.
    pub every: Duration,
}
/// The tries to sign in under one e-mail address that are wrong.
pub const SIGN_INS_OF_EMAIL: Tries = Tries {
    at_once: 10,
    every: Duration::from_secs(30),
};
/// The tries to sign in from one address that are wrong; people behind one address are more than one.
pub const SIGN_INS_OF_ADDRESS: Tries = Tries {
    at_once: 50,
    every: Duration::from_secs(5),
};
/// The e-mail addresses and addresses whose wrong tries are counted.
pub const SIGN_INS_REMEMBERED: usize = 10_000;
/// How long somebody stays signed in.
pub const SESSION_TIME: Duration = Duration::from_hours(30 * 24);
/// How often it is noted that a session is used.
pub const SESSION_SEEN_INTERVAL: Duration = Duration::from_hours(1);
/// How long a one-time link for an account can be used.
pub const INVITE_TIME: Duration = Duration::from_hours(7 * 24);
/// How long a one-time link for a new password can be used.
pub const PASSWORD_LINK_TIME: Duration = Duration::from_hours(24);
/// The longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES: usize = 255;
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_KEPT: Duration = Duration::from_hours(24);
/// The most items on one page of a list.
pub const PAGE_ITEMS: usize = 200;
/// The most rows of feedback that are looked through for one page of a list; it goes on where the look ended.
pub const LIST_LOOKED: usize = 5000;
/// The fewest rows that each project is looked through for a page of several.
pub const LIST_LOOKED_LEAST: usize = 200;
/// The most words that the last word of a search is taken as the beginning of; where more begin so, it is taken as it is.
pub const SEARCH_COMPLETIONS: usize = 64;
/// The most comments that may wait to be indexed when a search is answered; it is refused while more do.
pub const SEARCH_WAITING: usize = 20_000;
/// The most days that one query sums over.
pub const QUERY_DAYS: i32 = 3660;
/// The most groups that one query gives.
pub const QUERY_GROUPS: usize = 10_000;
/// The most values of each filter of a query.
pub const QUERY_VALUES: usize = 100;
/// The most items that come before a page of a numbered list; further ones are reached by narrowing the list.
pub const NUMBERED_DEPTH: u64 = 100_000;
/// How much further than its page a numbered list is counted; one that goes on is said to end there.
pub const COUNTED_AHEAD: u64 = 1000;
/// The items on a page that names no number.
pub const PAGE_ITEMS_DEFAULT: usize = 50;
/// The most of a question or an answer that stands beside a vote in a list, in characters.
pub const EXCERPT_CHARACTERS: usize = 1000;
/// The most entries of the log of feedback that are read at once.
pub const LOG_ITEMS: usize = 200;
/// The most who follow the log of feedback at once; more are refused.
pub const FOLLOWERS: usize = 64;
/// The least time between two looks of one who follows.
pub const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);
/// After how long without news one who follows is sent an empty line, so that the connection is seen to live.
pub const FOLLOW_SILENCE: Duration = Duration::from_secs(10);
/// The longest full-text query, in characters.
pub const SEARCH_CHARACTERS: usize = 500;
/// The fewest characters of a secret that is brought along, unless the operator allows short ones.
pub const SECRET_CHARACTERS_MINIMUM: usize = 16;
/// The most characters of a secret that is brought along.
pub const SECRET_CHARACTERS: usize = 512;
/// The longest session token of a temporary access key, in characters.
pub const SESSION_TOKEN_CHARACTERS: usize = 4096;
/// The most header fields of a request.
pub const HEADERS: usize = 100;
/// The largest head of a request (request line and headers), in bytes. Amazon Q's user ids may need 12 kB of URL.
pub const HEAD_BYTES: usize = 64 * 1024;
/// How long a client may take to send a request's head.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// The longest request id that is taken from a client, in bytes.
pub const REQUEST_ID_BYTES: usize = 128;
/// The most requests at once on one HTTP/2 connection.
pub const STREAMS: u32 = 256;
/// The most of an answer that waits in memory for a client who does not take it, for each request on an HTTP/2
/// connection, in bytes.
pub const STREAM_BUFFER_BYTES: usize = 64 * 1024;
/// How long a client may take to send a request's body.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a connection may stay open between requests.
pub const IDLE_TIME: Duration = Duration::from_secs(75);
/// How long an answer may take once the body is here.
pub const ANSWER_TIME: Duration = Duration::from_secs(30);
/// The most connections at once. Of those that do nothing, one ends for each that arrives beyond; if all are busy, it waits.
pub const CONNECTIONS: usize = 20_480;
/// After how long without a request a connection makes room for another, if all places are taken.
pub const CROWDED_IDLE_TIME: Duration = Duration::from_secs(1);
/// How often a connection is asked to make room while one waits for a place.
pub const CROWDED_INTERVAL: Duration = Duration::from_millis(5);
/// The most connections that are looked at each time.
pub const CROWDED_LOOKS: usize = 256;
/// The most writes that wait for the writer; more are refused.
pub const WRITE_QUEUE: usize = 8192;
/// The most writes in one transaction.
pub const WRITE_BATCH: usize = 1024;
/// The most writes in one transaction while several projects write: what comes meanwhile waits until it is done.
pub const WRITE_BATCH_SHARED: usize = 128;
/// The same on PostgreSQL for what is no vote of a lane: it runs statement by statement, a millisecond or two each, and holds
/// what all lanes need.
pub const GENERAL_BATCH: usize = 64;
/// The most earlier votes of one author for one target that are looked at; there is more than one only where every vote is
/// new.
pub const STANDING_MOST: usize = 64;
/// The fewest places that a lane of votes on PostgreSQL has for those who wait.
pub const LANE_QUEUE_LEAST: usize = 512;
/// How long a vote waits for its lane to begin with it before it is refused.
pub const LANE_WAIT: Duration = Duration::from_secs(10);
/// How long a statement of a lane may take, the wait for another server that votes in the same bucket included.
pub const LANE_STATEMENT_TIME: Duration = Duration::from_secs(10);
/// How long a lane's whole transaction may take before its connection counts as lost.
pub const LANE_BATCH_TIME: Duration = Duration::from_secs(20);
/// The shortest and the longest time between two tries to open it.
pub const LANE_PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long votes wait for a connection that is being opened before they are refused.
pub const LANE_REFUSES_AFTER: Duration = Duration::from_millis(100);
/// The same for the first one.
pub const LANE_REFUSES_FIRST: Duration = Duration::from_secs(2);
/// How long it is asked what became of a commit whose answer was lost.
pub const LANE_DOUBT_TIME: Duration = Duration::from_secs(5);
/// How long a lane waits until its transaction is undone, or for what became of one.
pub const LANE_UNDO_TIME: Duration = Duration::from_secs(2);
/// How often a vote runs that needs what is not there yet, or whose connection was lost.
pub const LANE_RUNS: u32 = 8;
/// Over how many locks the keys of requests are spread on PostgreSQL, of which a batch of votes holds those of its own. The
/// server has room for some thousands.
pub const IDEMPOTENCY_LOCKS: i64 = 512;
/// The most requests of one project that are begun at once while several projects ask; the others wait for their turn. With 32, a
/// flood left another project's p99 at 4.5 times its quiet value; with 16 at 2.8 times.
pub const REQUESTS_SHARED: usize = 12;
/// How long a request waits for its turn at most; then it is begun all the same.
pub const TURN_TIME: Duration = Duration::from_millis(250);
/// How long a project counts as one that writes after its last write.
pub const WRITE_LANES_KEPT: Duration = Duration::from_secs(1);
/// The most requests a second, and at once, that a limit on a key's or a project's requests may allow.
pub const RATE: u32 = 1_000_000;
/// The most reads that run at once; more wait.
pub const READERS: usize = 4;
/// How long a read waits for one of them before it is refused.
pub const READ_WAIT: Duration = Duration::from_secs(10);
/// How long one read of the store may take.
pub const READ_TIME: Duration = Duration::from_secs(20);
/// How often a server looks whether another one has changed projects or keys.
pub const DIRECTORY_INTERVAL: Duration = Duration::from_millis(250);
/// How often a server looks whether it is the one that sends votes to vendors.
pub const MIRROR_LEAD_INTERVAL: Duration = Duration::from_secs(2);
/// How often projects and keys are read anew after a change before it is given up.
pub const DIRECTORY_READS: usize = 300;
/// The time between two of these readings.
pub const DIRECTORY_READ_INTERVAL: Duration = Duration::from_millis(100);
/// The seconds that a refused client is asked to wait.
pub const RETRY_AFTER_SECONDS: u32 = 1;
/// How long a stop waits for requests under way.
pub const STOP_TIME: Duration = Duration::from_secs(20);
/// The deepest nesting of a JSON body. `serde_json` holds it; it is stated here because documents name it.
pub const JSON_DEPTH: usize = 127;
/// The comments indexed for search in one transaction.
pub const SEARCH_BATCH: usize = 500;
/// The text indexed for search in one transaction, in bytes; one comment more may be.
pub const SEARCH_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The text indexed for each page of the search index that is then merged, in bytes: a page holds the words of some four times
/// as much, and is merged again at each of some four levels.
pub const SEARCH_BYTES_FOR_MERGED_PAGE: usize = 1024;
/// The pages of the search index that are merged at least with the comments of one transaction.
pub const SEARCH_PAGES_MERGED: usize = 4;
/// The pages of the search index that are merged in one transaction when the writer is at rest.
pub const SEARCH_PAGES_MERGED_AT_REST: usize = 64;
/// The names of messages that gather before they are put into their index, unless the writer is at rest.
pub const NAMES_GATHERED: usize = 32 * 1024;
/// The names put into their index for each that comes, while some are: more than one, so that they come to an end.
pub const NAMES_INDEXED_FOR_EACH: usize = 2;
/// The names put into their index in one transaction when the writer is at rest.
pub const NAMES_INDEXED_AT_REST: usize = 1000;
/// How often the writer does, under load, what can wait: indexing comments, forgetting old keys.
pub const CHORES_INTERVAL: Duration = Duration::from_millis(100);
/// How long the writer leaves what can wait alone after it failed.
pub const CHORES_PAUSE: Duration = Duration::from_secs(1);
/// How often old `Idempotency-Key`s are forgotten.
pub const IDEMPOTENCY_SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// The old `Idempotency-Key`s forgotten in one transaction.
pub const IDEMPOTENCY_SWEEP: usize = 1000;
/// How long the writer's last step of a checkpoint is waited for, and votes are held back at once: longer if the log is
/// several times as large as its bound.
pub const CHECKPOINT_WAIT: Duration = Duration::from_millis(100);

/// Memory that one connection may use to hold pages, in kibibytes.
pub const PAGE_CACHE_KIBIBYTES: i64 = 16 * 1024;
/// Memory that the writer's connection may use to hold pages, in kibibytes. It is small, for SQLite looks through all of it
/// after commits that split pages.
pub const WRITER_CACHE_KIBIBYTES: i64 = 4 * 1024;
/// Criteria and other repeated words whose rows the writer remembers.
pub const LABELS_REMEMBERED: usize = 4096;
/// How often it is looked whether committed pages should be moved from the log into the database, while nothing is committed.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(100);
/// The pages in the log (of 4096 bytes) from which it is to begin anew while commits go on.
pub const LOG_PAGES: i64 = 8 * 1024;
/// The pages that come into the log before they are moved into the database and synced: few, for the sync of a commit waits
/// behind them. Where all of a log of 8,192 was moved at once, commits waited for 27 to 130 ms; these mostly take 1 to 7. Not fewer,
/// for a page that many commits change is moved with each of them.
pub const LOG_STEP_PAGES: i64 = 1024;
/// How often it is looked whether so many came, while there are commits: at 10,000 votes/s they come every 50 ms.
pub const LOG_STEP_LOOK: Duration = Duration::from_millis(5);
/// How often what was committed meanwhile is moved too before the writer is asked for the last step.
pub const CHECKPOINT_ROUNDS: usize = 4;
/// The pages that are few enough for the writer to move, between two batches.
pub const LAST_STEP_PAGES: i64 = 128;
/// The time between two looks whether the writer took the last step.
pub const LAST_STEP_LOOK: Duration = Duration::from_millis(1);
/// The pages in the log from which votes are held back, for a reader keeps it from beginning anew.
pub const LOG_PAGES_HELD_BACK: i64 = 64 * 1024;
/// How long votes are held back at once at most, where the log has grown far beyond.
pub const HELD_BACK_LONGEST: Duration = Duration::from_secs(2);
/// The size, in bytes, to which the log is cut when it begins anew after it had to grow beyond.
pub const LOG_BYTES_KEPT: i64 = 256 * 1024 * 1024;
/// The pages of a database that are read in one transaction before the snapshot of a backup: few, for a transaction that
/// reads keeps the log from being emptied.
pub const BACKUP_STEP_PAGES: u32 = 1024;
/// The pages of a database that a backup compares as one: a number is kept in memory for each such block.
pub const BACKUP_BLOCK_PAGES: u32 = 4;
/// How long after its start a backup takes its snapshot at the earliest: by then another process sees every vote that was
/// acknowledged before the start.
pub const BACKUP_SETTLE: Duration = Duration::from_millis(250);
/// The messages that are read at once while the index of their names is rebuilt.
pub const REPAIR_ROWS: i64 = 50_000;

/// For how many months to come PostgreSQL has tables for what is replaced.
pub const HISTORY_MONTHS_AHEAD: u32 = 3;
/// How often it is looked whether one more is to be made.
pub const HISTORY_MONTHS_INTERVAL: Duration = Duration::from_hours(6);
/// Of how many months history that is copied lies in tables of its own, at most; what is older lies together.
pub const HISTORY_MONTHS_COPIED: u32 = 120;
/// How long dropping history waits for those who read it, and how long until it tries again: votes wait while it tries.
pub const HISTORY_DROP_WAIT: Duration = Duration::from_secs(30);
/// See [`HISTORY_DROP_WAIT`].
pub const HISTORY_DROP_AGAIN: Duration = Duration::from_secs(1);
/// The versions of feedback in SQLite that are looked through in one transaction while old ones are dropped.
pub const HISTORY_STEP_ROWS: i64 = 5000;

/// The rows of one table that are copied into another store in one transaction.
pub const COPY_ROWS: usize = 2000;
/// How long a copy waits for one before it into the same database to let go.
pub const COPY_LOCK_WAIT: Duration = Duration::from_secs(5);

/// How many buckets the rows of a new PostgreSQL database are spread over, at most 64. A bucket's votes are written by one
/// transaction at a time, so several commit side by side; each costs a connection of every server. It is chosen when the
/// database is set up and stays, for rows are numbered by it.
pub const BUCKETS: u8 = 4;
/// The most connections of one server that read from PostgreSQL at once; more reads wait.
pub const POOL_READERS: usize = 16;
/// How long a read waits for one of them before it is refused.
pub const POOL_WAIT: Duration = READ_WAIT;
/// How long a connection to PostgreSQL may take until it is ready to use.
pub const DATABASE_CONNECT_TIME: Duration = Duration::from_secs(10);
/// How often the other end of a quiet connection to PostgreSQL is asked whether it is still there.
pub const DATABASE_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// How often it may leave that unanswered.
pub const DATABASE_ALIVE_RETRIES: u32 = 3;
/// How long one statement that writes to PostgreSQL may take, what it waits for included.
pub const DATABASE_WRITE_TIME: Duration = Duration::from_mins(1);
/// After how long without a statement PostgreSQL ends a transaction: a server that stands still holds no others back.
pub const DATABASE_STALLED_TIME: Duration = Duration::from_secs(30);
/// From how long on a statement of PostgreSQL is told to the log, unless the settings say otherwise.
pub const SLOW_STATEMENT: Duration = Duration::from_secs(1);
/// The slow statements that are told to the log in [`SLOW_STATEMENT_INTERVAL`]; more are only counted.
pub const SLOW_STATEMENT_LINES: u32 = 10;
/// See [`SLOW_STATEMENT_LINES`].
pub const SLOW_STATEMENT_INTERVAL: Duration = Duration::from_secs(10);
/// How much of a slow statement's text is told, in characters.
pub const SLOW_STATEMENT_CHARACTERS: usize = 2000;
/// How long nobody tries to connect to PostgreSQL after it could not be reached; what comes meanwhile is refused at once.
pub const DATABASE_AGAIN: Duration = Duration::from_millis(250);

/// The largest body of a Dify vote, in bytes: large enough that content which is too long is told as that.
pub const DIFY_BODY_BYTES: usize = 4 * 1024 * 1024;
/// The longest name of a Dify user, in characters: the width of Dify's own column.
pub const DIFY_USER_CHARACTERS: usize = 255;
/// The most conversations of one person that Dify's list of them goes through; older ones are left out.
pub const DIFY_CONVERSATIONS: usize = 10_000;
/// The largest page of messages of an upstream into which Candor's own ratings are written, in bytes; a larger one passes
/// as it is.
pub const DIFY_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// The longest id of a person in Amazon Q, in characters.
pub const AMAZON_Q_USER_CHARACTERS: usize = 1024;
/// The longest comment in Amazon Q, in characters.
pub const AMAZON_Q_COMMENT_CHARACTERS: usize = 1000;
/// The largest body of a request that goes on to Amazon Q, in bytes: five files of 10 MiB in Base64, and what is said beside
/// them. It is held in memory, for requests are signed over the hash of the whole body.
pub const AMAZON_Q_ONWARD_BODY_BYTES: usize = 5 * (10 * 1024 * 1024 / 3 * 4 + 4) + BODY_BYTES;
/// The most memory that bodies take which are held whole because they are signed anew or written into, in bytes, beside
/// [`BODY_BYTES`] of each. Requests that need more are refused; answers pass as they are.
pub const HELD_BYTES: usize = 256 * 1024 * 1024;
/// The most items on a page of Amazon Q's lists, and on one that names no number.
pub const AMAZON_Q_PAGE_ITEMS: usize = 100;
/// The longest message of a failure in Amazon Q, in characters.
pub const AMAZON_Q_ERROR_CHARACTERS: usize = 2048;
/// How far the clock of a client that signs may be off at most, in minutes, whatever the configuration says.
pub const SIGNATURE_CLOCK_MINUTES: u64 = 15;
/// The conversations that are read at once while Wonderchat's export is answered.
pub const WONDERCHAT_EXPORT_PAGE: usize = 20;
/// The largest answer of a vendor's server that an import takes, in bytes.
pub const IMPORT_ANSWER_BYTES: u64 = 256 * 1024 * 1024;
/// How long an import waits before it asks a vendor's server again for what did not come.
pub const IMPORT_ANSWER_WAITS: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
/// How long an import waits for a vendor's server.
pub const IMPORT_ANSWER_TIME: Duration = Duration::from_mins(5);
/// How long a connection to an upstream may take to open.
pub const UPSTREAM_CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an unused connection to an upstream stays open.
pub const UPSTREAM_IDLE_TIME: Duration = Duration::from_mins(1);
/// How long an upstream may take to begin its answer: answers that are not streamed come when the model is done.
pub const UPSTREAM_ANSWER_TIME: Duration = Duration::from_mins(10);
/// How long an upstream may say nothing in the middle of an answer; streams are silent while a model thinks.
pub const UPSTREAM_SILENCE: Duration = Duration::from_mins(10);
/// How long a client may send nothing in the middle of a request that is being handed on.
pub const HANDED_ON_SILENCE: Duration = Duration::from_mins(1);
/// The largest head of an upstream's answer, in bytes.
pub const UPSTREAM_HEAD_BYTES: usize = 128 * 1024;
/// The most requests at once on one HTTP/2 connection to an upstream: fewer than servers commonly take (100), for one more
/// would wait until another ends.
pub const UPSTREAM_STREAMS: usize = 64;
/// How often the other end of a connection is asked whether it is still there, and how long it may take to say so.
pub const UPSTREAM_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// The most unused connections that are kept open to one upstream, and a few that a rush has left.
pub const UPSTREAM_IDLE_CONNECTIONS: usize = 256;
/// The most requests that are being handed on at once; more are refused.
pub const HANDED_ON_AT_ONCE: usize = 8192;
/// The most of one exchange with an upstream that is read, request and answer each, in bytes; larger ones are handed on
/// all the same, and nothing is learnt from them.
pub const LEARN_BYTES: usize = 16 * 1024 * 1024;
/// The most memory that copies of all exchanges take that pass or wait to be read, in bytes.
pub const LEARN_MEMORY_BYTES: usize = 64 * 1024 * 1024;
/// The most exchanges that wait to be read; more are handed on all the same, and nothing is learnt from them.
pub const LEARN_QUEUE: usize = 4096;
/// The most exchanges that are read at once.
pub const LEARN_BATCH: usize = 64;
/// How often, and after what waits, something that was learnt is offered to a writer whose queue is full.
pub const LEARN_RETRIES: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(750),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// How long what passed has to be written when the server stops.
pub const LEARN_STOP_TIME: Duration = Duration::from_secs(10);
/// The waits of a vote on what is not known, while something that passed is not yet written. The first one is also for
/// answers that are still coming: a client may hear the end of one a moment before it is over.
pub const LEARN_WAITS: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_millis(700),
    Duration::from_secs(1),
];
/// The most votes that are sent to one vendor's server at once.
pub const MIRROR_AT_ONCE: usize = 8;
/// The most jobs that are changed in one transaction: votes wait for the writer meanwhile.
pub const MIRROR_JOBS_AT_ONCE: usize = 2_000;
/// How long a vendor's server may take to answer a vote that is sent to it.
pub const MIRROR_ANSWER_TIME: Duration = Duration::from_secs(30);
/// The most of such an answer that is read, in bytes.
pub const MIRROR_ANSWER_BYTES: usize = 64 * 1024;
/// The longest reason that is kept of a vendor's refusal, in characters.
pub const MIRROR_REASON_CHARACTERS: usize = 500;
/// The first wait before a vote is sent again; each later one is twice the one before.
pub const MIRROR_FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait before a vote is sent again, unless the vendor asks for a longer one.
pub const MIRROR_LONGEST_WAIT: Duration = Duration::from_mins(5);
/// The longest wait that a vendor can ask for.
pub const MIRROR_LONGEST_ASKED_WAIT: Duration = Duration::from_hours(1);
/// How long a vote is sent again before it is given up: longer than a weekend.
pub const MIRROR_TRIED_FOR: Duration = Duration::from_hours(72);
/// How often it is looked whether a vote is due, where nothing else tells it.
pub const MIRROR_INTERVAL: Duration = Duration::from_secs(1);
/// How often votes that are still to be sent are counted.
pub const MIRROR_COUNT_INTERVAL: Duration = Duration::from_secs(10);
/// How long a stop waits for votes that are being sent; they are sent again after the next start.
pub const MIRROR_STOP_TIME: Duration = Duration::from_secs(5);
/// The largest file that Haptik's clients may send, in bytes.
pub const HAPTIK_FILE_BYTES: usize = 10 * 1024 * 1024;
/// The largest body of a request with such a file, in bytes: the file, and what is said beside it.
pub const HAPTIK_FILE_BODY_BYTES: usize = HAPTIK_FILE_BYTES + 2 * 1024 * 1024;
/// How much of a form is read, in bytes, for the business that it is of, before it goes on as it comes.
pub const HAPTIK_FORM_BEGINNING_BYTES: usize = 64 * 1024;
/// The largest body of any other Haptik request, in bytes: the longest text of a message, however it is escaped.
pub const HAPTIK_BODY_BYTES: usize = json_bytes(MESSAGE_CHARACTERS) + 64 * 1024;

/// The most bytes that so many characters of a text take in JSON: two escapes of six bytes for each.
pub const fn json_bytes(characters: usize) -> usize {
    characters.saturating_mul(12)
}

/// Whether `text` has at most `characters` Unicode scalar values. Does not count further than it must.
pub fn fits(text: &str, characters: usize) -> bool {
    text.len() <= characters || text.chars().nth(characters).is_none()
}
