import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../shared/json.ts';
import { type HeldPort, holdPort } from './ports.ts';

const Ports = z.object({
  webhook: z.number(),
  dashboard: z.number(),
  scheduler: z.number(),
  watcher: z.number(),
  github: z.number(),
  storage: z.number(),
});

/** Hooks, clones and status links of an earlier start name these: they stay with the data. */
export async function keptPorts(
  stateDir: string,
  /** Told how to let go of each port. */
  onHeld: (release: () => Promise<void>) => void,
): Promise<Record<keyof typeof Ports.shape, HeldPort>> {
  const file = join(stateDir, 'ports.json');
  const text = await readFile(file, 'utf8').catch(() => null);
  const known = text === null ? null : parseJson(Ports, text, { what: file, code: 'bad-settings' });
  const hold = async (wanted: number | undefined): Promise<HeldPort> => {
    const port = await holdPort(wanted);
    // A port that is still held would keep this process alive.
    onHeld(async () => {
      await port.release();
    });
    return port;
  };
  const held = {
    webhook: await hold(known?.webhook),
    dashboard: await hold(known?.dashboard),
    scheduler: await hold(known?.scheduler),
    watcher: await hold(known?.watcher),
    github: await hold(known?.github),
    storage: await hold(known?.storage),
  };
  if (known === null) {
    const ports = Object.fromEntries(Object.entries(held).map(([name, { port }]) => [name, port]));
    await writeFile(file, JSON.stringify(ports));
  }
  return held;
}
