// Chats through the npm package dify-client, unmodified, then votes on the message that came.
//
// Reads {"url", "key", "user", "query", "stream", "rating"} and writes {"status", "body", "vote"}. Of a stream, what follows
// its first piece is asked for when that has come. Without a rating there is no vote.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const module = join(process.env.CLIENTS, "dify-client", "index.js");
const { ChatClient } = await import(pathToFileURL(module));

const told = JSON.parse(readFileSync(0, "utf8"));
const client = new ChatClient(told.key, told.url);
const answer = await client.createChatMessage({}, told.query, told.user, told.stream);
let body;
let message;
if (told.stream) {
  const pieces = [];
  for await (const piece of answer.data) {
    if (pieces.length === 0) await client.getApplicationParameters(told.user);
    pieces.push(piece);
  }
  body = Buffer.concat(pieces).toString("utf8");
  const first = body.split("\n").find((line) => line.startsWith("data:"));
  message = JSON.parse(first.slice(5)).message_id;
} else {
  // The client parses what is not a stream.
  body = JSON.stringify(answer.data);
  message = answer.data.message_id;
}
let vote = null;
if (told.rating) {
  const voted = await client.messageFeedback(message, told.rating, told.user);
  vote = { status: voted.status, body: voted.data };
}
process.stdout.write(JSON.stringify({ status: answer.status, body, vote }));
