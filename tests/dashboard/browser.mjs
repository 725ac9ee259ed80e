// Scenes of the dashboard in Chromium. Reads {"scene", "url", "key", "dify", "chromium", "modules"}; fails where something
// is not as it should be, and wherever the page says an error on the console: the server's policy is broken there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const told = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(join(told.modules, "nothing.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PASSWORD = "a password for scenes";

const faults = [];

/** A window of a browser: of somebody with a role, or of nobody who is signed in. */
async function open(browser, { role = "owner", ...options } = {}) {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // Asking who is signed in, and a wrong password, are answered with it.
    if (message.type() === "error" && !message.text().includes("401")) faults.push(message.text());
  });
  if (role !== null) {
    const email = `${role}-${Math.random()}@example.com`;
    await ask("POST", "/accounts", { email, name: `The ${role}`, password: PASSWORD, role });
    await signIn(page, email, PASSWORD);
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
  }
  return page;
}

async function signIn(page, email, password) {
  await page.goto(`${told.url}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function ask(method, path, body) {
  const answer = await fetch(`${told.url}/candor/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${told.key}`, "Content-Type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

const vote = (said) => ask("POST", "/projects/support/feedback", said);

async function votes() {
  await vote({
    message: { external_id: "a1" },
    author: { end_user: "ada" },
    rating: "positive",
    comment: "Just right.",
  });
  await vote({
    message: { external_id: "a1" },
    author: { end_user: "grace" },
    rating: "negative",
    comment: "The wrong plan.",
    reasons: ["incorrect"],
  });
  await vote({
    target: "conversation",
    conversation: { external_id: "c1" },
    author: { end_user: "grace" },
    score: { value: 2 },
  });
}

const SCENES = {
  async reading(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/inbox`);
    await page.getByRole("list", { name: "Votes" }).getByRole("listitem").nth(2).waitFor();
    await page.getByLabel("Sentiment").selectOption("negative");
    await page.waitForURL(/sentiment=negative/);
    await page.getByText("Just right.").waitFor({ state: "detached" });
    await page.getByRole("searchbox").fill("wrong plan");
    await page.getByRole("searchbox").press("Enter");
    await page.waitForURL(/search=wrong\+plan/);
    await page.getByRole("link", { name: /The wrong plan/ }).click();
    const pane = page.getByRole("region", { name: "The open vote" });
    await pane.getByText("What is a refund?").waitFor();
    const judged = pane.getByRole("list", { name: "Votes on it" }).first();
    await judged.getByText("Just right.").waitFor();
    await judged.getByText("The wrong plan.").waitFor();
    await pane.getByRole("region", { name: "History" }).getByText("Said: thumb down, incorrect").waitFor();
    await pane.getByRole("region", { name: "Other votes" }).getByText("2 of 5").waitFor();
    const address = page.url();
    await page.reload();
    await pane.getByText("Money back.").waitFor();
    assert.equal(page.url(), address);
    assert.equal(await page.getByLabel("Sentiment").inputValue(), "negative");
    assert.equal(await page.getByRole("searchbox").inputValue(), "wrong plan");
  },

  async keyboard(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/inbox`);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    const rows = page.getByRole("list", { name: "Votes" }).getByRole("link");
    await rows.nth(2).waitFor();
    const texts = await rows.allTextContents();
    await page.keyboard.press("j");
    assert.equal(await focused(), texts[0]);
    await page.keyboard.press("j");
    assert.equal(await focused(), texts[1]);
    await page.keyboard.press("k");
    assert.equal(await focused(), texts[0]);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "The open vote" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "The open vote" }).waitFor({ state: "detached" });
    await page.waitForFunction((text) => document.activeElement?.textContent === text, texts[0]);
    await page.keyboard.press("/");
    await page.keyboard.type("right");
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=right/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },

  async key(browser) {
    const page = await open(browser);
    await page.goto(`${told.url}/settings/keys`);
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog", { name: "New key" });
    await dialog.getByLabel("Dialect").selectOption("dify");
    await dialog.getByLabel("Opens").selectOption({ label: "support" });
    await dialog.getByLabel("Name").fill("widget");
    await dialog.getByRole("button", { name: "Make the key" }).click();
    await page.getByText("Waiting for the first vote").waitFor();
    const secret = await page.locator("dd code").first().textContent();
    const curl = await page.getByRole("region", { name: "curl" }).locator("pre").textContent();
    assert.ok(curl.includes(secret) && curl.includes(told.url), curl);
    const answer = await fetch(`${told.url}/v1/messages/5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11/feedbacks`, {
      method: "POST",
      headers: { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" },
      body: '{"rating": "like", "user": "ada"}',
    });
    assert.equal(answer.status, 200);
    await page.getByText("The first vote has come.").waitFor();
    await page.getByRole("button", { name: "I have kept it" }).click();
    assert.equal(await page.getByText(secret).count(), 0);
    await page.getByRole("button", { name: "Revoke widget" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page
      .getByRole("row", { name: /widget/ })
      .getByText("Revoked")
      .waitFor();
  },

  async project(browser) {
    const page = await open(browser);
    await page.goto(`${told.url}/settings/projects`);
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("kitchen");
    await page.getByRole("button", { name: "Make the project" }).click();
    await page.waitForURL(/settings\/projects\/[0-9a-f-]{36}/);
    await page.getByLabel("A vote for something unknown").selectOption("reject");
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("button")].some((each) => each.textContent === "Save" && each.disabled),
    );
    await page.getByLabel("Question").fill("Quality");
    await page.getByLabel("Answers, with commas between them").fill("Good, Poor");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("Good, Poor").waitFor();
    assert.equal((await ask("GET", "/projects/kitchen")).unknown_targets, "reject");
  },

  async overview(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/?project=support`);
    const figure = (name) => page.locator("dl > div").filter({ hasText: name }).locator("strong");
    await figure("Votes").waitFor();
    assert.equal(await figure("Votes").textContent(), "3");
    assert.equal(await figure("Positive").textContent(), "33.3 %");
    await page.getByText("6.1 % to 79.2 %, n = 3").first().waitFor();
    await page.getByRole("button", { name: "Table of Votes" }).click();
    const today = page.getByRole("region", { name: "Votes" }).getByRole("row").last();
    await today.getByRole("cell", { name: "3", exact: true }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV of By channel" }).click();
    const csv = readFileSync(await (await download).path(), "utf8");
    assert.match(csv, /^Channel,Votes,Positive,/);
    assert.match(csv, /\r\nCandor,3,0\.33/);
    await page.getByRole("link", { name: "The wrong plan." }).click();
    await page.waitForURL(/inbox.*open=/);
  },

  async stranger(browser) {
    await votes();
    const { url } = await ask("POST", "/invites", { role: "viewer", email: "eve@example.com" });
    const page = await open(browser, { role: null });
    await page.goto(`${told.url}/inbox?sentiment=negative`);
    await page.waitForURL(/sign-in\?next=/);
    await page.getByLabel("E-mail").fill("eve@example.com");
    await page.getByLabel("Password", { exact: true }).fill("not my password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("The e-mail or the password is wrong.").waitFor();
    await page.goto(told.url + new URL(url).pathname + new URL(url).hash);
    await page.getByRole("heading", { name: "Make your account" }).waitFor();
    await page.getByLabel("Your name").fill("Eve");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByRole("heading", { name: "All projects" }).waitFor();
    await page.goto(`${told.url}/settings`);
    await page.getByRole("link", { name: "support", exact: true }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Keys" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: "New project" }).count(), 0);
    await page.goto(`${told.url}/settings/you`);
    await page.getByRole("button", { name: "Sign out everywhere" }).click();
    await page.waitForURL(/sign-in/);
    await page.goto(`${told.url}/inbox?sentiment=negative`);
    await page.waitForURL(/sign-in\?next=/);
    await page.getByLabel("E-mail").fill("eve@example.com");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/inbox\?sentiment=negative/);
    await page.getByRole("link", { name: /The wrong plan/ }).waitFor();
  },

  async accessibility(browser) {
    await votes();
    const { id } = await ask("GET", "/projects/support");
    const { items } = await ask("GET", "/feedback?has_comment=true");
    const pages = [
      "/",
      "/inbox",
      `/inbox?open=${items[0].id}`,
      "/settings/projects",
      `/settings/projects/${id}`,
      "/settings/keys",
      "/settings/accounts",
      "/settings/audit",
      "/settings/you",
      "/sign-in",
    ];
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(browser, { colorScheme });
      for (const path of pages) {
        if (path === "/sign-in") await page.context().clearCookies();
        await page.goto(told.url + path);
        await page.locator("main :is(h1, h2)").first().waitFor();
        await page.waitForFunction(() => document.querySelector('[role="status"][aria-label]') === null);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
        const said = serious.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
        );
        assert.deepEqual(said, [], `${path} in ${colorScheme}`);
      }
    }
  },
};

const browser = await chromium.launch({
  executablePath: told.chromium,
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  await SCENES[told.scene](browser);
  assert.deepEqual(faults, []);
} finally {
  await browser.close();
}
