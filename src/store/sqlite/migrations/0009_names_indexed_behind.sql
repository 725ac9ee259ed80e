-- The index of messages' names, which is written behind the messages. Names come in random order, and an entry with each
-- vote dirtied a page of its own for each, which was the most that a vote cost. Here many are put in at once, in the index's
-- order. Those that are not in it yet are among the messages after `names_indexed`, and the writer knows them by heart.
CREATE TABLE message_names (
    external_key INTEGER NOT NULL,
    -- 0 for a message that belongs to none.
    conversation INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (external_key, conversation, message)
) STRICT, WITHOUT ROWID;
INSERT INTO message_names (external_key, conversation, message)
    SELECT external_key, ifnull(conversation, 0), row_id FROM messages WHERE external_key IS NOT NULL
    ORDER BY external_key, conversation, row_id;
DROP INDEX messages_by_external_key;

-- All names up to this message are in the index.
CREATE TABLE names_indexed (
    up_to INTEGER NOT NULL
) STRICT;
INSERT INTO names_indexed (up_to) SELECT coalesce(max(row_id), 0) FROM messages;
