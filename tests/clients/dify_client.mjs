// Votes through the npm package dify-client, unmodified.
//
// Reads {"url", "votes": [{"key", "message", "rating", "user"}]} and writes [{"status", "body"}].

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const module = join(process.env.CLIENTS, "dify-client", "index.js");
const { ChatClient } = await import(pathToFileURL(module));

const told = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const vote of told.votes) {
  const client = new ChatClient(vote.key, told.url);
  // The client throws on refusals, with the answer inside.
  const answer = await client
    .messageFeedback(vote.message, vote.rating, vote.user)
    .catch((error) => {
      if (!error.response) throw error;
      return error.response;
    });
  answers.push({ status: answer.status, body: answer.data });
}
process.stdout.write(JSON.stringify(answers));
