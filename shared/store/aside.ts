import * as z from 'zod';
import { errorCode } from '../errors.ts';
import type { Documents } from '../outside/documents.ts';
import { retention } from '../retention.ts';
import { creationOf } from './record.ts';

const longestText = 20_000;

/** `aside/{message id}`: a message that nobody could handle, for operators. */
const KeptMessage = z.object({
  topic: z.string().nullable(),
  reason: z.string(),
  /** As it came, cut to its beginning. */
  text: z.string().max(longestText),
  replays: z.number().int(),
  /** When it was put aside. */
  at: z.date(),
  expireAt: z.date(),
});

/** Keeps it, once. */
export async function keepMessage(
  documents: Documents,
  id: string,
  kept: Omit<z.output<typeof KeptMessage>, 'expireAt'>,
): Promise<void> {
  const expireAt = new Date(kept.at.getTime() + retention.runDays * 86_400_000);
  const text = kept.text.slice(0, longestText).toWellFormed();
  const value = { ...kept, text, expireAt };
  try {
    await documents.commit([creationOf(KeptMessage, `aside/${id}`, value)]);
  } catch (error) {
    if (errorCode(error) !== 'already-exists') throw error;
  }
}
