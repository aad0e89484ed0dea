import * as z from 'zod';

/**
 * The Secret of an attempt: its keys, which become the names of files in the one container that may read each.
 */

/** What checkout, and what the courier needs. */
export const secretKeys = { token: 'token', upload: 'upload.json', mask: 'mask.json' } as const;

/** The key of one of the repository's own secrets, for the build. */
export function secretKeyOf(name: string): string {
  return `env.${name}`;
}

/** `mask.json`: what may not be in anything that leaves, as it is; its spellings are the courier's business. */
export const MaskFile = z.object({ v: z.literal(1), values: z.array(z.string().max(64 * 1024)).max(1_000) });

export function maskFileOf(values: readonly string[]): string {
  return JSON.stringify({ v: 1, values: [...values] } satisfies z.input<typeof MaskFile>);
}
