import { describe, expect, it } from 'vitest';
import { LiveView } from '../../../shared/api/live-schemas.ts';
import { RunDetails } from '../../../shared/api/schemas.ts';
import { placeOf } from '../../../functions/dashboard/log/live-part.ts';
import { indexName, liveName } from '../../../shared/attempt/layout.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { at, finishedRun, outcome, target } from './made-runs.ts';
import { createWorld, type World } from './dashboard-rig.ts';

describe('the live view', () => {
  const ref = { runId: sampleRunId(1), attempt: 1 };
  async function going(): Promise<World> {
    const world = await createWorld();
    await world.addRun(sampleRun({ state: 'running', startedAt: at(0), runningAt: at(0, 2) }));
    return world;
  }
  async function look(world: World, cursor: LiveView['cursor']): Promise<LiveView> {
    const place = Object.entries(cursor).filter(([, value]) => value !== null);
    const path = `/api/v1/runs/${ref.runId}/live?${place.map(([name, value]) => `${name}=${String(value)}`).join('&')}`;
    return LiveView.parse(await (await world.api(path, { token: 'reader' })).json());
  }
  const beginning: LiveView['cursor'] = { attempt: 1, chunk: 0, line: 0, targets: 0 };
  const pieceOf = (...targets: ReturnType<typeof target>[]): string => JSON.stringify({ v: 1, targets, failures: [] });

  it('tells each line and each change once', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    world.objects.put(liveName(ref, 'targets', 1), pieceOf(target('//a:a', 'NO_STATUS'), target('//b:b', 'PASSED')));
    const first = await look(world, beginning);
    expect(first.log.text).toBe('one\n');
    expect(first.tests).toEqual({ known: 2, done: 1, failed: 0 });

    world.objects.put(liveName(ref, 'chunk', 2), 'two\n');
    world.objects.put(liveName(ref, 'targets', 2), pieceOf(target('//a:a', 'FAILED')));
    const second = await look(world, first.cursor);
    expect(second.log.text).toBe('two\n');
    expect(second.targets.map(({ label }) => label)).toEqual(['//a:a']);
    expect(second.tests).toEqual({ known: 2, done: 2, failed: 1 });

    const third = await look(world, second.cursor);
    expect(third).toMatchObject({ log: { text: '', passedOver: 0 }, targets: [], more: false, cursor: second.cursor });
  });

  it('goes on where a browser was before it was hidden, by a bounded part at a time', async () => {
    const world = await going();
    for (let number = 1; number <= 5; number += 1) world.objects.put(liveName(ref, 'chunk', number), `${number}\n`);
    let cursor: LiveView['cursor'] = beginning;
    let text = '';
    for (let more = true; more;) {
      const view = await look(world, cursor);
      ({ cursor, more } = view);
      text += view.log.text;
    }
    expect(text).toBe('1\n2\n3\n4\n5\n');
  });

  it('shows the end of what is too much for one answer, and says that there was more', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), `${'x'.repeat(99)}\n`.repeat(20_000));
    const view = await look(world, beginning);
    expect(view.log.text.length).toBeLessThan(270_000);
    expect(view.log.passedOver + Buffer.byteLength(view.log.text)).toBe(2_000_000);
    expect(view.log.text.startsWith('x')).toBe(true);
  });

  it('begins anew with another attempt', async () => {
    const world = await createWorld();
    await world.addRun(sampleRun({ state: 'running', attempt: 2, startedAt: at(0) }));
    world.objects.put(liveName({ ...ref, attempt: 2 }, 'chunk', 1), 'again\n');
    const view = await look(world, { attempt: 1, chunk: placeOf({ chunk: 17, offset: 9 }), line: 40, targets: 4 });
    expect(view.cursor).toEqual({ attempt: 2, chunk: placeOf({ chunk: 1, offset: 6 }), line: 1, targets: 0 });
    expect(view.log.text).toBe('again\n');
  });

  it('tells what a chunk grew by, and how many lines there were before', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\ntw');
    const first = await look(world, beginning);
    expect(first.log).toMatchObject({ text: 'one\ntw', line: 0, lost: false });
    expect(first.cursor).toMatchObject({ chunk: placeOf({ chunk: 1, offset: 6 }), line: 1 });
    world.objects.put(liveName(ref, 'chunk', 1), 'one\ntwo\nthree\n');
    world.objects.put(liveName(ref, 'chunk', 2), 'four\n');
    const second = await look(world, first.cursor);
    expect(second.log).toMatchObject({ text: 'o\nthree\nfour\n', line: 1 });
    expect(second.cursor).toMatchObject({ chunk: placeOf({ chunk: 2, offset: 5 }), line: 4 });
    expect((await look(world, second.cursor)).log.text).toBe('');
  });

  it('goes on after a chunk that is missing, and says so', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    world.objects.put(liveName(ref, 'chunk', 3), 'five\n');
    const index = { v: 1, ended: false, missing: [2], times: [], landmarks: [] };
    world.objects.put(
      indexName(ref),
      JSON.stringify({
        ...index,
        chunks: [
          [4, 1],
          [90, 3],
          [5, 1],
        ],
      }),
    );
    const first = await look(world, beginning);
    const second = await look(world, first.cursor);
    expect(second.log).toMatchObject({ text: 'five\n', line: 4, lost: true });
    expect(second.cursor).toMatchObject({ chunk: placeOf({ chunk: 3, offset: 5 }), line: 5 });
  });

  it('is taken on to the end of a log that is faster than anybody reads, with the right numbers', async () => {
    const world = await going();
    const chunk = `${'x'.repeat(99)}\n`.repeat(10_000);
    for (let number = 1; number <= 30; number += 1) world.objects.put(liveName(ref, 'chunk', number), chunk);
    const index = { v: 1, ended: false, missing: [], times: [], landmarks: [] };
    const chunks = Array.from({ length: 29 }, () => [chunk.length, 10_000]);
    world.objects.put(indexName(ref), JSON.stringify({ ...index, chunks }));
    let read = 0;
    const { read: readObject } = world.objects;
    world.objects.read = async (...rest) => {
      const content = await readObject(...rest);
      read += content?.bytes.length ?? 0;
      return content;
    };
    const view = await look(world, beginning);
    expect(view.cursor).toMatchObject({ chunk: placeOf({ chunk: 29, offset: chunk.length }), line: 290_000 });
    expect(view.log.line).toBe(290_000 - (view.log.text.split('\n').length - 1));
    expect(view.log.passedOver + view.log.text.length).toBe(29 * chunk.length);
    expect(read).toBeLessThan(1_000_000);
  });

  it('costs one read of the database and three of the storage', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    let { cursor } = await look(world, beginning);
    ({ cursor } = await look(world, cursor));
    const reads = { documents: 0, objects: 0 };
    const { get } = world.documents;
    const { read, list } = world.objects;
    world.documents.get = async (paths) => {
      reads.documents += paths.length;
      return await get(paths);
    };
    world.documents.query = async () => await Promise.reject(new Error('not needed'));
    world.objects.read = async (...rest) => {
      reads.objects += 1;
      return await read(...rest);
    };
    world.objects.list = async (...rest) => {
      reads.objects += 1;
      return await list(...rest);
    };
    world.objects.put(liveName(ref, 'chunk', 2), 'two\n');
    await look(world, cursor);
    expect(reads.documents).toBe(1);
    expect(reads.objects).toBeLessThanOrEqual(3);
  });

  it('says of one that waits how many are before it and when it starts, and counts them once for everybody who looks', async () => {
    const world = await createWorld();
    const took = { startedAt: at(0), finishedAt: at(1) };
    await world.addRun(finishedRun(20, { ...took, outcome: outcome({ verdict: 'passed' }) }));
    const waiting = (number: number) =>
      sampleRun({
        id: sampleRunId(number),
        pushedAt: at(number),
        createdAt: at(number),
        waitReason: 'waits for one of 2 volumes',
      });
    for (const number of [1, 2, 3, 4]) await world.addRun(waiting(number));
    world.clock.advance(10 * 60_000);
    let asked = 0;
    const { query } = world.documents;
    world.documents.query = async (what) => {
      if (what.where.some(({ equals }) => equals === 'queued')) asked += 1;
      return await query(what);
    };
    const lineOf = async (number: number) => {
      const live = await world.api(`/api/v1/runs/${sampleRunId(number)}/live`, { token: 'reader' });
      return LiveView.parse(await live.json()).line;
    };
    expect(await lineOf(1)).toMatch(/ · waits for one of 2 volumes$/);
    expect(await lineOf(4)).toMatch(/ · waits for one of 2 volumes · 3 runs before it · starts in about 1 m 45 s$/);
    for (let polls = 0; polls < 20; polls += 1) await lineOf(3);
    expect(asked).toBe(1);
    const run = RunDetails.parse(await (await world.api(`/api/v1/runs/${sampleRunId(2)}`, { token: 'reader' })).json());
    expect(run.place).toEqual({ before: 1, orMore: false, startsInMs: 45_000 });
    const page = await world.app.request(`/runs/${sampleRunId(4)}`, { headers: { cookie: world.cookieOf('reader') } });
    expect(await page.text()).toContain('3 runs before it · starts in about 1 m 45 s');
    const ended = RunDetails.parse(
      await (await world.api(`/api/v1/runs/${sampleRunId(20)}`, { token: 'reader' })).json(),
    );
    expect(ended.place).toBeNull();
  });
});
