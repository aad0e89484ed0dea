import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { historyLimits, shardOf, type TestOutcome } from '../../../shared/history/history.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { historyPath, historyWrites, readAllHistories, readHistories } from '../../../shared/store/history.ts';
import { commitChange } from '../../../shared/store/record.ts';
import { withTally } from '../../../shared/tally.ts';
import { useFirestore } from '../../support/firestore.ts';
import { noon } from '../../support/sample-run.ts';
import { past } from '../history/arbitrary.ts';

const firestore = useFirestore();
const passed: TestOutcome = { status: 'PASSED', attempts: 1, durationMs: 640 };
const label = (number: number): string => `//lib/part_${number}:part_${number}_test`;

async function writesOf(documents: Documents, run: number, labels: readonly string[]) {
  const outcomes = new Map(labels.map((one) => [one, passed]));
  return await historyWrites(documents, '42', { run: past(run), outcomes, at: noon });
}

async function tell(documents: Documents, run: number, labels: readonly string[]): Promise<void> {
  await commitChange(documents, await writesOf(documents, run, labels));
}

describe('the history on Firestore', () => {
  it('gives the targets that are asked for, by one read a shard, and only those', async () => {
    const { documents } = firestore.fresh();
    const labels = Array.from({ length: 500 }, (_, index) => label(index));
    await tell(documents, 1, labels);
    await tell(documents, 2, labels.slice(0, 10));
    const [found, reads] = await withTally(async (tally) => {
      const histories = await readHistories(documents, '42', [label(3), label(400), '//never:seen']);
      return [histories, tally.reads] as const;
    });
    expect([...found.keys()].toSorted()).toEqual([label(3), label(400)].toSorted());
    expect(found.get(label(3))?.map(({ run }) => run.id)).toEqual([past(2).id, past(1).id]);
    expect(reads).toBe(new Set([label(3), label(400), '//never:seen'].map(shardOf)).size);
    expect((await readAllHistories(documents, '42')).size).toBe(500);
    expect((await readAllHistories(documents, '43')).size).toBe(0);
    expect((await readHistories(documents, '42', [])).size).toBe(0);
  });

  it('writes only shards of tests that were executed, and nothing twice', async () => {
    const { documents } = firestore.fresh();
    const first = await writesOf(documents, 1, [label(1)]);
    expect(first.map(({ type, path }) => [type, path])).toEqual([['create', historyPath('42', shardOf(label(1)))]]);
    await commitChange(documents, first);
    expect(await writesOf(documents, 1, [label(1)])).toEqual([]);
    expect(await writesOf(documents, 2, [])).toEqual([]);
    expect((await writesOf(documents, 2, [label(1)])).map(({ type }) => type)).toEqual(['update']);
  });

  it('lets one of two writers win, and the other one look again', async () => {
    const { documents } = firestore.fresh();
    for (const round of [0, 2]) {
      const [one, other] = [
        await writesOf(documents, round + 1, [label(1)]),
        await writesOf(documents, round + 2, [label(1)]),
      ];
      await commitChange(documents, one);
      await expect(commitChange(documents, other)).rejects.toMatchObject({ code: 'conflict' });
      await tell(documents, round + 2, [label(1)]);
    }
    expect((await readAllHistories(documents, '42')).get(label(1))).toHaveLength(4);
  });

  it('takes shards as large as they may become, all in one commit', { timeout: 60_000 }, async () => {
    const { documents } = firestore.fresh();
    // More of what nothing can compress than all shards may hold.
    const labels = Array.from({ length: 9_000 }, () => randomBytes(450).toString('hex'));
    const writes = await writesOf(documents, 1, labels);
    expect(writes).toHaveLength(historyLimits.shards);
    await commitChange(documents, writes);
    const kept = await readAllHistories(documents, '42');
    expect(kept.size).toBeGreaterThan(4_000);
    expect(kept.size).toBeLessThan(9_000);
  });
});
