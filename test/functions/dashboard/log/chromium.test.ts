import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexName, liveName } from '../../../../shared/attempt/layout.ts';
import { sampleRun, sampleRunId } from '../../../support/sample-run.ts';
import { type Browsing, complaints, everything, patience, startBrowsing } from '../browsing.ts';
import { at, finishedRun, outcome } from '../made-runs.ts';

const state: { browsing?: Browsing } = {};

const open: Browsing['open'] = async (path, options) => {
  if (state.browsing === undefined) throw new Error('started before all tests');
  return await state.browsing.open(path, options);
};

afterAll(async () => {
  await state.browsing?.close();
});

describe('a long log', () => {
  const id = sampleRunId(601);
  const line = (number: number): string => `line ${number} ${'x'.repeat(60)}\n`;
  beforeAll(async () => {
    state.browsing = await startBrowsing();
    const { world } = state.browsing;
    const each = 20_000;
    const chunks = [0, 1, 2].map((chunk) =>
      Array.from({ length: each }, (_, index) => line(chunk * each + index + 1)).join(''),
    );
    for (const [index, text] of chunks.entries()) {
      world.objects.put(liveName({ runId: id, attempt: 1 }, 'chunk', index + 1), text);
    }
    const index = {
      v: 1,
      ended: true,
      chunks: chunks.map((text) => [text.length, each]),
      missing: [],
      times: [[0, at(0).getTime() / 1_000]],
      landmarks: [{ line: 31_234, text: 'FAIL: //a:b (see test.log)' }],
    };
    world.objects.put(indexName({ runId: id, attempt: 1 }), JSON.stringify(index));
    const log = { complete: true, archived: true, bytes: chunks.join('').length + 9_000_000, lines: 3 * each };
    await world.addRun(sampleRun({ ...finishedRun(601, { outcome: outcome({ verdict: 'passed' }) }), id, log }));
  });
  const shown = async (page: Page, number: number): Promise<boolean> =>
    (await page.evaluate(`(() => {
      const line = document.getElementById('L${number}')?.getBoundingClientRect();
      const log = document.getElementById('log').getBoundingClientRect();
      return line !== undefined && line.top >= log.top && line.bottom <= log.bottom;
    })()`)) as boolean;

  it.each([1440, 360])('can be used by everybody at %i pixels, with times and what was found', async (width) => {
    const page = await open(`/runs/${id}?q=line+3123&times=1&line=30000`, { width, dark: width === 360 });
    expect(await complaints(page, everything)).toEqual([]);
    await page.context().close();
  });

  it('shows a line deep in it that the address names, and marks it', async () => {
    const page = await open(`/runs/${id}#L25000-L25003`);
    await page.locator('#L25000').waitFor();
    await expect.poll(async () => await shown(page, 25_000), patience).toBe(true);
    expect(await page.locator('#L25000').textContent()).toContain('line 25000 ');
    expect(await page.locator('#lines .chosen').count()).toBe(4);
    expect(await page.locator('.gap[data-to="24899"]').count()).toBe(1);
    expect(await page.locator('.gap[data-from="25100"]').count()).toBe(1);
    await page.context().close();
  });

  it('without scripts too', async () => {
    const page = await open(`/runs/${id}?line=25000#L25000`, { javaScript: false });
    expect(await page.locator('#L25000.chosen').textContent()).toContain('line 25000 ');
    await page.getByRole('link', { name: 'Show the first of them' }).last().click();
    await page.waitForURL(/line=\d+/);
    await page.getByRole('searchbox').fill('line 40001');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=line\+40001/);
    await page.locator('.found a').first().click();
    await page.waitForURL(/line=40001#L40001/);
    expect(await page.locator('#L40001.chosen').textContent()).toContain('line 40001 ');
    await page.context().close();
  });

  it('gives what is left out from either end, and what is being read stays where it is', async () => {
    const page = await open(`/runs/${id}`);
    const gap = page.locator('#lines .gap');
    const last = Number(await gap.getAttribute('data-to'));
    await page.evaluate("document.querySelector('#lines .gap').nextElementSibling.scrollIntoView()");
    const top = async (): Promise<unknown> =>
      await page.evaluate(`document.getElementById('L${last + 1}').getBoundingClientRect().top`);
    await gap.scrollIntoViewIfNeeded();
    const before = await top();
    await page.getByRole('link', { name: 'Show the last of them' }).click();
    await page.locator(`#L${last}`).waitFor({ state: 'attached' });
    expect(await top()).toBe(before);
    expect(await gap.getAttribute('data-to')).toBe(String(last - 200));
    await page.getByRole('link', { name: 'Show the first of them' }).click();
    await expect.poll(async () => await gap.getAttribute('data-from'), patience).not.toBe('201');
    await page.context().close();
  });

  it('is searched without another page, by keyboard, and leads to what was found', async () => {
    const page = await open(`/runs/${id}`);
    await page.getByRole('searchbox').fill('LINE 31234');
    await page.keyboard.press('Enter');
    const hit = page.locator('.found a').filter({ hasText: 'line 31234' }).first();
    await hit.waitFor();
    await hit.focus();
    await page.keyboard.press('Enter');
    await expect.poll(async () => await shown(page, 31_234), patience).toBe(true);
    expect(page.url()).toContain('?line=31234#L31234');
    await page.reload();
    await expect.poll(async () => await shown(page, 31_234), patience).toBe(true);
    await page.context().close();
  });

  it('leads to where something failed, and names the lines that are clicked', async () => {
    const page = await open(`/runs/${id}`);
    await page.getByRole('navigation', { name: 'Failures in the log' }).getByRole('link').click();
    await expect.poll(async () => await shown(page, 31_234), patience).toBe(true);
    await page.locator('#L31234').click({ position: { x: 20, y: 5 } });
    await page.locator('#L31236').click({ position: { x: 20, y: 5 }, modifiers: ['Shift'] });
    expect(page.url()).toContain('?line=31234-31236#L31234-L31236');
    expect(await page.locator('#lines .chosen').count()).toBe(3);
    await page.context().close();
  });
});
