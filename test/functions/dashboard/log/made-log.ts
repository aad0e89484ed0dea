import { buildLogName, indexName, liveName } from '../../../../shared/attempt/layout.ts';
import { countLineEnds, type LogIndex } from '../../../../shared/attempt/log-index.ts';
import type { ObjectStore } from '../../../../shared/outside/objects.ts';
import { createManualClock } from '../../../world/clock.ts';
import { createMemoryObjects } from '../../../world/objects.ts';
import { sampleRunId } from '../../../support/sample-run.ts';

export const ref = { runId: sampleRunId(1), attempt: 1 };

export type Objects = ReturnType<typeof createMemoryObjects>;

/** Objects that count what is read of them. */
export interface CountedObjects extends Objects {
  readonly used: { reads: number; bytes: number; lists: number };
}

export function createCountedObjects(): CountedObjects {
  const objects = createMemoryObjects(createManualClock().now);
  const used = { reads: 0, bytes: 0, lists: 0 };
  const read: ObjectStore['read'] = async (name, options) => {
    const content = await objects.read(name, options);
    used.reads += 1;
    used.bytes += content?.bytes.length ?? 0;
    return content;
  };
  const list: ObjectStore['list'] = async (...rest) => {
    used.lists += 1;
    return await objects.list(...rest);
  };
  return { ...objects, read, list, used };
}

/** Numbered lines: `line 1` and so on. */
export function numbered(count: number, from = 1): string {
  return Array.from({ length: count }, (_, index) => `line ${from + index}\n`).join('');
}

/** Stores a log in chunks, and its index, as a courier leaves them. */
export function putLog(
  objects: Pick<Objects, 'put'>,
  chunks: readonly (string | Buffer)[],
  options: {
    /** How many chunks the index tells; all, if nothing is said. */
    readonly indexed?: number;
    readonly ended?: boolean;
    readonly missing?: readonly number[];
    readonly times?: LogIndex['times'];
    readonly landmarks?: LogIndex['landmarks'];
    /** Whether the archive is there too. */
    readonly archived?: boolean;
  } = {},
): Buffer {
  const { indexed = chunks.length, missing = [], times = [], landmarks = [] } = options;
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  for (const [index, chunk] of bytes.entries()) {
    if (!missing.includes(index + 1)) objects.put(liveName(ref, 'chunk', index + 1), chunk);
  }
  const index: LogIndex = {
    v: 1,
    ended: options.ended ?? indexed === chunks.length,
    chunks: bytes.slice(0, indexed).map((chunk) => [chunk.length, countLineEnds(chunk)]),
    missing: missing.filter((number) => number <= indexed),
    times,
    landmarks,
  };
  if (indexed > 0) objects.put(indexName(ref), JSON.stringify(index));
  if (options.archived === true) objects.put(buildLogName(ref), Buffer.concat(bytes));
  return Buffer.concat(bytes);
}
