import { sampleHook } from '../support/sample-hook.ts';
import { describe, expect, it } from 'vitest';
import { runYb } from './run-yb.ts';

const fullName = 'mira/shop';
const base = `/api/v1/repos/${fullName}`;
const webhook = 'https://ci.example.com/hooks';

/** A server and a GitHub in one, which note what they are asked to change. */
function world(registered = true) {
  const changes: string[] = [];
  const hook = {
    id: 7,
    active: true,
    events: ['push', 'pull_request'],
    config: { url: `${webhook}/${'a'.repeat(32)}`, content_type: 'json', insecure_ssl: '0' },
    last_response: { code: 200 },
  };
  const answers: Readonly<Record<string, unknown>> = {
    [base]: {
      fullName,
      registered,
      hook: registered ? sampleHook(hook.config.url) : null,
      credential: registered ? { kind: 'token', addedAt: '2026-11-01T00:00:00.000Z' } : null,
      app: { installed: false },
      volumes: registered ? [volume(0), volume(1)] : [],
    },
    '/api/v1/server': {
      name: 'yb',
      version: '0',
      webhook,
      dashboard: 'https://ci.example.com',
      signIn: { url: 'https://github.com', clientId: 'c' },
      install: null,
    },
    [`${base}/secrets`]: { secrets: [{ name: 'KEY', updatedAt: '2026-11-01T00:00:00.000Z', updatedBy: 'mira' }] },
    [`/repos/${fullName}/hooks`]: registered ? [hook] : [],
  };
  const fetching = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const method = (input instanceof Request ? input.method : init?.method) ?? 'GET';
    if (method !== 'GET') {
      changes.push(`${method} ${pathname}`);
      return await Promise.resolve(new Response(null, { status: 204 }));
    }
    return await Promise.resolve(Response.json(answers[pathname] ?? {}));
  };
  const environment = {
    YB_SERVER: 'https://ci.example.com',
    YB_TOKEN: 'yb_token',
    GITHUB_TOKEN: 'token',
    GITHUB_API_URL: 'https://api.example.com',
  };
  const yb = async (argv: readonly string[], input = '') =>
    await runYb(['unregister', '--repo', fullName, ...argv], { environment, fetch: fetching, input });
  return { changes, yb };
}

function volume(index: number) {
  return { index, state: 'free', epoch: 1, trust: 'trusted', run: null, warm: null, failures: 0, aside: null };
}

describe('yb unregister', () => {
  it('shows what goes, asks, and takes it away: the hook first', async () => {
    const { changes, yb } = world();
    const ran = await yb([], 'y\n');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(`  This goes, and cannot be brought back:
    1 hook at GitHub
    1 secret
    the token that yb keeps
    2 volumes
`);
    expect(ran.stdout).toContain('Would you like to take mira/shop out? (y/N): y');
    expect(ran.stdout).toContain('yb setup-repo mira/shop');
    expect(changes).toEqual([`DELETE /repos/${fullName}/hooks/7`, `DELETE ${base}`]);
  });

  it.each(['n\n', '\n'])('changes nothing without a yes (%j)', async (input) => {
    const { changes, yb } = world();
    const ran = await yb([], input);
    expect(ran.stdout).toContain('Nothing was changed.');
    expect(ran.code).toBe(0);
    expect(changes).toEqual([]);
  });

  it('asks nobody with --yes', async () => {
    const { changes, yb } = world();
    expect((await yb(['--yes'])).code).toBe(0);
    expect(changes).toHaveLength(2);
  });

  it('has nothing to do where nothing is set up', async () => {
    const { changes, yb } = world(false);
    const ran = await yb([]);
    expect(ran.stdout).toContain('mira/shop is not set up here');
    expect(changes).toEqual([]);
  });
});
