import { expect } from 'vitest';
import type { Run } from '../../shared/run/run.ts';
import { createWorld } from '../functions/dashboard/dashboard-rig.ts';
import { hastyClock, runYb } from './run-yb.ts';

/** The dashboard itself, in memory, and the storage behind its links. */
export async function createTerminal(
  runs: readonly Run[] = [],
  options: { readonly cwd?: string; readonly tty?: boolean; readonly path?: string } = {},
) {
  const world = await createWorld();
  for (const run of runs) await world.addRun(run);
  const asked: string[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(`${init?.method ?? 'GET'} ${url.pathname}${url.search.split('X-Goog')[0] ?? ''}`);
    if (url.host === 'ci.example.com') return await world.app.request(`${url.pathname}${url.search}`, init);
    expect(new Headers(init?.headers).get('authorization')).toBeNull();
    const object = world.objects.peek(url.pathname.slice(1));
    return object === null ? new Response(null, { status: 404 }) : new Response(new Uint8Array(object));
  };
  const yb = async (argv: readonly string[], token = 'writer', onOutput?: (text: string) => void) =>
    await runYb(argv, {
      environment: {
        YB_SERVER: 'https://ci.example.com',
        YB_TOKEN: token,
        ...(options.path === undefined ? {} : { PATH: options.path }),
      },
      fetch,
      clock: hastyClock(),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.tty === undefined ? {} : { stdoutIsTTY: options.tty, stdinIsTTY: options.tty }),
      ...(onOutput === undefined ? {} : { onOutput }),
    });
  return { world, asked, yb };
}
