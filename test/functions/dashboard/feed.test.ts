import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { createWorld, dashboardUrl, showToEverybody } from './dashboard-rig.ts';
import { at, finishedRun, outcome } from './made-runs.ts';
import { addScenes } from './scenes.ts';

/** The texts of a feed by the names of their elements, in their order; read by a parser that takes nothing but XML. */
function read(xml: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  const open: string[] = [];
  const parser = new SaxesParser({ xmlns: true });
  const refuse = (error: Error): never => {
    throw error;
  };
  parser.on('error', refuse);
  parser.on('opentag', ({ local, uri, attributes }) => {
    expect(uri).toBe('http://www.w3.org/2005/Atom');
    open.push(local);
    if (local === 'link') found.push(['link', String(attributes['href']?.value)]);
  });
  parser.on('text', (text) => {
    if (text.trim() !== '') found.push([open.at(-1) ?? '', text]);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return found;
}

async function setUp() {
  const world = await createWorld();
  const ask = async (query = '', cookie: string | null = world.cookieOf('reader')) =>
    await world.app.request(`/mira/shop/runs.atom${query}`, cookie === null ? {} : { headers: { cookie } });
  const texts = async (name: string, query = '') =>
    read(await (await ask(query)).text()).flatMap(([of, text]) => (of === name ? [text] : []));
  return { world, ask, texts };
}

describe('the feed of a branch', () => {
  it('tells how its runs ended, the newest first, and nothing of those that go on', async () => {
    const { world, ask, texts } = await setUp();
    const scenes = await addScenes(world);
    const answer = await ask();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/atom+xml; charset=utf-8']);
    expect(await texts('title')).toEqual([
      'mira/shop main',
      expect.stringMatching(/^Failed: main@[0-9a-f]{7} Add retry to fetcher$/),
      expect.stringMatching(/^Passed: main@[0-9a-f]{7} Sort imports$/),
      expect.stringMatching(/^No tests: main@/),
    ]);
    expect((await texts('link'))[1]).toBe(`${dashboardUrl}/runs/${scenes['failed']?.id ?? ''}`);
    expect((await texts('id'))[0]).toBe(`${dashboardUrl}/mira/shop?branch=main`);
    expect((await texts('updated'))[0]).toBe(scenes['failed']?.finishedAt?.toISOString());
    expect(await texts('title', '?branch=faster-start')).toEqual(['mira/shop faster-start']);
  });

  it('is XML, whatever people and builds wrote', async () => {
    const { world, texts } = await setUp();
    const subject = '<script>&amp; \u{0}\u{1b}[31m "red" \ud800 ]]> \u{1f600}';
    const reason = '<b>\u{8}</b> & more';
    const run = finishedRun(1, {
      createdAt: at(0),
      outcome: outcome({ verdict: 'failed', reason }),
      commit: { subject, author: null, committedAt: null },
    });
    await world.addRun(run);
    const [, title] = await texts('title');
    expect(title).toContain('<script>&amp; \u{fffd}\u{fffd}[31m "red" \u{fffd} ]]> \u{1f600}');
    expect((await texts('summary'))[0]).toBe('<b>\u{fffd}</b> & more');
  });

  it('is for who sees the runs, and for everybody where the owner says so', async () => {
    const { world, ask } = await setUp();
    expect((await ask('', world.cookieOf('stranger'))).status).toBe(404);
    expect((await ask('', null)).status).toBe(303);
    await showToEverybody(world);
    expect((await ask('', null)).status).toBe(200);
    const page = await (await world.app.request('/mira/shop')).text();
    expect(page).toContain('href="/mira/shop/runs.atom"');
  });
});
