import { describe, expect, it, onTestFinished } from 'vitest';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { freePort, type HeldPort, holdPort } from '../../local/ports.ts';

async function held(wanted?: number): Promise<HeldPort> {
  const port = await holdPort(wanted);
  onTestFinished(port.release);
  return port;
}

describe('a held port', () => {
  it('is nobody else’s', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, async () => await held()));

    expect(new Set(ports.map(({ port }) => port)).size).toBe(20);
    await expect(holdPort(ports[0]?.port)).rejects.toMatchObject({
      code: 'bad-settings',
      message: `another program listens on port ${ports[0]?.port}`,
    });
  });

  it('is served by who takes it over', async () => {
    const { port, server } = await holdPort();
    const http = createServer((_request, response) => response.end('here'));
    await new Promise<void>((resolve) => {
      http.listen(server, resolve);
    });
    onTestFinished(() => void http.close());

    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  });

  it('keeps nobody waiting who comes before it is served, and nobody waits for them', async () => {
    const { port, release } = await holdPort();
    const early = connect(port, '127.0.0.1');
    early.on('error', () => undefined);
    early.resume();
    await once(early, 'close');
    await release();
    expect((await held(port)).port).toBe(port);
  });

  it('can be had again when it was given back', async () => {
    const { port, release } = await holdPort();
    await release();

    expect((await held(port)).port).toBe(port);
  });

  it('is outside of the ranges that outgoing connections take theirs from', async () => {
    const port = await freePort();

    expect(port).toBeGreaterThan(1023);
    expect(port).toBeLessThan(32_768);
  });
});
