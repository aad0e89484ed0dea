import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RunDetails } from '../../shared/api/schemas.ts';
import { createDraw } from '../simulation/draw.ts';
import { createMachine } from '../simulation/machine.ts';
import { createMemoryDocuments, type MemoryDocuments } from '../world/documents.ts';
import { createInstallation, wireForm } from '../world/installation.ts';
import type { Published } from '../world/publisher.ts';
import { LeftBehind, ringsOf, unplain } from './left-behind.ts';

const folder = join(import.meta.dirname, 'left');
const files = await readdir(folder);
const minute = 60_000;
/** In minutes: until all is over, and until all is told. */
const longest = 24 * 60;
const settling = 10;

async function fill(documents: MemoryDocuments, all: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, value] of Object.entries(all)) {
    const fields = z.record(z.string(), z.unknown()).parse(unplain(value));
    await documents.commit([{ type: 'create', path, fields }]);
  }
}

/** This version's functions over what another left behind. Its Jobs are gone with the cluster; all else goes on where it was. */
async function takeOver(file: string) {
  const left = LeftBehind.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  const installation = createInstallation({
    documents: createMemoryDocuments(),
    rings: ringsOf(left),
    repositories: left.repositories,
  });
  const { clock, documents, hookDocuments, objects, github } = installation;
  clock.advance(Date.parse(left.at) - clock.now().getTime());
  await fill(documents, left.documents);
  await fill(hookDocuments, left.hookDocuments);
  for (const [name, content] of Object.entries(left.objects)) objects.put(name, Buffer.from(content, 'latin1'));
  for (const id of left.installations) github.installations.add(id);

  const told: Published[] = [];
  const machine = createMachine({
    world: installation,
    draw: createDraw(1),
    calm: () => true,
    tell: (message) => void told.push(wireForm(message)),
  });
  const deliver = async (messages: readonly Published[]): Promise<void> => {
    for (const message of messages) await installation.deliver(message);
    await installation.drain();
  };
  const pass = async (): Promise<void> => {
    clock.advance(minute);
    while (machine.act(clock.now().getTime()) !== null) await deliver(told.splice(0));
    await installation.handle({ v: 1, type: 'tick' });
    await installation.drain();
  };
  return { left, installation, deliver, pass };
}

const Told = z.looseObject({ state: z.string() });

/** Every run's document with the state that it is in. */
function statesOf(documents: MemoryDocuments): ReadonlyMap<string, string> {
  const paths = documents.paths().filter((path) => /^runs\/[^/]+$/.test(path));
  return new Map(paths.map((path) => [path, Told.parse(documents.all().get(path)?.data).state]));
}

function unfinished(documents: MemoryDocuments): string[] {
  const isOver = (state: string): boolean => state === 'finished' || state === 'set-aside';
  return [...statesOf(documents)].flatMap(([path, state]) => (isOver(state) ? [] : [path]));
}

describe.each(files)('what a version before left behind: %s', (file) => {
  it('is carried on by this one to its end, and read by its API', async () => {
    const { left, installation, deliver, pass } = await takeOver(file);
    const { documents, lines, functions, github } = installation;
    const ask = async (path: string, method = 'GET') =>
      await functions.dashboard.request(`/api/v1/${path}`, { method, headers: { authorization: 'Bearer admin' } });
    const open = unfinished(documents);
    expect(open).not.toEqual([]);
    const aside = [...statesOf(documents)].filter(([, state]) => state === 'set-aside');

    for (const [path, state] of statesOf(documents)) {
      if (state === 'awaiting-approval') expect((await ask(`${path}/approve`, 'POST')).status).toBe(202);
    }
    await deliver(left.messages);
    for (let minutes = 0; minutes < longest && unfinished(documents).length > 0; minutes += 1) await pass();
    for (let more = 0; more < settling; more += 1) await pass();

    expect(unfinished(documents)).toEqual([]);
    expect(lines.lines().filter((line) => line['ok'] === false)).toEqual([]);
    expect([...statesOf(documents)].filter(([, state]) => state === 'set-aside')).toEqual(aside);
    for (const [path, state] of statesOf(documents)) {
      if (state !== 'finished') continue;
      const answer = await ask(path);
      expect(answer.status, path).toBe(200);
      const run = RunDetails.parse(await answer.json());
      // Others may have been told before, or stand behind a newer run of their commit.
      const [shown] = github.statuses.get(run.sha) ?? [];
      if (open.includes(path)) expect(shown?.state, path).toMatch(/^(?:success|failure|error)$/);
    }
    for (const { fullName } of github.repositories_) {
      for (const part of ['', '/runs', '/settings', '/secrets', '/audit', '/targets']) {
        const { status } = await ask(`repos/${fullName}${part}`);
        expect(status, `${fullName}${part}`).toBe(200);
      }
    }
    expect(lines.lines().filter((line) => line['ok'] === false)).toEqual([]);
  });
});
