import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed } from '../../../shared/run/transitions.ts';
import { liveName } from '../../../shared/attempt/layout.ts';
import type { Run } from '../../../shared/run/run.ts';
import { readRun, saveRun } from '../../../shared/store/runs.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { showToEverybody } from './dashboard-rig.ts';
import { type Browsing, complaints, everything, patience, startBrowsing } from './browsing.ts';
import { archive, at, failedTarget, outcome, target } from './made-runs.ts';
import { addVolumes } from './made-volumes.ts';
import { addScenes } from './scenes.ts';

const state: { browsing?: Browsing; scenes?: Record<string, Run> } = {};

function browsing(): Browsing {
  if (state.browsing === undefined) throw new Error('started before all tests');
  return state.browsing;
}

/** As people with every right see it. */
const open: Browsing['open'] = async (path, options) => await browsing().open(path, options);

beforeAll(async () => {
  state.browsing = await startBrowsing();
  state.scenes = await addScenes(state.browsing.world);
  await addVolumes(state.browsing.world);
  state.browsing.world.clock.advance(13 * 60_000);
});

afterAll(async () => {
  await state.browsing?.close();
});

const flakyPage = '/mira/shop/targets?label=%2F%2Ffetch%3Afetcher_test';
const pages = [
  '/',
  '/mira/shop',
  '/mira/blog',
  '/mira/none',
  '/auth/signed-out',
  '/mira/shop/targets',
  '/mira/blog/targets',
  flakyPage,
  '/mira/shop/targets?label=//never:seen_test',
] as const;
const scenes = [
  'queued',
  'awaitingApproval',
  'running',
  'failed',
  'passed',
  'broken',
  'cancelled',
  'infrastructure',
  'noTests',
] as const;

const cutStates = `[...document.querySelectorAll('.run-row > .state')]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.textContent)`;

// The rest depends on neither colours nor width.
const contrast = '{ runOnly: ["color-contrast", "target-size"] }';

describe.each([
  { width: 1440, dark: false, rules: everything, names: [...pages, ...scenes] },
  { width: 360, dark: true, rules: everything, names: [...pages, ...scenes] },
  { width: 1440, dark: true, rules: contrast, names: ['/mira/shop', flakyPage, 'failed', 'running', 'broken'] },
  { width: 360, dark: false, rules: contrast, names: ['/mira/shop', flakyPage, 'failed', 'running', 'broken'] },
])('at $width pixels, dark: $dark', ({ names, rules, ...look }) => {
  it.each(names)('%s can be used by everybody', async (name) => {
    const scene = state.scenes?.[name];
    const page = await open(scene === undefined ? name : `/runs/${scene.id}`, look);
    expect(await complaints(page, rules)).toEqual([]);
    // How a run stands is read whole: what may lose its end are subjects and names.
    expect(await page.evaluate(cutStates)).toEqual([]);
    await page.context().close();
  });
});

describe('without a sign-in', () => {
  it.each([
    { width: 1440, dark: false },
    { width: 360, dark: true },
  ])('what is shown to everybody can be used by everybody, at $width pixels', async (look) => {
    const { world } = browsing();
    await showToEverybody(world);
    for (const path of ['/mira/shop', `/runs/${state.scenes?.['failed']?.id ?? ''}`]) {
      const page = await open(path, { ...look, signedIn: false });
      expect(await page.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toContain('/auth/sign-in?return=');
      expect(await complaints(page, everything)).toEqual([]);
      await page.context().close();
    }
    await showToEverybody(world, { private: true, settings: {} });
  });
});

describe('by keyboard alone', () => {
  it('a run can be reached from the list, and run again', async () => {
    const page = await open('/mira/shop');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Skip to the content');
    const subject = page.getByRole('link', { name: 'Sort imports', exact: true });
    await subject.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs\//);
    await page.getByRole('button', { name: 'Run again' }).focus();
    await Promise.all([page.waitForURL(/\/runs\/(?!r00)/), page.keyboard.press('Enter')]);
    expect(await page.locator('h1').textContent()).toContain('Queued on main');
    await page.context().close();
  });
});

describe('a pull request of a fork', () => {
  it('is allowed on its page, by who may, without a script', async () => {
    const { published } = browsing().world;
    const page = await open(`/runs/${state.scenes?.['awaitingApproval']?.id ?? ''}`, { javaScript: false });
    expect(await page.locator('h1').textContent()).toContain('Waits for approval on #12');
    await page.getByRole('button', { name: /^Allow [0-9a-f]{7} to run$/ }).click();
    await page.waitForURL(/\/runs\//);
    expect(published.at(-1)).toMatchObject({ type: 'run.approved', by: 'admin' });
    await page.context().close();
  });
});

describe('without scripts', () => {
  it('a run shows its log so far and can be cancelled', async () => {
    const page = await open(`/runs/${sampleRunId(102)}`, { javaScript: false });
    expect(await page.locator('#log').textContent()).toContain('Compiling lib/part_60.cc');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL(/\/runs\//);
    expect(browsing().world.published.at(-1)).toMatchObject({ type: 'run.cancelled', by: 'admin' });
    await page.context().close();
  });
});

describe('while a run goes on', () => {
  async function change(id: string, next: (run: Run) => Run): Promise<void> {
    const { documents } = browsing().world;
    const stored = await readRun(documents, id);
    if (stored === null) throw new Error('it is there');
    await saveRun(documents, stored, next(stored.value));
  }
  const piece = (...targets: ReturnType<typeof target>[]): string => JSON.stringify({ v: 1, targets, failures: [] });

  it('its page follows the log, the tests and the end, and moves nothing that is being read', async () => {
    const { world } = browsing();
    const id = sampleRunId(501);
    const ref = { runId: id, attempt: 1 };
    const numbered = (from: number, count: number): string =>
      Array.from({ length: count }, (_, index) => `\u001b[33mline ${from + index}\u001b[0m\n`).join('');
    await world.addRun(sampleRun({ id, createdAt: at(0) }));
    const page = await open(`/runs/${id}`);
    await expect.poll(async () => await page.locator('h1').textContent(), patience).toContain('Queued');

    await change(id, (run) => ({ ...run, state: 'running', startedAt: at(12), runningAt: at(12, 5) }));
    world.objects.put(liveName(ref, 'chunk', 1), numbered(1, 200));
    await page.getByText('line 200', { exact: true }).waitFor();
    await expect.poll(async () => await page.locator('h1').textContent(), patience).toContain('Testing');
    expect(await page.locator('#L200 .f-yellow').count()).toBe(1);
    const log = 'document.getElementById("log")';
    const fromEnd = async (): Promise<unknown> =>
      await page.evaluate(`${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight`);
    expect(await fromEnd()).toBeLessThan(40);

    await page.evaluate(`${log}.scrollTop = 100`);
    world.objects.put(liveName(ref, 'chunk', 2), numbered(201, 12));
    await page.getByRole('button', { name: '12 new lines' }).waitFor();
    expect(await page.evaluate(`${log}.scrollTop`)).toBe(100);
    await page.getByRole('button', { name: '12 new lines' }).click();
    expect(await fromEnd()).toBeLessThan(40);
    expect(await page.getByRole('button', { name: /new line/ }).isVisible()).toBe(false);

    world.objects.put(liveName(ref, 'targets', 1), piece(target('//a:good', 'PASSED'), target('//a:bad', 'FAILED')));
    await page.locator('#live-failures').getByText('//a:bad').waitFor();
    expect(await page.locator('#line').textContent()).toContain('2 of 2 tests done, 1 failed');

    world.objects.put(liveName(ref, 'chunk', 3), 'the last line has no end');
    await change(id, (run) => {
      const kept = archive(world, run, {
        log: `${numbered(1, 212)}the last line has no end`,
        targets: [target('//a:good', 'PASSED'), failedTarget('//a:bad', 1)],
        tests: { 1: { log: 'why it failed' } },
      });
      const end = outcome({ verdict: 'failed', failed: [{ label: '//a:bad', status: 'FAILED' }] });
      return changed(run, { type: 'finished', outcome: end, log: kept.log, phases: {}, at: at(13) });
    });
    await page.getByText('the last line has no end').waitFor();
    await expect.poll(async () => await page.locator('h1').textContent(), patience).toContain('1 test failed');
    await page.getByText('why it failed').waitFor();
    await page.getByText('The log is complete').waitFor();
    expect(await page.locator('#lines li').count()).toBe(213);
    expect(await page.title()).toContain('1 test failed');
    await page.context().close();
  });

  it('asks nothing while it is hidden, and goes on from there', async () => {
    const { world } = browsing();
    const id = sampleRunId(502);
    const ref = { runId: id, attempt: 1 };
    await world.addRun(sampleRun({ id, state: 'running', startedAt: at(12), createdAt: at(0) }));
    world.objects.put(liveName(ref, 'chunk', 1), 'before\n');
    const page = await open('/auth/signed-out');
    await page.clock.install();
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/live')) asked += 1;
    });
    await page.goto(`${browsing().url}/runs/${id}`);
    const hide = async (hidden: boolean): Promise<void> => {
      await page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    };
    await hide(true);
    await page.clock.runFor(60_000);
    expect(asked).toBe(0);
    world.objects.put(liveName(ref, 'chunk', 2), 'while nobody looked\n');

    await hide(false);
    await page.clock.runFor(10);
    await page.getByText('while nobody looked').waitFor();
    expect(await page.getByText('before', { exact: true }).count()).toBe(1);
    await page.context().close();
  });

  it('comes back by itself after the server was away', async () => {
    const { world } = browsing();
    const id = sampleRunId(503);
    await world.addRun(sampleRun({ id, state: 'running', startedAt: at(12), createdAt: at(0) }));
    const page = await open(`/runs/${id}`);
    let failures = 0;
    await page.route('**/live*', async (route) => {
      failures += 1;
      await route.abort();
    });
    await expect.poll(() => failures, patience).toBeGreaterThan(1);
    world.objects.put(liveName({ runId: id, attempt: 1 }, 'chunk', 1), 'still here\n');
    await page.unroute('**/live*');
    await page.getByText('still here').waitFor();
    await page.context().close();
  });
});

describe('the page’s own files', () => {
  it('are small, kept for ever, and found under the hash of their content alone', async () => {
    const { world } = browsing();
    const { script, style } = world.dashboard.outside.assets;
    expect(Buffer.byteLength(script.content)).toBeLessThan(30_000);
    expect(Buffer.byteLength(style.content)).toBeLessThan(40_000);
    const response = await world.app.request(script.path);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await world.app.request('/assets/page-0000000000000000.js')).status).not.toBe(200);
  });
});
