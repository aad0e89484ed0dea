import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import { startBrowser } from '../support/browser.ts';
import { useLocalSystem } from '../support/local-system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rig = useLocalSystem();
const state: { browser?: Browser } = {};
beforeAll(async () => {
  state.browser = await startBrowser();
});
afterAll(async () => {
  await state.browser?.close();
});

/** Tests that fail one after another; the last one does when a file is there, and nothing else ends it. */
const gated = (gate: string) => ({
  ...demoRepository,
  '.bazelrc': 'test --local_test_jobs=3\n',
  'slow/BUILD.bazel': `load("//tools:script_test.bzl", "script_test")

[
    script_test(
        name = name + "_test",
        size = "enormous",
        src = name + "_test.sh",
    )
    for name in ["first", "second", "last"]
]
`,
  '.yb.yaml': 'targets: ["//slow/..."]\nflakyAttempts: 1\n',
  'slow/first_test.sh': 'echo "words of the first"\nexit 1\n',
  'slow/second_test.sh': 'sleep 3\necho "words of the second"\nexit 1\n',
  'slow/last_test.sh': `until [ -e '${gate}' ]; do sleep 0.2; done\necho "words of the last"\nexit 1\n`,
});

async function signIn(page: Page, url: string): Promise<void> {
  // Whoever is not signed in is led to GitHub, and back from there.
  await page.goto(url);
  await page.getByRole('button', { name: /demo/ }).click({ timeout: 10_000 });
  await page.waitForURL(url);
}

const Found = z.array(z.object({ id: z.string(), help: z.string() }));

/** What axe finds wrong with a page, in its own words. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate('axe.run().then(({ violations }) => violations)');
  return Found.parse(found).map(({ id, help }) => `${id}: ${help}`);
}

describe("a run's page in a browser", () => {
  // How long it takes is measured by `npm run bench -- line`; a busy machine says nothing about it.
  it('shows what is printed, and tests as they end, without being loaded again', async () => {
    const gate = join(temporaryFolder(), 'gate');
    const author = await rig().author('watched');
    await author.push(
      { WORKSPACE: demoRepository['WORKSPACE'] ?? '', 'MODULE.bazel': 'module(name = "watched")\n' },
      'Begin',
    );
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    const sha = await author.push(gated(gate), 'Fail one after another');
    const run = await rig().until('the run', async () => (await rig().runs('watched')).find((one) => one.sha === sha));

    const page = await (state.browser ?? (await startBrowser())).newPage();
    await signIn(page, run.url);
    await page.evaluate('globalThis.loadedOnce = true');
    // What two of them printed is there while the third one waits, and prints nothing.
    for (const words of ['words of the first', 'words of the second'])
      await page.getByText(words).first().waitFor({ timeout: 120_000 });
    const during = (await rig().runs('watched')).find(({ id }) => id === run.id);
    expect(during).toMatchObject({ state: 'running', verdict: null });
    expect(await page.locator('body').innerText()).not.toContain('words of the last');
    await writeFile(gate, '');
    const status = await rig().finalStatus(author, sha);
    expect(status.state).toBe('failure');
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
    // In the end the page says it in words, by itself.
    await page
      .getByText(/tests failed/)
      .first()
      .waitFor();
    expect(await page.locator('body').innerText()).toContain('//slow:last_test');

    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page), `${width} px`).toEqual([]);
    }

    // The same without JavaScript: everything is there, also the log.
    const plain = await (state.browser ?? (await startBrowser())).newContext({
      javaScriptEnabled: false,
      storageState: await page.context().storageState(),
    });
    const still = await plain.newPage();
    await still.goto(run.url);
    expect(await still.locator('body').innerText()).toContain('//slow:first_test');
    expect(await still.locator('#lines').innerText()).toContain('words of the first');
    await plain.close();
  });

  it('starts the branch again and cancels it by its buttons', async () => {
    const author = await rig().author('buttons');
    const slow = { ...demoRepository, 'slow/slow_test.sh': 'sleep 50\n', '.yb.yaml': 'targets: ["//slow/..."]\n' };
    await author.push(slow, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    const { endpoints } = rig().system;
    const page = await (state.browser ?? (await startBrowser())).newPage();
    await signIn(page, `${endpoints.dashboard}/demo/buttons`);
    await page.getByRole('textbox').first().fill('main');
    await page.getByRole('button', { name: /run/i }).first().click();
    await page.waitForURL(/\/runs\/[a-z2-7]{26}/);
    const id = /runs\/([a-z2-7]{26})/.exec(page.url())?.[1] ?? '';
    await rig().until('the run to work', async () =>
      (await rig().runs('buttons')).some((one) => one.state === 'running'),
    );
    await page
      .getByRole('button', { name: /cancel/i })
      .first()
      .click();
    const ended = await rig().until('the cancel', async () =>
      (await rig().runs('buttons')).find((one) => one.verdict === 'cancelled'),
    );
    expect(ended.id).toBe(id);
    await page
      .getByText(/cancelled/i)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /again/i }).first().click();
    await page.waitForURL((url) => !url.pathname.includes(id) && url.pathname.startsWith('/runs/'));
  });
});
