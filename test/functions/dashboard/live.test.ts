import { describe, expect, it } from 'vitest';
import { LiveView } from '../../../functions/dashboard/api/schemas.ts';
import { liveName } from '../../../shared/logs/layout.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { at, target } from './made.ts';
import { createWorld, type World } from './world.ts';

describe('the live view', () => {
  const ref = { runId: sampleRunId(1), attempt: 1 };
  async function going(): Promise<World> {
    const world = await createWorld();
    await world.addRun(sampleRun({ state: 'running', startedAt: at(0), runningAt: at(0, 2) }));
    return world;
  }
  async function look(world: World, cursor: LiveView['cursor']): Promise<LiveView> {
    const { attempt, chunk, targets } = cursor;
    const path = `/api/v1/runs/${ref.runId}/live?attempt=${attempt}&chunk=${chunk}&targets=${targets}`;
    return LiveView.parse(await (await world.api(path, { token: 'reader' })).json());
  }
  const pieceOf = (...targets: ReturnType<typeof target>[]): string => JSON.stringify({ v: 1, targets, failures: [] });

  it('tells each line and each change once', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    world.objects.put(liveName(ref, 'targets', 1), pieceOf(target('//a:a', 'NO_STATUS'), target('//b:b', 'PASSED')));
    const first = await look(world, { attempt: 1, chunk: 0, targets: 0 });
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
    let cursor = { attempt: 1, chunk: 0, targets: 0 };
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
    const view = await look(world, { attempt: 1, chunk: 0, targets: 0 });
    expect(view.log.text.length).toBeLessThan(270_000);
    expect(view.log.passedOver + Buffer.byteLength(view.log.text)).toBe(2_000_000);
    expect(view.log.text.startsWith('x')).toBe(true);
  });

  it('begins anew with another attempt', async () => {
    const world = await createWorld();
    await world.addRun(sampleRun({ state: 'running', attempt: 2, startedAt: at(0) }));
    world.objects.put(liveName({ ...ref, attempt: 2 }, 'chunk', 1), 'again\n');
    const view = await look(world, { attempt: 1, chunk: 17, targets: 4 });
    expect(view.cursor).toEqual({ attempt: 2, chunk: 1, targets: 0 });
    expect(view.log.text).toBe('again\n');
  });

  it('costs one read of the database and three of the storage', async () => {
    const world = await going();
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    let { cursor } = await look(world, { attempt: 1, chunk: 0, targets: 0 });
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
});
