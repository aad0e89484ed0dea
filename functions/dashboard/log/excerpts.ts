import { errorCode } from '../../../shared/errors.ts';
import { type AttemptRef, testFileBelow } from '../../../shared/attempt/layout.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { type FailedCase, failedCases } from './test-xml.ts';

/** What a failed test printed last, and which of its cases failed. */
export interface TestExcerpt {
  /** At most {@link excerptLines} lines; null if its log was not kept. */
  readonly lines: readonly string[] | null;
  /** Lines that stand before. */
  readonly before: number | null;
  readonly cases: readonly FailedCase[];
}

export const excerptLines = 30;
const wholeBytes = 1024 * 1024;
const tailBytes = 64 * 1024;
/** As much as a courier uploads of one. */
const xmlBytes = 4 * 1024 * 1024;

export interface ExcerptReader {
  read(ref: AttemptRef, test: { readonly log: string | null; readonly xml: string | null }): Promise<TestExcerpt>;
}

export function createExcerptReader(objects: ObjectStore): ExcerptReader {
  const readWhole = async (name: string, maxBytes: number): Promise<Uint8Array | 'too-large' | null> => {
    try {
      return (await objects.read(name, { maxBytes }))?.bytes ?? null;
    } catch (error) {
      if (errorCode(error) === 'payload-too-large') return 'too-large';
      throw error;
    }
  };
  const readTail = async (name: string): Promise<Uint8Array | null> => {
    const [found] = await objects.list(name, { limit: 1 });
    if (found?.name !== name) return null;
    return (await objects.read(name, { start: Math.max(0, found.size - tailBytes) }))?.bytes ?? null;
  };
  const lastLines = async (name: string): Promise<Pick<TestExcerpt, 'lines' | 'before'>> => {
    const whole = await readWhole(name, wholeBytes);
    const bytes = whole === 'too-large' ? await readTail(name) : whole;
    if (bytes === null) return { lines: null, before: null };
    const all = Buffer.from(bytes).toString('utf8').replace(/\n+$/, '').split('\n');
    const lines = all.slice(-excerptLines);
    return { lines, before: whole === 'too-large' ? null : all.length - lines.length };
  };
  const cases = async (name: string): Promise<FailedCase[]> => {
    const xml = await readWhole(name, xmlBytes);
    return xml === null || xml === 'too-large' ? [] : failedCases(Buffer.from(xml).toString('utf8'));
  };
  return {
    async read(ref, test) {
      // The names were written by the run: they lead to its own tests' files or nowhere.
      const log = test.log === null ? null : testFileBelow(ref, test.log);
      const xml = test.xml === null ? null : testFileBelow(ref, test.xml);
      const [last, failed] = await Promise.all([
        log === null ? { lines: null, before: null } : lastLines(log),
        xml === null ? [] : cases(xml),
      ]);
      return { ...last, cases: failed };
    },
  };
}
