// Scenes of the dashboard in Chromium. Reads {"scene", "url", "key", "dify", "chromium", "modules"}; fails where something
// is not as it should be, and wherever the page says an error on the console: the server's policy is broken there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const told = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(told.modules, 'nothing.js'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const ME = {
  account: {
    id: '0198c2f4-0000-7000-8000-000000000001',
    email: 'ada@example.com',
    name: 'Ada',
    role: 'owner',
    projects: null,
  },
  workspace: { id: '0198c2f4-0000-7000-8000-000000000002', name: 'default' },
  expires_at: '2999-01-01T00:00:00Z',
};

const faults = [];

/** A window of a browser, signed in or not. */
async function open(browser, { signedIn = true, ...options } = {}) {
  const headers = signedIn ? { Authorization: `Bearer ${told.key}` } : {};
  const context = await browser.newContext({
    extraHTTPHeaders: headers,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  if (signedIn) await page.route('**/candor/v1/session', (route) => route.fulfill({ json: ME }));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const expected = !signedIn && message.text().includes('401');
    if (message.type() === 'error' && !expected) faults.push(message.text());
  });
  return page;
}

async function ask(method, path, body) {
  const answer = await fetch(`${told.url}/candor/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${told.key}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

const vote = (said) => ask('POST', '/projects/support/feedback', said);

async function votes() {
  await vote({
    message: { external_id: 'a1' },
    author: { end_user: 'ada' },
    rating: 'positive',
    comment: 'Just right.',
  });
  await vote({
    message: { external_id: 'a1' },
    author: { end_user: 'grace' },
    rating: 'negative',
    comment: 'The wrong plan.',
    reasons: ['incorrect'],
  });
  await vote({
    target: 'conversation',
    conversation: { external_id: 'c1' },
    author: { end_user: 'grace' },
    score: { value: 2 },
  });
}

const SCENES = {
  async reading(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/inbox`);
    await page.getByRole('list', { name: 'Votes' }).getByRole('listitem').nth(2).waitFor();
    await page.getByLabel('Sentiment').selectOption('negative');
    await page.waitForURL(/sentiment=negative/);
    await page.getByText('Just right.').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('wrong plan');
    await page.getByRole('searchbox').press('Enter');
    await page.waitForURL(/search=wrong\+plan/);
    await page.getByRole('link', { name: /The wrong plan/ }).click();
    const pane = page.getByRole('region', { name: 'The open vote' });
    await pane.getByText('What is a refund?').waitFor();
    const judged = pane.getByRole('list', { name: 'Votes on it' }).first();
    await judged.getByText('Just right.').waitFor();
    await judged.getByText('The wrong plan.').waitFor();
    await pane.getByRole('region', { name: 'History' }).getByText('Said: thumb down, incorrect').waitFor();
    await pane.getByRole('region', { name: 'Other votes' }).getByText('2 of 5').waitFor();
    const address = page.url();
    await page.reload();
    await pane.getByText('Money back.').waitFor();
    assert.equal(page.url(), address);
    assert.equal(await page.getByLabel('Sentiment').inputValue(), 'negative');
    assert.equal(await page.getByRole('searchbox').inputValue(), 'wrong plan');
  },

  async keyboard(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/inbox`);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    const rows = page.getByRole('list', { name: 'Votes' }).getByRole('link');
    await rows.nth(2).waitFor();
    const texts = await rows.allTextContents();
    await page.keyboard.press('j');
    assert.equal(await focused(), texts[0]);
    await page.keyboard.press('j');
    assert.equal(await focused(), texts[1]);
    await page.keyboard.press('k');
    assert.equal(await focused(), texts[0]);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'The open vote' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'The open vote' }).waitFor({ state: 'detached' });
    await page.waitForFunction((text) => document.activeElement?.textContent === text, texts[0]);
    await page.keyboard.press('/');
    await page.keyboard.type('right');
    await page.keyboard.press('Enter');
    await page.waitForURL(/search=right/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  },

  async key(browser) {
    const page = await open(browser);
    await page.goto(`${told.url}/settings/keys`);
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog', { name: 'New key' });
    await dialog.getByLabel('Dialect').selectOption('dify');
    await dialog.getByLabel('Opens').selectOption({ label: 'support' });
    await dialog.getByLabel('Name').fill('widget');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('Waiting for the first vote').waitFor();
    const secret = await page.locator('dd code').first().textContent();
    const curl = await page.getByRole('region', { name: 'curl' }).locator('pre').textContent();
    assert.ok(curl.includes(secret) && curl.includes(told.url), curl);
    const answer = await fetch(`${told.url}/v1/messages/5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11/feedbacks`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      body: '{"rating": "like", "user": "ada"}',
    });
    assert.equal(answer.status, 200);
    await page.getByText('The first vote has come.').waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    assert.equal(await page.getByText(secret).count(), 0);
    await page.getByRole('button', { name: 'Revoke widget' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page
      .getByRole('row', { name: /widget/ })
      .getByText('Revoked')
      .waitFor();
  },

  async project(browser) {
    const page = await open(browser);
    await page.goto(`${told.url}/settings/projects`);
    await page.getByRole('button', { name: 'New project' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('kitchen');
    await page.getByRole('button', { name: 'Make the project' }).click();
    await page.waitForURL(/settings\/projects\/[0-9a-f-]{36}/);
    await page.getByLabel('A vote for something unknown').selectOption('reject');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('button')].some((each) => each.textContent === 'Save' && each.disabled),
    );
    await page.getByLabel('Question').fill('Quality');
    await page.getByLabel('Answers, with commas between them').fill('Good, Poor');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('Good, Poor').waitFor();
    assert.equal((await ask('GET', '/projects/kitchen')).unknown_targets, 'reject');
  },

  async overview(browser) {
    await votes();
    const page = await open(browser);
    await page.goto(`${told.url}/?project=support`);
    const figure = (name) => page.locator('dl > div').filter({ hasText: name }).locator('strong');
    await figure('Votes').waitFor();
    assert.equal(await figure('Votes').textContent(), '3');
    assert.equal(await figure('Positive').textContent(), '33.3 %');
    await page.getByText('6.1 % to 79.2 %, n = 3').first().waitFor();
    await page.getByRole('button', { name: 'Table of Votes' }).click();
    const today = page.getByRole('region', { name: 'Votes' }).getByRole('row').last();
    await today.getByRole('cell', { name: '3', exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV of By channel' }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    assert.match(csv, /^Channel,Votes,Positive,/);
    assert.match(csv, /\r\nCandor,3,0\.33/);
    await page.getByRole('link', { name: 'The wrong plan.' }).click();
    await page.waitForURL(/inbox.*open=/);
  },

  async stranger(browser) {
    const page = await open(browser, { signedIn: false });
    await page.route('**/candor/v1/session', (route) =>
      route.fulfill({ status: 401, json: { status: 401, code: 'unauthenticated', detail: 'sign in' } }),
    );
    await page.goto(`${told.url}/inbox?sentiment=negative`);
    await page.waitForURL(/sign-in\?next=/);
    assert.equal(new URL(page.url()).searchParams.get('next'), '/inbox?sentiment=negative');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill('not my password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The e-mail or the password is wrong.').waitFor();
  },

  async accessibility(browser) {
    await votes();
    const { id } = await ask('GET', '/projects/support');
    const { items } = await ask('GET', '/feedback?has_comment=true');
    const pages = [
      '/',
      '/inbox',
      `/inbox?open=${items[0].id}`,
      '/settings/projects',
      `/settings/projects/${id}`,
      '/settings/keys',
      '/settings/you',
      '/sign-in',
    ];
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(browser, { colorScheme });
      for (const path of pages) {
        if (path === '/sign-in')
          await page.route('**/candor/v1/session', (route) => route.fulfill({ status: 401, json: {} }));
        await page.goto(told.url + path);
        await page.locator('main :is(h1, h2)').first().waitFor();
        await page.waitForFunction(() => document.querySelector('[role="status"][aria-label]') === null);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        const said = serious.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
        );
        assert.deepEqual(said, [], `${path} in ${colorScheme}`);
        faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes('401')));
      }
    }
  },
};

const browser = await chromium.launch({
  executablePath: told.chromium,
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  await SCENES[told.scene](browser);
  assert.deepEqual(faults, []);
} finally {
  await browser.close();
}
