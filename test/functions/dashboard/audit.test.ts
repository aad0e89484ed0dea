import { describe, expect, it } from 'vitest';
import { configurationOf } from '../../../functions/dashboard/configuration.ts';
import { clientAddress } from '../../../functions/dashboard/access/client-address.ts';
import { routes } from '../../../functions/dashboard/routes.ts';
import { createServices } from '../../../functions/dashboard/services.ts';
import { AuditList } from '../../../shared/api/schemas.ts';
import { YbError } from '../../../shared/errors.ts';
import type { Write } from '../../../shared/outside/documents.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { createWorld, type World } from './dashboard-rig.ts';
import { addScenes } from './scenes.ts';

const path = '/api/v1/repos/mira/shop';
const run = `/api/v1/runs/${sampleRunId(103)}`;
const runId = expect.stringMatching(/^[a-z0-9]{26}/);

async function there(): Promise<World> {
  const world = await createWorld();
  await addScenes(world);
  return world;
}

/** The database takes no such write of the trail from now on. */
function refuse(world: World, type: Write['type']): void {
  const { commit } = world.documents;
  world.documents.commit = async (writes) => {
    const refused = writes.some((write) => write.type === type && write.path.includes('/audit/'));
    if (refused) throw new YbError('store-unavailable', 'the database is away');
    return await commit(writes);
  };
}

async function trail(world: World, query = ''): Promise<AuditList['entries']> {
  const answer = await world.api(`${path}/audit${query}`, { token: 'admin' });
  expect(answer.status).toBe(200);
  return AuditList.parse(await answer.json()).entries;
}

describe('the audit trail', () => {
  it.each([
    ['PUT', path, 'admin', { hook: { secret: 'a-secret-of-the-hook' } }, 'repository.register', 'hook', 'done'],
    [
      'PATCH',
      `${path}/settings`,
      'admin',
      { deadlineSeconds: 90, cpu: null },
      'settings.change',
      'cpu, deadlineSeconds',
      'done',
    ],
    ['PATCH', `${path}/settings`, 'admin', { cpu: 1 }, 'settings.change', null, 'bad-request'],
    ['PUT', `${path}/secrets/KEY`, 'admin', { value: 'a-value-of-KEY' }, 'secret.set', 'KEY', 'done'],
    ['PUT', `${path}/secrets/lower-case`, 'admin', { value: 'x' }, 'secret.set', null, expect.any(String)],
    ['DELETE', `${path}/secrets/KEY`, 'admin', undefined, 'secret.remove', 'KEY', 'not-found'],
    ['POST', `${path}/hook/redeliver`, 'admin', undefined, 'hook.redeliver', null, 'done'],
    ['POST', `${path}/badge-key`, 'admin', undefined, 'badge-key.make', null, 'done'],
    ['DELETE', `${path}/badge-key`, 'admin', undefined, 'badge-key.remove', null, 'done'],
    ['POST', `${path}/runs`, 'writer', { ref: 'main' }, 'run.start', runId, 'done'],
    ['POST', `${path}/runs`, 'writer', { ref: 'nowhere' }, 'run.start', 'nowhere', 'unprocessable'],
    ['POST', `${run}/cancel`, 'writer', undefined, 'run.cancel', sampleRunId(103), 'done'],
    [
      'POST',
      `${run}/approve`,
      'writer',
      undefined,
      'run.approve',
      expect.stringMatching(`^${sampleRunId(103)}, commit [0-9a-f]{40}$`),
      'done',
    ],
    ['POST', `${run}/rerun`, 'writer', undefined, 'run.rerun', runId, 'done'],
  ] as const)('tells of %s %s by %s with %j', async (method, at, token, body, deed, about, result) => {
    const world = await there();
    const begunAt = world.clock.now().toISOString();
    await world.api(at, { token, method, body });

    const entries = await trail(world);

    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^[0-9]{15}-[0-9a-f]{12}$/),
        at: begunAt,
        by: { id: expect.any(String), login: token },
        through: { kind: 'app', hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
        from: null,
        deed,
        about,
        result,
      },
    ]);
    for (const secret of ['a-secret-of-the-hook', 'a-value-of-KEY']) {
      const documents = await world.documents.get(world.documents.paths().filter((each) => each.includes('/audit/')));
      expect(JSON.stringify(documents)).not.toContain(secret);
    }
  });

  it('tells of what is done on pages, through which session, and from where', async () => {
    const world = await there();
    const answer = await world.app.request(`/runs/${sampleRunId(103)}/cancel`, {
      method: 'POST',
      headers: {
        cookie: world.cookieOf('writer'),
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': '10.0.0.1, 203.0.113.7',
      },
    });
    expect(answer.status).toBe(303);
    expect(await trail(world)).toMatchObject([
      { deed: 'run.cancel', by: { login: 'writer' }, through: { kind: 'session' }, from: '203.0.113.7' },
    ]);
  });

  it('has an entry of every route that changes something, and of no other', async () => {
    const { dashboard } = await createWorld();
    const table = routes(createServices(dashboard.outside, configurationOf(dashboard.settings)), dashboard.outside.log);
    const changing = table.filter(({ method, subject }) => method !== 'GET' && subject !== 'none');
    expect(table.filter(({ does }) => does !== null)).toEqual(changing);
    expect(changing).toHaveLength(25);
  });

  it('is for administrators', async () => {
    const world = await there();
    expect((await world.api(`${path}/audit`, { token: 'writer' })).status).toBe(404);
  });

  it('says nothing of who may not, and of who only looks', async () => {
    const world = await there();
    await world.api(`${path}/secrets/KEY`, { token: 'writer', method: 'PUT', body: { value: 'a value' } });
    await world.api(run, { token: 'admin' });
    expect(await trail(world)).toEqual([]);
  });

  it('comes before what it tells of: where nothing can be written, nothing is done', async () => {
    const world = await there();
    refuse(world, 'create');
    const answer = await world.api(`${path}/secrets/KEY`, {
      token: 'admin',
      method: 'PUT',
      body: { value: 'a value' },
    });
    expect(answer.status).toBe(503);
    expect(world.documents.paths().filter((each) => each.includes('/secrets/'))).toEqual([]);
  });

  it('leaves open how it ended where that cannot be written, and the log says so', async () => {
    const world = await there();
    refuse(world, 'update');
    const answer = await world.api(`${path}/secrets/KEY`, {
      token: 'admin',
      method: 'PUT',
      body: { value: 'a value' },
    });
    expect(answer.status).toBe(204);
    expect(await trail(world)).toMatchObject([{ deed: 'secret.set', result: null }]);
    expect(world.logged.find(({ fields }) => fields['audit'] !== undefined)?.fields).toMatchObject({
      audit: 'unwritten',
    });
  });

  it('is told page by page, the newest first, and leaves out none of one moment', async () => {
    const world = await there();
    for (const name of ['A', 'B', 'C'])
      await world.api(`${path}/secrets/${name}`, { token: 'admin', method: 'PUT', body: { value: 'a value' } });
    world.clock.advance(1);
    await world.api(`${path}/secrets/D`, { token: 'admin', method: 'PUT', body: { value: 'a value' } });
    const first = await trail(world, '?limit=2');
    const second = await trail(world, `?limit=2&before=${first[1]?.id ?? ''}`);
    expect(first[0]?.about).toBe('D');
    expect(new Set([...first, ...second].map(({ about }) => about))).toEqual(new Set(['A', 'B', 'C', 'D']));
    expect((await world.api(`${path}/audit?before=x`, { token: 'admin' })).status).toBe(400);
  });
});

describe('the address of a client', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['203.0.113.7', '203.0.113.7'],
    ['<script>, 2001:db8::1', '2001:db8::1'],
    ['203.0.113.7, unknown', null],
  ])('of %j is %j: only what the front end added counts', (header, address) => {
    expect(clientAddress(header)).toBe(address);
  });
});
