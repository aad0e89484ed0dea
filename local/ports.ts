import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { YbError } from '../shared/errors.ts';

/**
 * Below the range from which systems take the ports of outgoing connections (from 32,768 on Linux, 49,152 on macOS): such
 * a port would often be taken again between this look and the start of whoever is to listen there.
 */
const range = { from: 20_000, to: 32_768 } as const;
const tries = 200;

/** Ports of loopback on which nobody listens, all different. @throws YbError `internal` if there are none */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < tries && found.size < count; attempt++) {
    const port = randomInt(range.from, range.to);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count) throw new YbError('internal', `no ${count} free ports on this machine`);
  return [...found];
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new YbError('internal', 'no free port on this machine');
  return port;
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
