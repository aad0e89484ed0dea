import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import { startBrowser } from '../support/browser.ts';
import { useLocalSystem } from '../support/local-system.ts';

const rig = useLocalSystem();
const state: { browser?: Browser } = {};
beforeAll(async () => {
  state.browser = await startBrowser();
});
afterAll(async () => {
  await state.browser?.close();
});

/** A test that says, when it ends, what time it is. */
const clockTest = (seconds: number): string => `sleep ${seconds}\necho "printed-at=$(date +%s%3N)."\nexit 1\n`;
const tests = [1, 3, 5, 7];
const repository = {
  ...demoRepository,
  '.bazelrc': 'test --local_test_jobs=4\n',
  'clock/BUILD.bazel': `load("//tools:script_test.bzl", "script_test")

[
    script_test(
        name = "after_%d_test" % seconds,
        size = "small",
        src = "after_%d_test.sh" % seconds,
    )
    for seconds in [${tests.join(', ')}]
]
`,
  '.yb.yaml': 'targets: ["//clock/..."]\nflakyAttempts: 1\n',
  ...Object.fromEntries(tests.map((seconds) => [`clock/after_${seconds}_test.sh`, clockTest(seconds)])),
};

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
  it('shows lines within two seconds of their being printed, and tests as they end, without being loaded again', async () => {
    const author = await rig().author('watched');
    await author.push(
      { WORKSPACE: demoRepository['WORKSPACE'] ?? '', 'MODULE.bazel': 'module(name = "watched")\n' },
      'Begin',
    );
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    const sha = await author.push(repository, 'Fail one after another');
    const run = await rig().until('the run', async () => (await rig().runs('watched')).find((one) => one.sha === sha));

    const page = await (state.browser ?? (await startBrowser())).newPage();
    await signIn(page, run.url);
    // Notes when each printed time was first to be seen, by the same clock.
    await page.evaluate(`
      globalThis.seen = {};
      globalThis.loadedOnce = true;
      const look = () => {
        for (const [, time] of document.body.innerText.matchAll(/printed-at=(\\d+)\\./g)) globalThis.seen[time] ??= Date.now();
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
      look();
    `);
    const status = await rig().finalStatus(author, sha);
    expect(status.state).toBe('failure');
    await page.waitForFunction('Object.keys(globalThis.seen).length >= 3');
    const seen: unknown = await page.evaluate('globalThis.seen');
    const delays = Object.entries(seen as Record<string, number>).map(([printed, at]) => at - Number(printed));
    // The first ones may have been printed before the page was there. Two seconds is what is promised, and what is measured.
    const best = delays.toSorted((left, right) => left - right).slice(0, 2);
    expect(Math.max(...best), delays.join(', ')).toBeLessThanOrEqual(2000);
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
    // In the end the page says it in words, by itself.
    await page
      .getByText(/tests failed/)
      .first()
      .waitFor();
    expect(await page.locator('body').innerText()).toContain('//clock:after_7_test');

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
    expect(await still.locator('body').innerText()).toContain('//clock:after_1_test');
    expect(await still.locator('#lines').innerText()).toMatch(/printed-at=\d+/);
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
