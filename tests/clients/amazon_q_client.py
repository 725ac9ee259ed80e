"""Feedback, and the chat that it judges, through the PyPI package boto3, unmodified.

Reads {"url", "calls": [{"access_key_id", "secret", "operation", "input", "validate", "after_signing", "behind_seconds"}]},
`input` with the members of the operation, PutFeedback unless another is named, and times in seconds, and writes what came
of each call: {"status", "class", "code", "message", "request_id", "body"}, where "body" has the members that the answer's
or the exception's model knows.

`after_signing` is what somebody else would do to the request on its way: "body", "header", "query" or "unsigned".
`behind_seconds` is how far the client's clock is behind.
"""

import datetime
import json
import sys

import boto3
import botocore.auth
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

UTC = datetime.timezone.utc
told = json.load(sys.stdin)
clock = botocore.auth.get_current_datetime


def time(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC)


def arguments(said):
    given = dict(said)
    if "messageCopiedAt" in given:
        given["messageCopiedAt"] = time(given["messageCopiedAt"])
    if "messageUsefulness" in given:
        given["messageUsefulness"] = dict(given["messageUsefulness"])
        submitted = given["messageUsefulness"].get("submittedAt")
        if submitted is not None:
            given["messageUsefulness"]["submittedAt"] = time(submitted)
    return given


def changed(what):
    def change(request, **_):
        if what == "body":
            request.body = request.body.replace(b"USEFUL", b"useful")
        elif what == "header":
            request.headers["Content-Type"] = "application/json; charset=utf-8"
        elif what == "query":
            request.url = request.url.replace("userId=", "userId=x")
        elif what == "unsigned":
            del request.headers["Authorization"]

    return change


def client(call):
    made = boto3.session.Session().client(
        "qbusiness",
        region_name="us-east-1",
        endpoint_url=told["url"],
        aws_access_key_id=call["access_key_id"],
        aws_secret_access_key=call["secret"],
        config=Config(
            parameter_validation=call.get("validate", True),
            retries={"total_max_attempts": 1, "mode": "standard"},
        ),
    )
    if "after_signing" in call:
        made.meta.events.register("before-send.qbusiness", changed(call["after_signing"]))
    return made


known = {}


def answer(call):
    # Making a client reads its whole model: one is made for many calls.
    name = json.dumps([call.get(part) for part in ("access_key_id", "secret", "validate", "after_signing")])
    if name not in known:
        known[name] = client(call)
    qbusiness = known[name]
    behind = datetime.timedelta(seconds=call.get("behind_seconds", 0))
    botocore.auth.get_current_datetime = lambda *given: clock(*given) - behind
    try:
        operation = xform_name(call.get("operation", "PutFeedback"))
        done = getattr(qbusiness, operation)(**arguments(call["input"]))
        metadata, error, kind = done["ResponseMetadata"], {}, None
        body = {name: value for name, value in done.items() if name != "ResponseMetadata"}
    except ClientError as refused:
        response = refused.response
        metadata, error, kind = response["ResponseMetadata"], response["Error"], type(refused).__name__
        body = {name: value for name, value in response.items() if name not in ("ResponseMetadata", "Error")}
    return {
        "status": metadata["HTTPStatusCode"],
        "class": kind,
        "code": error.get("Code"),
        "message": error.get("Message"),
        "request_id": metadata.get("RequestId"),
        "body": body,
    }


json.dump([answer(call) for call in told["calls"]], sys.stdout, default=str)
