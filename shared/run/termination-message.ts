import * as z from 'zod';
import { resultLimits } from './result.ts';

const TerminationMessage = z.object({ message: z.string().min(1).max(resultLimits.message) });

/** What a program of ours said at its end, `{code, message}` as the cluster keeps it. Null for everything else. */
export function terminationWords(text: string | null): string | null {
  if (text === null || text.length > resultLimits.message) return null;
  try {
    return TerminationMessage.safeParse(JSON.parse(text)).data?.message ?? null;
  } catch {
    return null;
  }
}
