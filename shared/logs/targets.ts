import * as z from 'zod';
import { errorCode } from '../errors.ts';
import { parseJson } from '../json.ts';
import { resultLimits, TargetResult } from '../attempt/result.ts';
import type { AttemptSource } from './archive.ts';
import { targetsName } from '../attempt/layout.ts';

/** What is read of a target where only its result counts: of tens of thousands of targets, a fraction of the memory. */
const TargetLine = TargetResult.pick({ label: true, status: true, attempts: true, cached: true, durationMs: true });
export type TargetLine = z.output<typeof TargetLine>;

const TargetLines = z.object({ v: z.literal(1), targets: z.array(TargetLine).max(resultLimits.targets) });

/**
 * The targets of an attempt that has ended, as its courier wrote them; null if there is no such list or none that can be
 * read. @throws YbError `storage-unavailable`: then another try may find it
 */
export async function readTargets(source: AttemptSource): Promise<TargetLine[] | null> {
  try {
    const content = await source.store.read(targetsName(source), { maxBytes: resultLimits.targetsBytes });
    if (content === null) return null;
    return parseJson(TargetLines, Buffer.from(content.bytes).toString('utf8'), { what: 'targets' }).targets;
  } catch (error) {
    if (errorCode(error) === 'malformed-message' || errorCode(error) === 'payload-too-large') return null;
    throw error;
  }
}
