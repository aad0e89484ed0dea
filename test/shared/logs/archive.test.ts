import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveChunks, hasStarted, readIndex, readResult } from '../../../shared/logs/archive.ts';
import { buildLogName, indexName, liveName, signalName } from '../../../shared/attempt/layout.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { googleBucket } from '../../support/google-storage-client.ts';
import { createMemoryObjects } from '../../world/objects.ts';
import { start, startTestStorage } from '../../support/storage.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';
const ref = { runId, attempt: 2 };

const result = {
  v: 1,
  runId,
  attempt: 2,
  epoch: 5,
  exitCode: 0,
  complete: true,
  events: { complete: true, exitCode: 0 },
  bytes: 10,
  lines: 1,
  sha256: 'a'.repeat(64),
  chunks: 1,
  counts: {
    targets: 1,
    tests: 1,
    passed: 1,
    failed: 0,
    flaky: 0,
    timedOut: 0,
    cached: 0,
    executed: 1,
    failedToBuild: 0,
    incomplete: 0,
    notRun: 0,
  },
  failed: [],
  toolchain: '9.0.0',
  oomKills: 0,
  repairs: [],
  phases: {},
  missing: [],
  logTooLarge: false,
};

async function put(store: ObjectStore, name: string, content: string | Uint8Array): Promise<void> {
  await store.write(name, new Uint8Array(Buffer.from(content)), { contentType: 'text/plain' });
}

describe("an attempt's signals", () => {
  it('are not there before they are given', async () => {
    const store = createMemoryObjects(() => start);

    expect([await hasStarted({ store, ...ref }), await readResult({ store, ...ref })]).toEqual([null, null]);
  });

  it('tell when it started, by the storage and not by the courier', async () => {
    const { store, clock } = await startTestStorage();
    clock.advance(5_000);
    await put(store, signalName(ref, 'started'), '{"startedAt":"1999-01-01T00:00:00Z"}');
    clock.advance(5_000);

    expect(await hasStarted({ store, ...ref })).toEqual(new Date(start.getTime() + 5_000));
    expect(await hasStarted({ store, runId, attempt: 1 })).toBeNull();
  });

  it('tell its result', async () => {
    const store = createMemoryObjects(() => start);
    store.put(signalName(ref, 'result'), JSON.stringify(result));

    expect(await readResult({ store, ...ref })).toEqual(result);
  });

  it.each([
    ['is no JSON', 'nonsense'],
    ['lacks a field', JSON.stringify({ ...result, epoch: undefined })],
    ['is of a version to come', JSON.stringify({ ...result, v: 2 })],
    ["is another attempt's", JSON.stringify({ ...result, attempt: 1 })],
    ["is another run's", JSON.stringify({ ...result, runId: 'z'.repeat(26) })],
  ])('prove nothing if the result %s', async (_what, text) => {
    const store = createMemoryObjects(() => start);
    store.put(signalName(ref, 'result'), text);

    expect(await readResult({ store, ...ref })).toBeNull();
  });

  it('prove nothing if the result is larger than any result', async () => {
    const { store } = await startTestStorage();
    await put(store, signalName(ref, 'result'), JSON.stringify({ ...result, more: 'x'.repeat(300_000) }));

    expect(await readResult({ store, ...ref })).toBeNull();
  });
});

describe('the log of an attempt whose courier died', () => {
  it('becomes one gzipped log, byte for byte what its chunks hold', async () => {
    const { store, url } = await startTestStorage();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: 'grapheme' }).map((text) => Uint8Array.from(Buffer.from(`${text}\n`))),
    );
    let attempt = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 12 }), async (chunks) => {
        attempt += 1;
        const source = { store, runId, attempt };
        for (const [index, chunk] of chunks.entries()) await put(store, liveName(source, 'chunk', index + 1), chunk);
        const whole = Buffer.concat(chunks);

        const archived = await archiveChunks(source);

        const content = await store.read(buildLogName(source));
        expect(Buffer.from(content?.bytes ?? []).equals(whole)).toBe(true);
        expect(archived).toEqual({
          complete: false,
          archived: true,
          bytes: whole.length,
          lines: linesOf(whole),
          sha256: createHash('sha256').update(whole).digest('hex'),
        });
      }),
      { numRuns: 40 },
    );

    const [metadata] = await googleBucket(url)
      .file(buildLogName({ runId, attempt: 1 }))
      .getMetadata();
    expect([metadata.contentType, metadata.contentEncoding]).toEqual(['text/plain; charset=utf-8', 'gzip']);
  });

  it('comes to the same if it is made twice, and has nothing of other objects in it', async () => {
    const { store } = await startTestStorage();
    await put(store, liveName(ref, 'chunk', 1), 'one\n');
    await put(store, liveName(ref, 'chunk', 2), 'tw');
    await put(store, liveName(ref, 'targets', 1), '{}');
    await put(store, `logs/${runId}/2/chunk-x.log`, 'x');
    await put(store, liveName({ runId, attempt: 22 }, 'chunk', 1), 'another\n');

    const first = await archiveChunks({ store, ...ref });
    const second = await archiveChunks({ store, ...ref });

    expect(second).toEqual(first);
    expect(second).toMatchObject({ bytes: 6, lines: 2 });
  });

  it('is none without a chunk', async () => {
    const store = createMemoryObjects(() => start);

    expect(await archiveChunks({ store, ...ref })).toBeNull();
    expect(await store.list('')).toEqual([]);
  });

  it('is read in slices, in order and a few at a time, and no further than its limit', async () => {
    const memory = createMemoryObjects(() => start);
    const large = Buffer.alloc(10_000_000, 'line\n');
    memory.put(liveName(ref, 'chunk', 1), 'first\n');
    memory.put(liveName(ref, 'chunk', 2), large);
    memory.put(liveName(ref, 'chunk', 3), 'beyond the limit');
    let most = 0;
    let underWay = 0;
    const sizes: number[] = [];
    const store: ObjectStore = {
      ...memory,
      read: async (name, options) => {
        underWay += 1;
        most = Math.max(most, underWay);
        if (name !== indexName(ref)) sizes.push((options?.end ?? Infinity) - (options?.start ?? 0));
        const content = await memory.read(name, options);
        underWay -= 1;
        return content;
      },
    };

    const archived = await archiveChunks({ store, ...ref, maxBytes: 6 + 9_000_000 });

    expect(archived?.bytes).toBe(9_000_006);
    expect(sizes).toEqual([6, 4_194_304, 4_194_304, 611_392]);
    expect(most).toBeLessThanOrEqual(4);
    // What was not read is not counted.
    expect(await readIndex({ store: memory, ...ref })).toMatchObject({ ended: false, chunks: [[6, 1]] });
  });

  it('comes with an index of its lines, with what the courier had noted', async () => {
    const store = createMemoryObjects(() => start);
    store.put(liveName(ref, 'chunk', 1), 'one\ntwo\n');
    store.put(liveName(ref, 'chunk', 2), 'three\nfo');
    const noted = { times: [[0, 1_800_000_000]], landmarks: [{ line: 2, text: 'two' }] };
    store.put(indexName(ref), JSON.stringify({ v: 1, ended: false, chunks: [[8, 2]], missing: [], ...noted }));

    await archiveChunks({ store, ...ref });

    expect(await readIndex({ store, ...ref })).toEqual({
      v: 1,
      ended: true,
      chunks: [
        [8, 2],
        [8, 1],
      ],
      missing: [],
      ...noted,
    });
  });

  it('says where a chunk is missing', async () => {
    const store = createMemoryObjects(() => start);
    store.put(liveName(ref, 'chunk', 1), 'one\n');
    store.put(liveName(ref, 'chunk', 3), 'seven\n');
    const chunks = [
      [4, 1],
      [70, 5],
    ];
    store.put(indexName(ref), JSON.stringify({ v: 1, ended: false, chunks, missing: [], times: [], landmarks: [] }));
    const { store: real } = await startTestStorage();
    const source = { store: { ...store, write: real.write }, ...ref };

    await archiveChunks(source);

    const content = await real.read(buildLogName(ref));
    const text = Buffer.from(content?.bytes ?? []).toString();
    expect(text).toBe('one\n\nyb: a part of the log is missing here\nseven\n');
    expect(await readIndex({ store: real, ...ref })).toMatchObject({ chunks: [...chunks, [6, 1]], missing: [2] });
  });

  it('has nothing of what an earlier courier wrote whose memory was lost', async () => {
    const { store, clock } = await startTestStorage();
    for (const [number, text] of ['old 1\n', 'old 2\n', 'old 3\n'].entries()) {
      await put(store, liveName(ref, 'chunk', number + 1), text);
      clock.advance(1_000);
    }
    clock.advance(5_000);
    await put(store, liveName(ref, 'chunk', 1), 'old 1\nold');
    clock.advance(1_000);
    await put(store, liveName(ref, 'chunk', 2), ' 2\nold 3\nnew');

    expect(await archiveChunks({ store, ...ref })).toMatchObject({ bytes: 21, lines: 4 });
    const content = await store.read(buildLogName(ref));
    expect(Buffer.from(content?.bytes ?? []).toString()).toBe('old 1\nold 2\nold 3\nnew');
  });

  it('is not made by halves: a failure is an error, and another try may help', async () => {
    const { store, stop } = await startTestStorage();
    await put(store, liveName(ref, 'chunk', 1), 'one\n');
    const failing: ObjectStore = {
      ...store,
      read: async (name, options) => {
        await stop();
        return await store.read(name, options);
      },
    };

    await expect(archiveChunks({ store: failing, ...ref })).rejects.toMatchObject({ code: 'storage-unavailable' });
  });
});

function linesOf(bytes: Buffer): number {
  const ends = bytes.filter((byte) => byte === 0x0a).length;
  return bytes.length === 0 || bytes.at(-1) === 0x0a ? ends : ends + 1;
}
