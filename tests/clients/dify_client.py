"""Votes through the PyPI package dify-client, unmodified.

Reads {"url", "votes": [{"key", "message", "rating", "user"}]} and writes [{"status", "body"}].
"""

import json
import sys

from dify_client import ChatClient

told = json.load(sys.stdin)
answers = []
for vote in told["votes"]:
    client = ChatClient(vote["key"])
    client.base_url = told["url"]
    answer = client.message_feedback(vote["message"], vote["rating"], vote["user"])
    answers.append({"status": answer.status_code, "body": answer.json()})
json.dump(answers, sys.stdout)
