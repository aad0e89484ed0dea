import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streams } from '../../../functions/dashboard/access/limits.ts';
import { runEvents, type RunEvents } from '../../../shared/api/live-schemas.ts';
import { ProblemView } from '../../../shared/api/schemas.ts';
import { liveName } from '../../../shared/attempt/layout.ts';
import { runPath } from '../../../shared/store/runs.ts';
import { changeDocument } from '../../support/change-document.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { createWorld, showToEverybody, type World } from './dashboard-rig.ts';
import { at, outcome, target } from './made-runs.ts';

const id = sampleRunId(1);
const path = `/api/v1/runs/${id}/events`;

type Told = {
  readonly [Name in keyof RunEvents]: { readonly id: string; readonly name: Name; readonly data: RunEvents[Name] };
}[keyof RunEvents];

function toldIn(text: string): Told[] {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => void messages.push(message) });
  parser.feed(text);
  return messages.map(({ id: place = '', event = '', data }) => {
    const value: unknown = JSON.parse(data);
    if (event === 'log') return { id: place, name: event, data: runEvents.log.parse(value) };
    if (event === 'targets') return { id: place, name: event, data: runEvents.targets.parse(value) };
    if (event === 'state') return { id: place, name: event, data: runEvents.state.parse(value) };
    throw new Error(`an event of another kind: ${event}`);
  });
}

async function ask(world: World, options: { readonly after?: string; readonly token?: string | null } = {}) {
  const { after, token = 'reader' } = options;
  return await world.app.request(path, {
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(after === undefined ? {} : { 'last-event-id': after }),
    },
  });
}

const steps = [
  'line',
  'two chunks',
  'growing chunk',
  'target',
  'state',
  'attempt',
  'attempt that prints',
  'nothing',
] as const;
type Step = (typeof steps)[number];

/** A run that goes on while somebody looks: a step happens at each pause of a stream, and after the last the run ends. */
async function going(script: readonly Step[]) {
  const world = await createWorld();
  const run = sampleRun({ state: 'running', startedAt: at(0), runningAt: at(0, 2) });
  await world.addRun(run);
  const now = { attempt: 1, chunk: 0, piece: 0, count: 0, written: new Map<number, string>([[1, '']]), last: '' };
  const print = (text: string, isNew: boolean): void => {
    if (isNew || now.chunk === 0) now.chunk += 1;
    now.last = isNew || now.last === '' ? text : `${now.last}${text}`;
    world.objects.put(liveName({ runId: id, attempt: now.attempt }, 'chunk', now.chunk), now.last);
    now.written.set(now.attempt, `${now.written.get(now.attempt) ?? ''}${text}`);
  };
  const does: Record<Step, () => Promise<void> | void> = {
    nothing: () => undefined,
    line: () => {
      print(`line ${now.count}\n`, true);
    },
    'two chunks': () => {
      print(`cut in the mid`, true);
      print(`dle ${now.count}\n\n`, true);
    },
    'growing chunk': () => {
      print(`grows ${now.count}\n`, false);
    },
    target: () => {
      now.piece += 1;
      const targets = [target(`//a:t${now.count % 3}`, now.count % 2 === 0 ? 'FAILED' : 'PASSED')];
      const piece = JSON.stringify({ v: 1, targets, failures: [] });
      world.objects.put(liveName({ runId: id, attempt: now.attempt }, 'targets', now.piece), piece);
    },
    state: async () => {
      await changeDocument(world.documents, runPath(id), {
        commit: { subject: `step ${now.count}`, author: null, committedAt: null },
      });
    },
    attempt: async () => {
      Object.assign(now, { attempt: now.attempt + 1, chunk: 0, piece: 0, last: '' });
      now.written.set(now.attempt, '');
      await changeDocument(world.documents, runPath(id), { attempt: now.attempt });
    },
    'attempt that prints': async () => {
      await does.attempt();
      print('begins again\n', true);
    },
  };
  const rest = [...script];
  const { sleep } = world.clock;
  world.clock.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    const step = rest.shift();
    now.count += 1;
    if (step !== undefined) return await does[step]();
    const ended = { state: 'finished', outcome: { ...outcome({ verdict: 'passed' }) }, finishedAt: at(1) };
    await changeDocument(world.documents, runPath(id), ended);
  };
  return { world, now };
}

/** What somebody knows who put together what they were told. */
function knownFrom(told: readonly Told[]) {
  const log = new Map<number, string>();
  const targets = new Map<string, string>();
  for (const { name, data } of told) {
    if (name === 'log') log.set(data.attempt, `${log.get(data.attempt) ?? ''}${data.text}`);
    if (name !== 'targets') continue;
    for (const { label, status } of data.targets) targets.set(`${data.attempt} ${label}`, status);
  }
  return { log: Object.fromEntries(log), targets: Object.fromEntries(targets) };
}

describe('the events of a run', () => {
  it('are told to who breaks off anywhere and comes back as to who stays: nothing twice, nothing left out', async () => {
    const scripts = fc.array(fc.constantFrom(...steps), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { world, now } = await going(script);
        const all = toldIn(await (await ask(world)).text());

        const last = all.at(-1);
        expect(last).toMatchObject({ name: 'state', data: { run: { state: 'finished', attempt: now.attempt } } });
        const known = knownFrom(all);
        // Of an attempt that is over, what came in the second before its end may never have been looked at.
        expect(known.log[now.attempt] ?? '').toBe(now.written.get(now.attempt));
        for (const [attempt, text] of Object.entries(known.log))
          expect(now.written.get(Number(attempt))?.startsWith(text)).toBe(true);
        const states = all.filter(({ name }) => name === 'state').map(({ data }) => JSON.stringify(data));
        for (const [index, state] of states.entries()) expect(state).not.toBe(states[index + 1]);

        for (const [index, { id: after }] of all.entries()) {
          const answer = await ask(world, { after });
          if (index === all.length - 1) {
            expect(answer.status).toBe(204);
            continue;
          }
          const more = toldIn(await answer.text());
          const both = knownFrom([...all.slice(0, index + 1), ...more]);
          expect(both.log[now.attempt]).toBe(known.log[now.attempt]);
          expect(both.targets).toMatchObject(
            Object.fromEntries(Object.entries(known.targets).filter(([key]) => key.startsWith(`${now.attempt} `))),
          );
          expect(more.at(-1)?.id).toBe(last?.id);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('end after a minute, are never silent for long, and cost a read of the database a second', async () => {
    const { world } = await going(Array.from({ length: 200 }, () => 'nothing' as const));
    const reads = { documents: 0, objects: 0 };
    const { get } = world.documents;
    world.documents.get = async (paths) => {
      reads.documents += paths.length;
      return await get(paths);
    };
    for (const name of ['read', 'list'] as const) {
      const before = world.objects[name] as (...rest: unknown[]) => Promise<never>;
      world.objects[name] = async (...rest: unknown[]) => {
        reads.objects += 1;
        return await before(...rest);
      };
    }
    const began = world.clock.now().getTime();
    const text = await (await ask(world)).text();

    expect(world.clock.now().getTime() - began).toBe(60_000);
    expect(toldIn(text)).toHaveLength(1);
    expect(text.match(/^:$/gm)).toHaveLength(3);
    expect(text).toMatch(/^retry: 1000\n\n/);
    // Its repository and its run, and then the run again and again.
    expect(reads.documents).toBeLessThanOrEqual(64);
    expect(reads.objects).toBeLessThanOrEqual(61 * 3);
    const line = world.logged.find(({ fields }) => fields['op'] === 'stream');
    expect(line?.fields).toMatchObject({ ok: true, run: id, ended: 'time', looks: 61, events: 1 });
  });

  it('are told by eight streams of one person at most, and by so many of all that pages have room', async () => {
    const { world } = await going(['nothing']);
    await showToEverybody(world);
    const open: Response[] = [];
    for (let count = 0; count < streams.each; count += 1) open.push(await ask(world));
    const refused = await ask(world);
    expect(refused.status).toBe(429);
    expect(ProblemView.parse(await refused.json()).detail).toMatch(/^8 streams of yours are open\. Close one/);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    // Somebody else, and whoever left room for another.
    open.push(await ask(world, { token: 'writer' }));
    await open.shift()?.text();
    open.push(await ask(world));
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
    while (open.length < streams.all) open.push(await ask(world, { token: null }));
    expect((await ask(world, { token: null })).status).toBe(429);
    // One that nobody reads counts no longer than it may last.
    world.clock.advance(60_000);
    expect((await ask(world, { token: null })).status).toBe(200);
  });

  it('stop as soon as nobody listens', async () => {
    const { world } = await going(Array.from({ length: 50 }, () => 'line' as const));
    const body = (await ask(world)).body?.getReader();
    await body?.read();
    await body?.cancel();
    await expect.poll(() => world.logged.filter(({ fields }) => fields['op'] === 'stream')).toHaveLength(1);
    const [line] = world.logged.filter(({ fields }) => fields['op'] === 'stream');
    expect(line?.fields).toMatchObject({ ok: true, ended: 'reader left' });
    expect(line?.fields['looks']).toBeLessThan(5);
  });

  it('say what went wrong in their midst, so that whoever reads them asks again', async () => {
    const { world } = await going(Array.from({ length: 50 }, () => 'line' as const));
    const { sleep } = world.clock;
    world.clock.sleep = async (milliseconds) => {
      await sleep(milliseconds);
      world.documents.get = async () => await Promise.reject(new Error('a name of ours'));
    };
    const text = await (await ask(world)).text();
    expect(text).toMatch(/\n\nevent: problem\ndata: \{[^\n]*"code":"internal"[^\n]*\}\n\n$/);
    expect(text).not.toContain('a name of ours');
    expect(world.logged.find(({ fields }) => fields['op'] === 'stream')).toMatchObject({
      level: 'error',
      fields: { ok: false, run: id, error: { code: 'internal' } },
    });
  });

  it('are not made for who asks for the head alone, and refuse an id that is none', async () => {
    const { world } = await going(['nothing']);
    const head = await world.app.request(path, { method: 'HEAD', headers: { authorization: 'Bearer reader' } });
    expect(head.headers.get('content-type')).toMatch(/^text\/event-stream/);
    for (let count = 0; count < 20; count += 1) {
      expect(
        (await world.app.request(path, { method: 'HEAD', headers: { authorization: 'Bearer reader' } })).status,
      ).toBe(200);
    }
    const ids = ['1', '1.2.3', '1.2.3.4.zz', '-1.0.0.0.', '9999999.0.0.0.', '1.99999999999999999.0.0.', '1.2.3.4.5.6'];
    for (const after of ids) {
      const answer = await ask(world, { after });
      expect(answer.status, after).toBe(400);
      expect(ProblemView.parse(await answer.json()).detail).toContain('Last-Event-ID');
    }
  });
});
