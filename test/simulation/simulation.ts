import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { newHookCheck } from '../../shared/store/hook-checks.ts';
import { hookPath, hookSecretPlace } from '../../shared/store/hooks.ts';
import { secretPath, secretPlace } from '../../shared/store/repository-secrets.ts';
import { registerSample } from '../support/sample-repository.ts';
import { noon } from '../support/sample-run.ts';
import type { MemoryDocuments } from '../world/documents.ts';
import { createWorld, type World } from '../world/installation.ts';
import { createCalls, type Fates } from './calls.ts';
import { createDraw, type Draw } from './draw.ts';
import { createFaults } from './faults.ts';
import { type Actor, createGates, type Waiting } from './gates.ts';
import { createInstances } from './instances.ts';
import { createJudge } from './judge.ts';
import { createMachine } from './machine.ts';
import { createMail, type Mail } from './mail.ts';
import { createPeople } from './people.ts';
import { createStory, foreignSha, hookSecret, places, repositoryOf, type Story } from './story.ts';

const minute = 60_000;
/** Faults end with the story; some time later everything is at rest. */
const storyLength = 40 * minute;
const untilRest = 8 * 60 * minute;
const lateWord = 3 * minute;
/** Far more than any story takes: one that does not end is a finding too. */
const mostSteps = 60_000;
/** So often it is looked whether every handler waits for something outside: for some seconds. */
const mostTurns = 10_000;

export interface SimulationOptions {
  readonly seed: number;
  /** Numbers of faults that do not happen. */
  readonly without?: ReadonlySet<number>;
  /** Writes down what happens. */
  readonly traced?: boolean;
  /** Breaks off in its midst, as an upgrade does. */
  readonly breakOff?: { readonly afterMinutes: number; leave(world: World<MemoryDocuments>, mail: Mail): void };
}

export interface SimulationResult {
  readonly seed: number;
  /** What broke a rule, each with the rule's name before it. */
  readonly violations: readonly string[];
  /** What happened, one line each, oldest first. */
  readonly trace: readonly string[];
  /** Numbers of the faults that happened. */
  readonly faults: readonly number[];
  /** How often each call had each fate. */
  readonly fates: ReadonlyMap<string, Fates>;
}

/**
 * One story, drawn from its seed: people, machines and an unreliable world around the real functions. At each step one thing
 * happens, whatever is waiting; after each the rules must hold, and at its end everything must come to rest.
 */
export async function simulate({
  seed,
  without = new Set(),
  traced = false,
  breakOff,
}: SimulationOptions): Promise<SimulationResult> {
  const draw = createDraw(seed);
  const world = worldOf(draw);
  const now = (): number => world.clock.now().getTime();
  const begin = now();
  const end = begin + storyLength;
  const calm = (): boolean => now() >= end;
  const trace: string[] = [];
  const say = (who: string, what: string): void => {
    if (traced) trace.push(`${((now() - begin) / 1000).toFixed(1).padStart(7)}  ${who.padEnd(13)} ${what}`);
  };
  const story = createStory(draw, (place) => repositoryOf(world, place.id).fullName);
  const mail = createMail({ draw, now, calm, aside: world.deadLetters.put });
  const gates = createGates({ traced });
  const instances = createInstances({ world: around(world, { mail, story }), gates, draw });
  const faults = createFaults({ draw, from: begin, until: end, without });
  for (const trouble of faults.troubles) say('trouble', trouble);
  const judge = createJudge(world, { ...faults, calmSince: end });
  const people = createPeople({ instances, mail, judge, world, say });
  const machine = createMachine({ world, draw, calm, tell: people.publish });
  const calls = createCalls({ gates, faults, instances, judge, draw, now, say });
  const next = { deed: begin, tick: begin + minute, word: 0 };
  await setUp(world);

  const deliver = (): boolean => {
    const letter = mail.take(now());
    if (letter === undefined) return false;
    const { topic, text } = letter.message;
    const actor = instances.deliver(letter, (acknowledged) => {
      if (acknowledged) {
        judge.heard(letter.message);
        mail.acknowledged(letter);
      } else mail.refused(letter);
    });
    say(actor.name, `is given ${topic} ${text.slice(0, 140)}`);
    return true;
  };
  const machineActs = (): boolean => {
    const what = machine.act(now());
    if (what === null) return false;
    say('cluster', what);
    calls.note();
    return true;
  };
  const tick = (): boolean => {
    if (next.tick > now()) return false;
    next.tick += minute;
    people.publish({ v: 1, type: 'tick' });
    return true;
  };
  const deed = async (): Promise<boolean> => {
    if (people.redeliver()) return true;
    // Of some repositories word gets out only long after all is over, and of others never.
    if (now() > end + lateWord && next.word < places.length) {
      const place = places[next.word];
      next.word += 1;
      if (place !== undefined && draw.chance(0.8)) people.tellOf(place);
      return true;
    }
    if (calm() || next.deed > now()) return false;
    next.deed = now() + draw.below(4 * minute);
    await people.act(story.next(world.clock.now(), judge.runIds()));
    return true;
  };
  /** Moves the clock to where something happens next. */
  const advance = (): void => {
    const times = [
      next.tick,
      ...(calm() ? [] : [next.deed]),
      ...(next.word < places.length ? [Math.max(now() + 1, end + lateWord + 1)] : []),
      ...mail.letters.map(({ due }) => due),
      ...gates.waiting.flatMap(({ until }) => (until === null ? [] : [until])),
      calls.nextLate(),
      machine.next() ?? Number.POSITIVE_INFINITY,
    ];
    world.clock.advance(Math.max(1, Math.min(...times) - now()));
  };
  const isQuiet = (): boolean =>
    calm() &&
    next.word === places.length &&
    (!people.isWaiting() || now() > end + untilRest) &&
    instances.actors.length === 0 &&
    calls.nextLate() === Number.POSITIVE_INFINITY &&
    mail.letters.length === 0;
  const result = (violations: readonly string[]): SimulationResult => {
    return { seed, violations, trace, faults: calls.happened, fates: calls.fates };
  };

  const acts = [deliver, calls.release, calls.release, machineActs, tick, deed, calls.catchUp];
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const first = draw.below(acts.length);
    const minuteBefore = next.tick;
    let did = false;
    for (let index = 0; index < acts.length && !did; index += 1) {
      did = (await acts[(first + index) % acts.length]?.()) ?? false;
    }
    if (!did) advance();
    else if (!calm() && draw.chance(0.03)) world.clock.advance(draw.below(3000));
    await settled(gates.waiting, instances.actors);
    if (breakOff !== undefined && now() >= begin + breakOff.afterMinutes * minute) {
      breakOff.leave(world, mail);
      return result([]);
    }
    const isMinute = next.tick !== minuteBefore;
    const broken = [...(calls.changed() ? judge.after() : []), ...(isMinute ? judge.late() : [])];
    if (broken.length > 0) return result(broken);
    if (isQuiet() && !did) {
      const unrest = judge.unrest();
      if (unrest.length === 0) return result(judge.atRest());
      if (now() > end + untilRest) return result(unrest.map((what) => `rest: ${what}`));
    }
  }
  return result([`rest: it does not end in ${mostSteps} steps`]);
}

function worldOf(draw: Draw): World<MemoryDocuments> {
  const world = createWorld<MemoryDocuments>({
    random: { bytes: (count) => draw.bytes(count) },
    repositories: places.map(({ id, fullName, customer }) => ({
      id,
      fullName,
      private: true,
      ownerId: customer,
      branches: ['main', 'side'],
      roles: { admin: 'admin', writer: 'writer', reader: 'reader' },
    })),
  });
  world.github.elsewhere.add(foreignSha);
  for (const { id } of places) world.github.installations.add(id);
  return world;
}

/** The world as the functions see it. */
function around(world: World<MemoryDocuments>, { mail, story }: { readonly mail: Mail; readonly story: Story }): World {
  return {
    ...world,
    publisher: { ...world.publisher, publish: mail.publish },
    github: {
      ...world.github,
      async resolveRef(_token, fullName, ref) {
        await Promise.resolve();
        const known = world.github.repositories_.find((one) => one.fullName === fullName);
        const sha = story.head(known?.id ?? '', ref);
        return sha === null ? null : { ref, sha, commit: { subject: 'Tip', author: 'mira', committedAt: null } };
      },
    },
    log: { info: ignore, warn: ignore, error: ignore },
    // What is signed is held by other tests; here it would cost more time than everything else.
    signer: { clientEmail: 'signer@example.com', sign: async () => await Promise.resolve('c2lnbmVk') },
  };
}

function ignore(): void {
  // The trace says what happens.
}

/**
 * Until every handling that goes on waits for something outside, so that what happens does not depend on this machine. Handlings of
 * one instance may wait for a call that another of them makes.
 */
async function settled(waiting: readonly Waiting[], actors: readonly Actor[]): Promise<void> {
  await turn();
  for (let turns = 0; turns < mostTurns; turns += 1) {
    if (actors.every((actor) => actor.over || waiting.some((one) => one.actor.instance === actor.instance))) return;
    // What is compressed is so in another thread, which takes its time.
    await (turns < 100 ? turn() : pause(1));
  }
  throw new Error(
    `a handler waits for something that is not outside: ${actors
      .filter((a) => !a.over)
      .map(({ name }) => name)
      .join(' ')}`,
  );
}

async function setUp(world: World): Promise<void> {
  for (const { id, fullName, customer, hookKey, app } of places) {
    const credential = app ? { credential: { kind: 'app', addedAt: noon, addedBy: 'admin' } as const } : {};
    await registerSample(world, { id, fullName, customer, hookKey, volumes: 2, ...credential });
    const sealed = await world.keys.hooks.seal(hookSecretPlace(hookKey, 'first'), hookSecret);
    const secret = { id: 'first', fingerprint: null, sealed, createdAt: noon, retiresAt: null };
    const value = await world.keys.credentials.seal(secretPlace(id, 'KEY'), 'a secret of its builds');
    const own = { name: 'KEY', sealed: value, updatedAt: noon, updatedBy: 'admin' };
    await world.documents.commit([
      newHookCheck(id, noon),
      { type: 'create', path: secretPath(id, 'KEY'), fields: own },
    ]);
    const fields = { repoId: id, secrets: [secret], lastPingAt: null, createdAt: noon };
    await world.hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields }]);
  }
}
