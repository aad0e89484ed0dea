import { describe, expect, it } from 'vitest';
import { LogLinesView, LogSearchView } from '../../../../shared/api/log-schemas.ts';
import { liveName } from '../../../../shared/attempt/layout.ts';
import { sampleRun } from '../../../support/sample-run.ts';
import { at, finishedRun, outcome } from '../made-runs.ts';
import { createWorld, type World } from '../dashboard-rig.ts';
import { numbered, putLog } from './made-log.ts';

async function page(world: World, path: string): Promise<string> {
  const response = await world.app.request(path, { headers: { cookie: world.cookieOf('reader') } });
  expect(response.status).toBe(200);
  return await response.text();
}

/** What a person reads, in one line. */
function words(html: string): string {
  return html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
}

async function longLog() {
  const world = await createWorld();
  const run = sampleRun({ state: 'running', startedAt: at(0) });
  await world.addRun(run);
  for (let number = 1; number <= 20; number += 1) {
    const text = Array.from({ length: 2000 }, (_, index) => `number ${(number - 1) * 2000 + index + 1}\n`).join('');
    world.objects.put(liveName({ runId: run.id, attempt: 1 }, 'chunk', number), text);
  }
  return { world, run };
}

describe('the log on a run’s page', () => {
  it('shows the beginning and the end of a long log, and what is between', async () => {
    const { world, run } = await longLog();
    const html = await page(world, `/runs/${run.id}`);
    expect(html).toMatch(/<li id="L1"[^>]*>number 1<\/li>/);
    expect(html).toMatch(/<li id="L40000"[^>]*>number 40000<\/li>/);
    expect(words(html)).toMatch(/Lines [\d,]+ to [\d,]+ \(\d+ KB\) left out here/);
    expect(html.length).toBeLessThan(600_000);
  });

  it('shows any line of a long log, marked, with links to what is around it', async () => {
    const { world, run } = await longLog();
    const html = await page(world, `/runs/${run.id}?line=20000-20002#L20000`);
    expect(html.match(/<li id="L\d+" class="chosen"/g)).toHaveLength(3);
    expect(html).toMatch(/<li id="L20000" class="chosen"[^>]*>number 20000<\/li>/);
    expect(html).toMatch(/<li id="L19900"/);
    expect(html).toMatch(/<li id="L20099"/);
    expect(html).toContain('data-from="20100"');
    expect(html).toContain(`href="/runs/${run.id}?line=20100#L20100"`);
    expect(html).not.toContain('http-equiv="refresh"');
  });

  it('finds words in the log, and links to the lines', async () => {
    const { world, run } = await longLog();
    const html = await page(world, `/runs/${run.id}?q=NUMBER+3999&from=2`);
    expect(words(html)).toContain('11 lines with “NUMBER 3999” in lines 2 to 40,000.');
    expect(html).toContain(`href="/runs/${run.id}?q=NUMBER+3999&amp;from=2&amp;line=39990#L39990"`);
    expect(html).toContain('<mark>number 3999</mark>0');
  });

  it('shows when lines were printed, on demand beside each of them', async () => {
    const { world, run } = await longLog();
    const path = `/runs/${run.id}`;
    const without = await page(world, path);
    expect(without).toContain('title="2026-03-01 12:00:00 UTC, 0:00 after the start"');
    expect(without).not.toContain('class="timed"');
    expect(without).toContain(`href="${path}?times=1#log-title"`);
    expect(await page(world, `${path}?times=1`)).toContain('class="timed"');
  });

  it('says at its place what is missing, in the middle and at the end', async () => {
    const world = await createWorld();
    const run = finishedRun(1, {
      log: { complete: false, archived: true, bytes: 900_000_000, lines: 25 },
      outcome: outcome({ verdict: 'infrastructure', reason: 'The machine it ran on disappeared' }),
    });
    await world.addRun(run);
    putLog(world.objects, ['1\n'.repeat(10), '2\n'.repeat(10), '3\n'.repeat(5)], { missing: [2] });
    const html = await page(world, `/runs/${run.id}`);
    const order = ['id="L10"', 'Lines 11 to 20 (20 B) missing here', 'id="L21"', 'id="L25"', 'The log ends here'];
    const places = order.map((text) => html.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
    expect(words(html)).toContain('what came after was not kept. The machine it ran on disappeared.');
  });

  it('leads to the lines in which Bazel says what failed', async () => {
    const world = await createWorld();
    const run = finishedRun(1, {
      log: { complete: true, archived: true, bytes: 90, lines: 3 },
      outcome: outcome({ verdict: 'failed' }),
    });
    await world.addRun(run);
    putLog(world.objects, ['a\nFAIL: //a:b\nc\n'], { landmarks: [{ line: 2, text: 'FAIL: //a:b <b>' }] });
    const html = await page(world, `/runs/${run.id}`);
    expect(html).toContain(`<a href="/runs/${run.id}?line=2#L2" data-line="2">`);
    expect(html).toContain('FAIL: //a:b &lt;b&gt;');
  });

  it.each([
    '?line=0',
    '?line=x',
    '?line=99999999999999',
    '?line=5-2',
    '?q=%00',
    `?q=${'x'.repeat(300)}`,
    '?from=-1&q=a',
  ])('is a page also with %s', async (question) => {
    const { world, run } = await longLog();
    expect(await page(world, `/runs/${run.id}${question}`)).toContain('id="L1"');
  });
});

describe('the API of a log', () => {
  async function finished(chunks: readonly string[], options: Parameters<typeof putLog>[2] = {}): Promise<World> {
    const world = await createWorld();
    const whole = putLog(world.objects, chunks, options);
    const log = { complete: true, archived: true, bytes: whole.length + 10_000_000, lines: 1 };
    await world.addRun(finishedRun(1, { log, outcome: outcome({ verdict: 'passed' }) }));
    return world;
  }
  const path = `/api/v1/runs/${finishedRun(1, { outcome: outcome({ verdict: 'passed' }) }).id}/log`;
  const ask = async (world: World, question: string) => await world.api(`${path}${question}`, { token: 'reader' });

  it('gives any lines of it, with their times', async () => {
    const second = Date.UTC(2026, 2, 1, 12) / 1_000;
    const world = await finished([numbered(1_000), numbered(1_000, 1_001)], {
      times: [
        [0, second],
        [Buffer.byteLength(numbered(1_000)), 5],
      ],
    });
    const view = LogLinesView.parse(await (await ask(world, '/lines?from=1000&count=2')).json());
    expect(view).toEqual({
      lines: [
        { number: 1_000, text: 'line 1000', more: 0, at: '2026-03-01T12:00:00.000Z' },
        { number: 1_001, text: 'line 1001', more: 0, at: '2026-03-01T12:00:05.000Z' },
      ],
      missing: [],
      total: 2_000,
    });
    expect(LogLinesView.parse(await (await ask(world, '/lines')).json()).lines).toHaveLength(200);
    expect(LogLinesView.parse(await (await ask(world, '/lines?from=99999')).json()).lines).toEqual([]);
  });

  it('says which lines are missing', async () => {
    const world = await finished([numbered(5), numbered(5, 6), numbered(5, 11)], { missing: [2] });
    const view = LogLinesView.parse(await (await ask(world, '/lines?from=4&count=10')).json());
    expect(view.lines.map(({ number }) => number)).toEqual([4, 5, 11, 12, 13]);
    expect(view.missing).toEqual([{ from: 6, to: 10 }]);
    expect(LogLinesView.parse(await (await ask(world, '/lines?from=7&count=2')).json()).missing).toHaveLength(1);
  });

  it('finds words in it', async () => {
    const world = await finished([numbered(30)]);
    const view = LogSearchView.parse(await (await ask(world, '/search?q=LINE%2029')).json());
    expect(view).toEqual({
      q: 'LINE 29',
      hits: [{ line: 29, text: 'line 29', start: 0, end: 7 }],
      from: 1,
      to: 30,
      next: null,
    });
    expect(LogSearchView.parse(await (await ask(world, '/search?q=line&from=30')).json()).hits).toHaveLength(1);
    expect(LogSearchView.parse(await (await ask(world, '/search')).json()).hits).toEqual([]);
  });

  it.each([
    '/lines?from=0',
    '/lines?count=1001',
    '/lines?from=x',
    '/search?q=a&from=0',
    `/search?q=${'x'.repeat(201)}`,
  ])('refuses %.40s', async (question) => {
    expect((await ask(await finished(['x\n']), question)).status).toBe(400);
  });

  it('gives a line that is too long for a page as plain text', async () => {
    const world = await finished([`one\n${'x'.repeat(3_000_000)}`, `${'y'.repeat(1_000_000)}\nthree\n`]);
    const address = path.replace('/api/v1', '');
    const cookie = world.cookieOf('reader');
    const line = await world.app.request(`${address}/line?number=2`, { headers: { cookie } });
    expect(line.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(line.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await line.text()).toBe(`${'x'.repeat(3_000_000)}${'y'.repeat(1_000_000)}`);
    expect((await world.app.request(`${address}/line?number=9`, { headers: { cookie } })).status).toBe(404);
    expect(await page(world, address.replace('/log', '?line=2'))).toContain(
      `href="${address}/line?number=2">whole line</a>`,
    );
  });
});
