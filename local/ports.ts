import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { YbError } from '../shared/errors.ts';

/**
 * Below the range from which systems take the ports of outgoing connections (from 32,768 on Linux, 49,152 on macOS): a port
 * that is kept for a later start would often be taken then.
 */
const range = { from: 20_000, to: 32_768 } as const;
const tries = 200;

/**
 * A port of loopback that is ours from the moment it was chosen: it is listened on already. Whoever is to serve there
 * listens on `server` (https://nodejs.org/api/net.html#serverlistenhandle-backlog-callback), in this process or another.
 */
export interface HeldPort {
  readonly port: number;
  readonly server: Server;
  /** For who has handed the server to another process, or needs it no longer. */
  release(): Promise<void>;
}

/** Holds the port that is wanted, or any. @throws YbError `bad-settings` if the wanted one is taken */
export async function holdPort(wanted?: number): Promise<HeldPort> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const port = wanted ?? randomInt(range.from, range.to);
    const server = await listening(port);
    if (server !== null) return { port, server, release: async () => await closed(server) };
    if (wanted !== undefined) throw new YbError('bad-settings', `another program listens on port ${wanted}`);
  }
  throw new YbError('internal', 'no free port on this machine');
}

/** A port on which nobody listens now: for a program that takes a number alone, which may find it taken. */
export async function freePort(): Promise<number> {
  const held = await holdPort();
  await held.release();
  return held.port;
}

async function listening(port: number): Promise<Server | null> {
  return await new Promise((resolve) => {
    // Whoever comes before there is somebody to answer is told so, and comes again: waiting, they would never be heard.
    const server = createServer((socket) => {
      socket.destroy();
    });
    server.once('error', () => {
      resolve(null);
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
