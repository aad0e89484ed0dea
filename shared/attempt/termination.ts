import { writeFileSync } from 'node:fs';
import * as z from 'zod';

/** The last words of a container, as its kubelet keeps them: one line of JSON, `{code, message}`. */

/** Kubernetes keeps this much. */
const keptBytes = 4096;
const TerminationMessage = z.object({ code: z.int().nullish(), message: z.string().min(1).max(keptBytes) });

/** Leaves the last words where the kubelet finds them. */
export function writeTerminationMessage(file: string, code: number, message: string): void {
  const words = { code, message: message.slice(0, keptBytes / 4) } satisfies z.input<typeof TerminationMessage>;
  try {
    writeFileSync(file, `${JSON.stringify(words)}\n`);
  } catch {
    // Without a kubelet there is no such file; the exit code says the same.
  }
}

/** What a program of ours said at its end, as the cluster keeps it. Null for everything else. */
export function terminationWords(text: string | null): string | null {
  if (text === null || text.length > keptBytes) return null;
  try {
    return TerminationMessage.safeParse(JSON.parse(text)).data?.message ?? null;
  } catch {
    return null;
  }
}
