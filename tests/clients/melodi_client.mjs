// A day of an application with the npm package @melodi/melodi-sdk-typescript, unmodified.
//
// Reads {"url", "key", "publishable"} and writes what each call answered, by the name of its step. A call that fails is
// {"failed": message}.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const told = JSON.parse(readFileSync(0, "utf8"));
process.env.MELODI_BASE_URL_OVERRIDE = told.url;

const require = createRequire(import.meta.url);
const folder = join(process.env.CLIENTS, "@melodi", "melodi-sdk-typescript", "dist");
const melodi = require(join(folder, "index.js"));
// The package has it and forgot to name it.
const { createAttributeDefinition } = require(join(folder, "attributes.js"));

const answers = {};
async function step(name, call, body, key = told.key) {
  const failed = (error) => ({ failed: error.message });
  const answer = await (body ? call(body, key) : call(key)).catch(failed);
  answers[name] = answer;
  return answer;
}

const project = await step("create_project", melodi.createProject, { name: "support" });
await step("projects", melodi.listProjects);
await step("attribute", createAttributeDefinition, {
  projectId: project.id,
  name: "Quality",
  options: ["Wonderful", "Poor"],
});
const externalUser = {
  externalId: "testuserid1",
  name: "Greg Brown",
  email: "greg@example.com",
  segments: { team: "engineering" },
};
const thread = {
  projectId: project.id,
  externalId: "typescript",
  messages: [
    { externalId: "1", role: "user", content: "Hello!" },
    { externalId: "2", role: "assistant", content: "Hi!" },
  ],
  externalUser,
};
await step("create_thread", melodi.createOrUpdateThread, thread);
await step("create_feedback", melodi.createFeedback, {
  externalThreadId: "typescript",
  externalMessageId: "2",
  attributes: { Quality: "Wonderful" },
  externalUser,
});
await step("unknown_option", melodi.createFeedback, {
  externalThreadId: "typescript",
  attributes: { Quality: "Nope" },
});
await step(
  "widget",
  melodi.createFeedback,
  {
    feedbackType: "positive",
    feedbackText: "",
    projectName: "widget",
    thread: { messages: [{ role: "user", content: "Hello!" }, { role: "assistant", content: "Hi!" }] },
  },
  told.publishable,
);
await step("publishable_projects", melodi.listProjects, undefined, told.publishable);
process.stdout.write(JSON.stringify(answers));
