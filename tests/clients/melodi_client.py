"""A day of an application with the PyPI package melodi, unmodified.

Reads {"url", "key", "publishable"} and writes what each call answered, by the name of its step. A call that fails is
{"status", "errors"}.
"""

import json
import os
import sys
import warnings
from datetime import datetime

# The package speaks to an older pydantic.
warnings.simplefilter("ignore")

told = json.load(sys.stdin)
os.environ["MELODI_BASE_URL_OVERRIDE"] = told["url"]

from melodi.feedback.data_models import Feedback, FeedbackCreateOrUpdateRequest
from melodi.issues.data_models import IssueUpsertRequest
from melodi.melodi_client import MelodiClient
from melodi.messages.data_models import Message
from melodi.threads.data_models import ExternalUserForThread, Thread, ThreadsQueryParams
from melodi.user_segment_types.data_models import UserSegmentTypesQueryParams
from melodi.users.data_models import User, UsersQueryParams
from requests import HTTPError

answers = {}


def shown(answer):
    if isinstance(answer, list):
        return [shown(item) for item in answer]
    return answer.model_dump(mode="json") if hasattr(answer, "model_dump") else answer


def step(name, call, *arguments):
    try:
        answer = call(*arguments)
        answers[name] = shown(answer)
    except HTTPError as error:
        answer = None
        response = error.response
        answers[name] = {"status": response.status_code, "errors": response.json()["errors"]}
    return answer


client = MelodiClient(api_key=told["key"])

project = step("create_project", client.projects.create, "support")
step("projects", client.projects.get)
step("project_by_name", client.projects.get_by_name, "support")
step("project_of_nobody", client.projects.get_by_name, "nobody's")

greeting = [
    Message(externalId="1", role="user", content="Hello!"),
    Message(externalId="2", role="assistant", content="Hi!"),
]
ada = ExternalUserForThread(externalId="ada", email="ada@example.com", segments={"team": ["engineering"]})
thread = step(
    "create_thread",
    client.threads.create_or_update,
    Thread(externalId="chat", projectId=project.id, messages=greeting, metadata={"plan": "free"}, externalUser=ada),
)
tool = Message(externalId="3", role="calculator", type="json", jsonContent={"answer": 4})
step(
    "longer_thread",
    client.threads.create_or_update,
    Thread(externalId="chat", projectId=project.id, messages=[*greeting, tool]),
)
step("thread_of_a_name", client.threads.create_or_update, Thread(projectName="by name", messages=greeting))
step("thread_of_nothing", client.threads.create_or_update, Thread(messages=greeting))

given = step(
    "create_feedback",
    client.feedback.create,
    Feedback(feedbackType="NEGATIVE", feedbackText="I don't understand", externalThreadId="chat"),
)
step(
    "older_feedback",
    client.feedback.create,
    Feedback(
        externalThreadId="chat",
        externalMessageId="2",
        projectId=project.id,
        externalUser=User(externalId="ada", name="Ada", segments={"plan": ["free", "trial"]}),
        attributes={"Quality": "Wonderful"},
        createdAt=datetime(2024, 1, 1, 12),
    ),
)
step(
    "unknown_option",
    client.feedback.create,
    Feedback(feedbackType="POSITIVE", externalThreadId="chat", attributes={"Quality": "Nope"}),
)
step("by_id", client.feedback.create_or_update, FeedbackCreateOrUpdateRequest(id=given.id, feedbackType="POSITIVE"))
of_bob = {"externalThreadId": "chat", "externalMessageId": "1", "externalUser": User(externalId="bob")}
step(
    "by_external_ids",
    client.feedback.create_or_update,
    FeedbackCreateOrUpdateRequest(feedbackType="POSITIVE", **of_bob),
)
step(
    "by_external_ids_again",
    client.feedback.create_or_update,
    FeedbackCreateOrUpdateRequest(feedbackText="because", **of_bob),
)
step("second_of_bob", client.feedback.create, Feedback(feedbackType="NEGATIVE", **of_bob))
step(
    "several_match",
    client.feedback.create_or_update,
    FeedbackCreateOrUpdateRequest(feedbackText="which?", **of_bob),
)

step("put_user", client.users.create_or_update, User(externalId="bob", email="bob@example.com"))
step("patch_user", client.users.update, User(externalId="bob", name="Bob"))
step("users", client.users.get, UsersQueryParams(pageSize=1))
step("segment_types", client.user_segment_types.get, UserSegmentTypesQueryParams())
step("internal", client.user_internal_for_project.set_users_internal, project.id, [answers["put_user"]["id"]])

issue = step("issue", client.issues.upsert, IssueUpsertRequest(projectId=project.id, name="Too short"))
message = thread.messages[1].id
step("issue_on_message", client.messages.add_issue_to_message, issue.id, message)
step("message", client.messages.get, message)
step(
    "threads",
    client.threads.get,
    ThreadsQueryParams(projectId=project.id, hasFeedback=True, includeFeedback=True, includeIssues=True),
)

widget = MelodiClient(api_key=told["publishable"])
step("publishable_feedback", widget.feedback.create, Feedback(feedbackType="POSITIVE", externalThreadId="chat"))
step("publishable_projects", widget.projects.get)

json.dump(answers, sys.stdout)
