import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { createEventReader, type EventReader, type EventSnapshot } from '../../../shared/bazel/events.ts';

/** Build events that real Bazels wrote: `<case>.bazel-<version>`. */
const folder = new URL('../../fixtures/bep/', import.meta.url);

export const recordings: readonly string[] = readdirSync(folder)
  .map((name) => name.replace(/\.ndjson\.gz$/, ''))
  .sort();

export function recording(name: string): string {
  return gunzipSync(readFileSync(new URL(`${name}.ndjson.gz`, folder))).toString('utf8');
}

/** A reader that has read these lines or events. */
export function reading(events: string | readonly unknown[]): EventReader {
  const reader = createEventReader();
  const lines = typeof events === 'string' ? events.split('\n') : events.map((event) => JSON.stringify(event));
  for (const line of lines) reader.push(line);
  return reader;
}

export function read(events: string | readonly unknown[]): EventSnapshot {
  return reading(events).snapshot();
}

const configuration = { id: 'k8-fastbuild' };

/** Events as Bazel writes them, for cases that nobody has recorded. */
export const bep = {
  started: (uuid = 'one') => ({ id: { started: {} }, started: { uuid, buildToolVersion: '8.4.0' } }),
  configured: (label: string, kind = 'sh_test rule') => ({
    id: { targetConfigured: { label } },
    configured: { targetKind: kind, ...(kind.includes('_test') ? { testSize: 'SMALL' } : {}) },
  }),
  /** A target that was built, with as many announced shards. */
  built: (label: string, shards = 1) => ({
    id: { targetCompleted: { label, configuration } },
    children: [
      ...Array.from({ length: shards }, (_, index) => ({
        testResult: { label, run: 1, shard: index + 1, attempt: 1, configuration },
      })),
      { testSummary: { label, configuration } },
    ],
    completed: { success: true },
  }),
  notBuilt: (label: string) => ({ id: { targetCompleted: { label, configuration } }, completed: {} }),
  result: (label: string, result: Record<string, unknown>, { run = 1, shard = 1, attempt = 1, more = false } = {}) => ({
    id: { testResult: { label, run, shard, attempt, configuration } },
    ...(more ? { children: [{ testResult: { label, run, shard, attempt: attempt + 1, configuration } }] } : {}),
    testResult: { executionInfo: { strategy: 'linux-sandbox' }, ...result },
  }),
  summary: (label: string, summary: Record<string, unknown>) => ({
    id: { testSummary: { label, configuration } },
    testSummary: { runCount: 1, totalRunCount: 1, ...summary },
  }),
  aborted: (id: Record<string, unknown>, aborted: Record<string, unknown>) => ({ id, aborted }),
  finished: (code: number, name = code === 0 ? 'SUCCESS' : 'X') => ({
    id: { buildFinished: {} },
    finished: { exitCode: { name, ...(code === 0 ? {} : { code }) } },
  }),
  last: () => ({ id: { progress: { opaqueCount: 9 } }, progress: {}, lastMessage: true }),
};
