import { describe, expect, it } from 'vitest';
import type { Hook } from '../../cli/github.ts';
import { inspectHooks } from '../../cli/hook.ts';
import type { RegisteredRepository } from '../../cli/server.ts';
import { sampleHook } from '../support/sample-hook.ts';

const webhook = 'https://hooks.example/in';
const key = '00112233445566778899aabbccddeeff';
const url = `${webhook}/${key}`;

const good: Hook = {
  id: 1,
  active: true,
  events: ['push', 'pull_request'],
  config: { url, content_type: 'json', insecure_ssl: '0' },
  last_response: { code: 200 },
};

const registered: RegisteredRepository = {
  fullName: 'me/myproject',
  registered: true,
  hook: sampleHook(url, { lastPingAt: '2026-01-01T00:00:00Z' }),
  credential: { kind: 'token', addedAt: '2026-01-01T00:00:00Z' },
  app: { installed: true },
  volumes: [],
};

function inspect(hooks: readonly Hook[], known: Partial<RegisteredRepository> = {}) {
  return inspectHooks({ hooks, webhook, registered: { ...registered, ...known } });
}

describe('the hooks of a repository', () => {
  it.each([
    ['as they should be', {}],
    ['that tell of everything', { events: ['*'] }],
    ['that tell of more', { events: ['release', 'pull_request', 'push'] }],
    ['with a number where others have text', { config: { ...good.config, insecure_ssl: 0 } }],
    ['that met a server that was down', { last_response: { code: 503 } }],
    ['that GitHub knows no answer of', { last_response: { code: null } }],
    ['without a last answer', { last_response: null }],
  ] as const)('are good: %s', (_name, difference) => {
    const hook = { ...good, ...difference } as Hook;

    expect(inspect([hook])).toEqual({ hook, faults: [], extra: [] });
  });

  it.each([
    ['points to an address', { config: { ...good.config, url: `${webhook}/other` } }],
    ['is inactive', { active: false }],
    ['does not tell of push', { events: ['pull_request'] }],
    ['does not tell of pull_request', { events: ['push'] }],
    ['sends forms', { config: { ...good.config, content_type: 'form' } }],
    ['sends forms', { config: { url } }],
    ['does not check certificates', { config: { ...good.config, insecure_ssl: '1' } }],
    ['was refused by yb the last time (401)', { last_response: { code: 401 } }],
  ] as const)('are stale: one %s', (fault, difference) => {
    const { hook, faults } = inspect([{ ...good, ...difference } as Hook]);

    expect(hook?.id).toBe(1);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });

  it('are stale if the server knows nothing of the repository', () => {
    expect(inspect([good], { registered: false, hook: null }).faults).toEqual(['is not known to yb']);
    expect(inspect([good], { hook: null }).faults).toEqual(['is not known to yb']);
  });

  it('are stale if nothing has ever arrived', () => {
    const hook = sampleHook(url);

    expect(inspect([good], { hook }).faults).toEqual(['has not reached yb yet']);
    expect(inspect([good], { hook: { ...hook, lastDeliveryAt: '2026-01-01T00:00:00Z' } }).faults).toEqual([]);
  });

  it('are stale if they lead to where the server was before', () => {
    const hook = { ...good, config: { ...good.config, url: `http://127.0.0.1:4000/${key}` } };

    expect(inspect([hook])).toEqual({ hook, faults: ['points to an address that yb did not give'], extra: [] });
  });

  it('of other services are none of ours', () => {
    const others = [
      'https://ci.example/hook',
      `https://ci.example/${key}/x`,
      `https://ci.example/?x=${key}`,
      `${webhook}-more/key`,
      `${webhook}/a/b`,
      `${webhook}/`,
    ].map((address, id) => ({ ...good, id, config: { ...good.config, url: address } }));

    expect(inspect(others)).toEqual({ hook: null, faults: [], extra: [] });
  });

  it('beside the best one are superfluous', () => {
    const old = { ...good, id: 2, config: { ...good.config, url: `${webhook}/old` } };
    const doubled = { ...good, id: 3 };

    const { hook, faults, extra } = inspect([old, good, doubled]);

    expect({ id: hook?.id, faults, extra: extra.map(({ id }) => id) }).toEqual({ id: 1, faults: [], extra: [2, 3] });
  });
});
