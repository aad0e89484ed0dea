import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, freePorts } from '../../local/ports.ts';

describe('free ports', () => {
  it('are all different and can be listened on', async () => {
    const ports = await freePorts(20);

    expect(new Set(ports).size).toBe(20);
    await Promise.all(ports.slice(0, 3).map(listenOnce));
  });

  it('are outside of the ranges that outgoing connections take theirs from', async () => {
    const port = await freePort();

    expect(port).toBeGreaterThan(1023);
    expect(port).toBeLessThan(32_768);
  });
});

async function listenOnce(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
