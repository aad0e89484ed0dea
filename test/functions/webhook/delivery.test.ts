import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { encode, decodeRunEvent } from '../../../shared/messages/codec.ts';
import webhookExamples from '@octokit/webhooks-examples';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { askedOf } from '../../../functions/webhook/delivery.ts';
import { YbError } from '../../../shared/errors.ts';
import type { RunRequested } from '../../../shared/messages/messages.ts';
import { newRun } from '../../../shared/run/transitions.ts';
import { noon, sampleSha } from '../../support/sample-run.ts';
import { runIdOfPull } from '../../../shared/run/identity.ts';

const zeros = '0'.repeat(40);

function push(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ref: 'refs/heads/main',
    before: sampleSha(1),
    after: sampleSha(2),
    deleted: false,
    repository: { id: 42, default_branch: 'main', pushed_at: 1_772_366_400 },
    sender: { login: 'mira' },
    head_commit: {
      message: 'Add retry\n\nand more',
      timestamp: '2026-03-01T12:00:00+01:00',
      author: { name: 'Mira', username: 'mira' },
    },
    ...changes,
  };
}

const ask = (event: string, payload: unknown) => askedOf({ event, id: 'd1', payload, repoId: '42', receivedAt: noon });

function runOf(payload: unknown): RunRequested {
  const request = ask('push', payload);
  if (request.type !== 'run') throw new Error(`expected a run, not ${request.type}`);
  return request.request;
}

/** As its reader gets it from the topic. */
function reread(run: RunRequested) {
  const { topic, text } = encode(run);
  return decodeRunEvent(topic, { id: '1', text, attributes: {} });
}

describe('a push', () => {
  it('asks for a run of its commit', () => {
    expect(runOf(push())).toMatchObject({
      repoId: '42',
      ref: 'refs/heads/main',
      before: sampleSha(1),
      sha: sampleSha(2),
      pushedAt: '2026-03-01T12:00:00.000Z',
      trigger: { source: 'push', delivery: 'd1', actor: 'mira' },
      commit: { subject: 'Add retry', author: 'mira', committedAt: '2026-03-01T12:00:00+01:00' },
      defaultBranch: 'main',
    });
  });

  it.each([
    ['a deleted branch', { after: zeros, deleted: true, head_commit: null }, 'the branch or tag was deleted'],
    ['all zeros without the mark', { after: zeros }, 'the branch or tag was deleted'],
    ['a tag', { ref: 'refs/tags/v1' }, 'tags are not tested: their commits are, on a branch'],
    ['a ref of another kind', { ref: 'refs/notes/commits' }, 'only branches are tested'],
  ])('of %s asks for nothing', (_case, changes, reason) => {
    expect(ask('push', push(changes))).toEqual({ type: 'nothing', reason });
  });

  it.each([
    ['a new branch', { before: zeros, created: true }],
    ['no head commit', { head_commit: null }],
    [
      '2,048 commits',
      { commits: Array.from({ length: 2048 }, (_, index) => ({ id: sampleSha(index), message: 'x'.repeat(1000) })) },
    ],
    ['commits named by SHA-256', { before: '1'.repeat(64), after: '2'.repeat(64) }],
    ['a time in ISO 8601', { repository: { id: 42, pushed_at: '2026-03-01T12:00:00Z' } }],
    ['no sender', { sender: null, pusher: { name: 'mira' } }],
  ])('with %s asks for a run', (_case, changes) => {
    expect(runOf(push(changes)).runId).toMatch(/^[a-z2-7]{26}$/);
  });

  it('may have names and texts of any Unicode: what comes out is always a message that can be sent', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 600 });
    fc.assert(
      fc.property(
        anything,
        anything,
        anything,
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
        (message, author, login, branch) => {
          const run = runOf(
            push({
              ref: `refs/heads/${branch}`,
              sender: { login },
              head_commit: { message, timestamp: author, author: { name: author } },
            }),
          );
          expect(run.ref).toBe(`refs/heads/${branch}`);
          expect(reread(run)).toEqual(run);
        },
      ),
    );
  });

  it('told twice, by redelivery or by a second hook, is one run; pushed again later it is another', () => {
    const first = askedOf({ event: 'push', id: 'd1', payload: push(), repoId: '42', receivedAt: noon });
    const again = askedOf({ event: 'push', id: 'd2', payload: push(), repoId: '42', receivedAt: new Date() });
    const runId = (request: ReturnType<typeof ask>) => (request.type === 'run' ? request.request.runId : null);
    expect(runId(again)).toBe(runId(first));
    expect(runOf(push({ repository: { id: 42, pushed_at: 1_772_366_401 } })).runId).not.toBe(runId(first));
  });

  it('of another repository than the hook belongs to is refused', () => {
    expect(() => ask('push', push({ repository: { id: 43, pushed_at: 1 } }))).toThrow(
      'this hook belongs to another repository',
    );
  });

  it.each([[null], ['text'], [{}], [{ ...push(), after: 'HEAD' }], [{ ...push(), repository: {} }]])(
    'that is not one (%j) is refused as unprocessable',
    (payload) => {
      expect(() => ask('push', payload)).toThrow(expect.objectContaining({ code: 'unprocessable' }));
    },
  );
});

describe('other deliveries', () => {
  const sha = 'c'.repeat(40);
  const pull = (repo: unknown, action = 'opened') => ({
    action,
    repository: { id: 42, full_name: 'acme/widgets', private: false, default_branch: 'main' },
    pull_request: {
      number: 7,
      title: 'Add retry to fetcher',
      updated_at: '2026-03-01T12:00:00Z',
      user: { login: 'mallory' },
      head: { sha, repo },
    },
    sender: { login: 'mallory' },
  });

  it.each([
    ['opened', { id: 43 }],
    ['synchronize', { id: 43 }],
    ['reopened', null],
  ])(
    'a pull request of a fork that is %s asks for a run of its commit, the same for every word of it',
    (action, repo) => {
      const asked = ask('pull_request', pull(repo, action));
      const request = {
        runId: runIdOfPull({ repoId: '42', ref: 'refs/pull/7/head', sha }),
        ref: 'refs/pull/7/head',
        sha,
        pushedAt: '2026-03-01T12:00:00.000Z',
        trigger: { source: 'pull-request', actor: 'mallory' },
        commit: { subject: 'Add retry to fetcher', author: 'mallory' },
      };
      expect(asked).toMatchObject({ type: 'run', request });
      if (asked.type === 'run') expect(reread(asked.request)).toEqual(asked.request);
    },
  );

  it.each([
    ['ping', { zen: 'Design for failure.' }, { type: 'ping' }],
    ['pull_request', pull({ id: 42 }), { type: 'nothing', reason: 'the push of its branch is what runs' }],
    ['pull_request', pull({ id: 43 }, 'closed'), { type: 'nothing', reason: 'it brings no commit' }],
    ['pull_request', pull({ id: 43 }, 'labeled'), { type: 'nothing', reason: 'it brings no commit' }],
    ['create', {}, { type: 'nothing', reason: 'events of this kind start nothing' }],
    ['never_heard_of', null, { type: 'nothing', reason: 'events of this kind start nothing' }],
  ])('%s: %j', (event, payload, request) => {
    expect(ask(event, payload)).toEqual(request);
  });
});

const Example = z.object({
  name: z.string(),
  examples: z.array(
    z.looseObject({
      action: z.string().optional(),
      repository: z.looseObject({ id: z.number() }).nullish(),
    }),
  ),
});
const examples = z.array(Example).parse(webhookExamples);

describe("every one of GitHub's example deliveries", () => {
  it.each(examples.map(({ name, examples: payloads }) => [name, payloads] as const))('%s', (name, payloads) => {
    expect(payloads.length).toBeGreaterThan(0);
    for (const payload of payloads) {
      const repoId = String(payload.repository?.id ?? 42);
      const { action } = payload;
      const request = askedOf({ event: name, id: null, payload, repoId, receivedAt: noon });
      if (name === 'ping') expect(request.type).toBe('ping');
      else if (request.type === 'run') expect([name, reread(request.request)]).toEqual(['push', request.request]);
      else expect(request.type).toBe(name === 'repository' && action !== 'created' ? 'look' : 'nothing');
      // The same delivery at the hook of another repository starts nothing there.
      if (name !== 'push' && name !== 'pull_request') continue;
      expect(() => askedOf({ event: name, id: null, payload, repoId: '1', receivedAt: noon })).toThrow(YbError);
    }
  });
});

/** The published description of a payload, as far as it says what may be left out. */
interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

const file = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json');
const Described = z.looseObject({ components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }) });
const { schemas } = Described.parse(JSON.parse(readFileSync(file, 'utf8'))).components;
const resolved = (shape: Shape): Shape =>
  shape.$ref === undefined ? shape : resolved(schemas[shape.$ref.split('/').at(-1) ?? ''] as Shape);

/** The shape itself, and those that it may take. */
const variantsOf = (shape: Shape): readonly Shape[] => {
  const own = resolved(shape);
  return [own, ...[...(own.anyOf ?? []), ...(own.oneOf ?? [])].flatMap(variantsOf)];
};

const isNullable = (shape: Shape): boolean =>
  variantsOf(shape).some(({ nullable, type }) => nullable === true || [type].flat().includes('null'));

/** Where a payload has something that may be missing or null, as paths. */
function looseParts(shape: Shape, payload: unknown, at: readonly string[] = []): (readonly string[])[] {
  const variants = variantsOf(shape);
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.entries(payload).flatMap(([name, value]) => {
    const owner = variants.find(({ properties }) => properties?.[name] !== undefined);
    const own = owner?.properties?.[name];
    if (owner === undefined || own === undefined) return [];
    const path = [...at, name];
    const mayLack = owner.required?.includes(name) !== true || isNullable(own);
    return [...(mayLack ? [path] : []), ...looseParts(own, value, path)];
  });
}

/** The payload without what stands at a path, or with another value there. */
function changedAt(payload: unknown, [name = '', ...rest]: readonly string[], value?: null): unknown {
  const fields = Object.entries(z.looseObject({}).parse(payload));
  return Object.fromEntries(
    fields.flatMap(([key, old]) => {
      if (key !== name) return [[key, old]];
      if (rest.length > 0) return [[key, changedAt(old, rest, value)]];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

describe('a push that lacks what GitHub describes as optional', () => {
  const shape = { $ref: '#/components/schemas/webhook-push' };
  const pushes = examples.find(({ name }) => name === 'push')?.examples ?? [];

  it('is what it says all the same, whichever part is missing or null', () => {
    const tried = { parts: 0 };
    for (const payload of pushes) {
      const repoId = String(payload.repository?.id ?? 0);
      const asked = (changed: unknown) =>
        askedOf({ event: 'push', id: 'd1', payload: changed, repoId, receivedAt: noon }).type;
      for (const path of looseParts(shape, payload)) {
        tried.parts += 1;
        for (const value of [undefined, null] as const) {
          expect([path.join('.'), asked(changedAt(payload, path, value))]).toEqual([path.join('.'), asked(payload)]);
        }
      }
    }
    expect(tried.parts).toBeGreaterThan(100);
  });

  it('keeps its id without a time, and is read by who is told', () => {
    const without = push({ repository: { id: 42, default_branch: 'main', pushed_at: null } });
    const first = runOf(without);
    expect(runOf({ ...without, repository: { id: 42 } }).runId).toBe(first.runId);
    expect(first.runId).not.toBe(runOf(push()).runId);
    expect(reread(first)).toEqual(first);
    expect(first.pushedAt).toBeNull();
    expect(newRun(first, noon).pushedAt).toEqual(noon);
  });
});
