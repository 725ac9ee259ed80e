"""Chats through the PyPI package dify-client, unmodified, then votes on the message that came.

Reads {"url", "key", "user", "query", "stream", "rating"} and writes {"status", "body", "vote"}. Of a stream, what follows
its first piece is asked for when that has come. Without a rating there is no vote.
"""

import json
import sys

from dify_client import ChatClient

told = json.load(sys.stdin)
client = ChatClient(told["key"])
client.base_url = told["url"]
mode = "streaming" if told["stream"] else "blocking"
answer = client.create_chat_message({}, told["query"], told["user"], response_mode=mode)
if told["stream"]:
    pieces = answer.iter_content(chunk_size=None)
    body = next(pieces)
    client.get_application_parameters(told["user"])
    body += b"".join(pieces)
    events = [line[5:] for line in body.decode().splitlines() if line.startswith("data:")]
    message = json.loads(events[0])["message_id"]
else:
    body = answer.content
    message = answer.json()["message_id"]
vote = None
if told["rating"]:
    voted = client.message_feedback(message, told["rating"], told["user"])
    vote = {"status": voted.status_code, "body": voted.json()}
json.dump({"status": answer.status_code, "body": body.decode(), "vote": vote}, sys.stdout)
