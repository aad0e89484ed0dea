import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hook, type HookSecret, isNewestSeen, liveSecrets, rotated } from '../../../shared/store/hooks.ts';
import { noon } from '../../support/sample-run.ts';

const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000);
const secret = (id: string, at: number): HookSecret => ({
  id,
  sealed: id,
  fingerprint: null,
  createdAt: minutes(at),
  retiresAt: null,
});
const hookWith = (...secrets: HookSecret[]): Hook => ({
  repoId: '42',
  secrets,
  newestSeenAt: null,
  lastPingAt: null,
  createdAt: noon,
});
const hour = 60;
const add = (hook: Hook, added: HookSecret): Hook =>
  Hook.parse({ ...hook, secrets: rotated(hook, added, hour * 60_000) });
const live = (hook: Hook, at: number): string[] =>
  liveSecrets(hook.secrets, { newestSeen: isNewestSeen(hook), now: minutes(at) }).map(({ id }) => id);

describe('the secrets of a hook', () => {
  const before = { ...hookWith(secret('a', 0)), newestSeenAt: minutes(1) };

  it('overlap for an hour, and then the new one counts alone', () => {
    const hook = { ...add(before, secret('b', 10)), newestSeenAt: minutes(11) };
    expect(live(hook, 69)).toEqual(['a', 'b']);
    expect(live(hook, 70)).toEqual(['b']);
    expect(live({ ...add(hook, secret('c', 20)), newestSeenAt: minutes(21) }, 22)).toEqual(['b', 'c']);
  });

  it('count for as long as GitHub was not seen to use the newest', () => {
    const hook = add(before, secret('b', 10));
    expect(live(hook, 10_000)).toEqual(['a', 'b']);
    expect(live({ ...hook, newestSeenAt: minutes(10_000) }, 10_001)).toEqual(['b']);
    // It was the one before that was seen.
    expect(live({ ...hook, newestSeenAt: minutes(9) }, 10_000)).toEqual(['a', 'b']);
  });

  it('are as they were where nobody looked for that yet', () => {
    const { newestSeenAt: _, ...old } = hookWith({ ...secret('a', 0), retiresAt: minutes(70) }, secret('b', 10));
    expect(live(old, 69)).toEqual(['a', 'b']);
    expect(live(old, 70)).toEqual(['b']);
  });

  it('always have the one that GitHub uses among them, however often somebody begins anew', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(pauses, (all) => {
        let hook: Hook = before;
        let at = 10;
        for (const [index, pause] of all.entries()) {
          hook = add(hook, secret(`new ${index}`, at));
          at += pause;
          expect(live(hook, at)).toContain('a');
          expect(live(hook, at)).toContain(`new ${index}`);
        }
        const used = { ...hook, newestSeenAt: minutes(at) };
        expect(live(used, at + hour)).toEqual([`new ${all.length - 1}`]);
      }),
    );
  });
});
