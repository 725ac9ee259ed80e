// Feedback, and the chat that it judges, through the npm package @aws-sdk/client-qbusiness, unmodified.
//
// Reads {"url", "http": 1 or 2, "calls": [{"access_key_id", "secret", "operation", "input"}]}, `input` with the members of
// the operation, PutFeedback unless another is named, and times in seconds, and writes [{"protocol", "status", "class",
// "code", "message", "request_id", "body"}]. Over HTTP/2 unless it is told otherwise, which is what the package does by
// itself. `says` of a call are the texts that go into the stream of Chat.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.CLIENTS, "here.js"));
const vendor = require("@aws-sdk/client-qbusiness");
const { NodeHttpHandler } = require("@smithy/node-http-handler");

const told = JSON.parse(readFileSync(0, "utf8"));

const time = (seconds) => (seconds === undefined ? undefined : new Date(seconds * 1000));

function input(said) {
  const usefulness = said.messageUsefulness;
  return {
    ...said,
    messageCopiedAt: time(said.messageCopiedAt),
    messageUsefulness: usefulness && { ...usefulness, submittedAt: time(usefulness.submittedAt) },
  };
}

async function* stream(says) {
  yield { configurationEvent: { chatMode: "RETRIEVAL_MODE" } };
  for (const userMessage of says) yield { textEvent: { userMessage } };
  yield { endOfInputEvent: {} };
}

function command(call) {
  const members = input(call.input);
  if (call.says) members.inputStream = stream(call.says);
  return new vendor[`${call.operation ?? "PutFeedback"}Command`](members);
}

async function answer(call) {
  const client = new vendor.QBusinessClient({
    region: "us-east-1",
    endpoint: told.url,
    credentials: { accessKeyId: call.access_key_id, secretAccessKey: call.secret },
    maxAttempts: 1,
    ...(told.http === 1 ? { requestHandler: new NodeHttpHandler() } : {}),
  });
  const protocol = client.config.requestHandler.metadata.handlerProtocol;
  try {
    const { $metadata, ...body } = await client.send(command(call));
    return { protocol, status: $metadata.httpStatusCode, request_id: $metadata.requestId, body };
  } catch (refused) {
    if (!refused.$metadata?.httpStatusCode) throw refused;
    const { reason, fields, resourceId, resourceType } = refused;
    return {
      protocol,
      status: refused.$metadata.httpStatusCode,
      class: refused.constructor.name,
      code: refused.name,
      message: refused.message,
      request_id: refused.$metadata.requestId,
      body: { reason, fields, resourceId, resourceType },
    };
  } finally {
    client.destroy();
  }
}

const answers = [];
for (const call of told.calls) {
  answers.push(await answer(call));
}
process.stdout.write(JSON.stringify(answers));
