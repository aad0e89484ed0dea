import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import * as z from 'zod';
import { explainCommand } from '../../cli/explain.ts';
import { type Ran, runYb } from './run-yb.ts';

const Told = z.strictObject({
  verdict: z.string(),
  reason: z.string(),
  fault: z.string(),
  retry: z.boolean(),
  targets: z.array(
    z.strictObject({
      label: z.string(),
      status: z.string(),
      attempts: z.number(),
      cached: z.boolean(),
      durationMs: z.number().nullable(),
      shards: z.number(),
    }),
  ),
  counts: z.record(z.string(), z.number()),
});

/** A folder, removed after the test file, in which `yb explain` runs. */
export function explaining() {
  const folder = mkdtempSync(join(tmpdir(), 'yb-explain-'));
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function write(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(folder, name), content);
    return name;
  }

  async function explain(...argv: readonly string[]): Promise<Ran> {
    return await runYb(['explain', ...argv], { commands: [explainCommand], cwd: folder });
  }

  return {
    folder,
    write,
    explain,
    /** What the command tells of these events, or of the text of a file of them. */
    async explained(events: string | Buffer | readonly unknown[], ...more: readonly string[]) {
      const content = typeof events === 'string' || Buffer.isBuffer(events) ? events : lines(events);
      const ran = await explain('--events', await write(randomUUID(), content), '--json', ...more);
      expect(ran.stderr).toBe('');
      expect(ran.code).toBe(0);
      return Told.parse(JSON.parse(ran.stdout));
    },
  };
}

export function lines(events: readonly unknown[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
