import * as z from 'zod';
import { errorCode } from '../errors.ts';
import {
  type Histories,
  historyLimits,
  type PastResult,
  type PastRun,
  shardOf,
  type TestOutcome,
  withRun,
} from '../history/history.ts';
import { pack, unpack } from '../history/packing.ts';
import { parseValue } from '../json.ts';
import type { Documents, Snapshot, Write } from '../outside/documents.ts';
import { repositoryPath } from './repositories.ts';

/**
 * `repos/{repoId}/history/{shard}`: the last results of all targets whose labels fall there. One string, since Firestore
 * would index every field of a map.
 */
const StoredShard = z.object({ packed: z.string(), updatedAt: z.date() });

export function historyPath(repoId: string, shard: number): string {
  return `${repositoryPath(repoId)}/history/${shard}`;
}

/** The last results of these targets, newest first; a target of which nothing is known is not in it. One read a shard. */
export async function readHistories(
  documents: Documents,
  repoId: string,
  labels: readonly string[],
): Promise<Histories> {
  const wanted = new Set(labels);
  return await read(documents, repoId, { shards: shardsOf(labels), wanted: (label) => wanted.has(label) });
}

/** Those of all targets. */
export async function readAllHistories(documents: Documents, repoId: string): Promise<Histories> {
  const shards = Array.from({ length: historyLimits.shards }, (_, shard) => shard);
  return await read(documents, repoId, { shards, wanted: () => true });
}

async function read(
  documents: Documents,
  repoId: string,
  what: { readonly shards: readonly number[]; readonly wanted: (label: string) => boolean },
): Promise<Histories> {
  if (what.shards.length === 0) return new Map();
  const snapshots = await documents.get(what.shards.map((shard) => historyPath(repoId, shard)));
  return new Map(snapshots.flatMap((snapshot) => [...open(snapshot, what.wanted)]));
}

/**
 * The writes that put a run's outcomes into the history of its repository, for the same commit as the run's own: none for
 * what is there already, and only shards in which the run has a target are read and written. What cannot be read as a
 * shard is begun anew: no run shall wait for it.
 */
export async function historyWrites(
  documents: Documents,
  repoId: string,
  told: { readonly run: PastRun; readonly outcomes: ReadonlyMap<string, TestOutcome>; readonly at: Date },
): Promise<Write[]> {
  const byShard = Map.groupBy(told.outcomes, ([label]) => shardOf(label));
  if (byShard.size === 0) return [];
  const snapshots = await documents.get([...byShard.keys()].map((shard) => historyPath(repoId, shard)));
  return [...byShard].flatMap(([shard, outcomes], index): Write[] => {
    const snapshot = snapshots[index] ?? null;
    const before = open(snapshot, () => true);
    const own = new Map(outcomes);
    const after = withRun(before, told.run, own);
    if (after === before) return [];
    const fields = { packed: pack(after), updatedAt: told.at } satisfies z.output<typeof StoredShard>;
    const path = historyPath(repoId, shard);
    return snapshot === null
      ? [{ type: 'create', path, fields }]
      : [{ type: 'update', path, fields, version: snapshot.version }];
  });
}

function open(snapshot: Snapshot | null, wanted: (label: string) => boolean): Map<string, PastResult[]> {
  if (snapshot === null) return new Map();
  try {
    const { packed } = parseValue(StoredShard, snapshot.data, { what: snapshot.path, code: 'malformed-document' });
    return unpack(packed, wanted);
  } catch (error) {
    if (errorCode(error) === 'malformed-document') return new Map();
    throw error;
  }
}

function shardsOf(labels: readonly string[]): number[] {
  return [...new Set(labels.map(shardOf))].sort((left, right) => left - right);
}
