import { describe, expect, it } from 'vitest';
import { isOwnedByRun, isOwnedByVolume } from '../../functions/watcher/orphans.ts';
import { cleaningStarted } from '../../shared/volume/cleaning.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { noon, sampleRequest, sampleRun, sampleRunId, sampleVolume, workingRun } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const minute = 60_000;

async function setUp() {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', 2);
  /** A Job beside those of the functions, like that of a run that is there. */
  const stray = async (name: string, changes: object = {}): Promise<void> => {
    const [own] = plane.cluster.orders.values();
    if (own?.kind !== 'attempt') throw new Error('no Job of an attempt');
    plane.foreign.add(name);
    await plane.cluster.createJob({ ...own, name, run: { ...own.run, ...changes } });
  };
  const isEnding = (name: string) => plane.cluster.jobs.get(name)?.activeDeadlineSeconds === 1;
  return { ...plane, stray, isEnding };
}

describe('a Job that nobody owns', () => {
  it('is told to end, and no other', async () => {
    const here = await setUp();
    await here.handle(sampleRequest());
    await here.drain();
    const own = (await here.run(sampleRunId(1))).job?.name ?? '';
    await here.stray('run-nobody-1', { id: 'a'.repeat(26) });
    await here.stray('run-of-before-3', { attempt: 3 });
    await here.ticks(26);
    expect(['run-nobody-1', 'run-of-before-3', own].map(here.isEnding)).toEqual([true, true, false]);
  });

  it('is left alone as long as somebody may be about to write down that it is theirs', async () => {
    const here = await setUp();
    await here.handle(sampleRequest());
    await here.stray('run-nobody-1', { id: 'a'.repeat(26) });
    await here.ticks(14);
    expect(here.isEnding('run-nobody-1')).toBe(false);
  });

  it('is asked for every ten minutes, at the cost of a read for each that goes on, and keeps nothing else waiting', async () => {
    const here = await setUp();
    const asked = () => here.cluster.calls.get('workingJobs') ?? 0;
    await here.ticks(30);
    expect(asked()).toBe(3);
  });

  it('stays where it cannot be found out whose it is', async () => {
    const here = await setUp();
    await here.handle(sampleRequest());
    await here.documents.commit([
      { type: 'create', path: `runs/${'b'.repeat(26)}`, fields: { state: 'of the future' } },
    ]);
    await here.stray('run-unreadable-1', { id: 'b'.repeat(26) });
    await here.stray('run-nobody-1', { id: 'a'.repeat(26) });
    // The rules cannot be asked where a run cannot be read.
    for (let passed = 0; passed < 26; passed += 1) {
      here.clock.advance(minute);
      await here.handle({ v: 1, type: 'tick' });
    }
    expect(['run-unreadable-1', 'run-nobody-1'].map(here.isEnding)).toEqual([false, true]);
  });
});

describe('whose a Job is', () => {
  const name = `run-${sampleRunId(1)}-1`;
  const now = new Date(noon.getTime() + 60 * minute);
  it.each([
    ['of a run that is at it', workingRun(), 1, true],
    ['of another attempt of it', workingRun(), 2, false],
    ['of a run that waits for its next attempt', sampleRun({ attempt: 2 }), 1, false],
    ['of nobody', null, 1, false],
    ['of a run that was decided a moment ago', workingRun({ state: 'finished', finishedAt: now }), 1, true],
    ['of a run that was decided an hour ago', workingRun({ state: 'finished', finishedAt: noon }), 1, false],
  ])('%s', (_, run, attempt, owned) => {
    expect(isOwnedByRun({ name, attempt }, run, now)).toBe(owned);
  });

  it('is that of a volume that it cleans now', () => {
    const aside = { reason: 'x', since: null, dueAt: noon, tries: 0, problem: null, job: null, replaces: null };
    const volume = cleaningStarted(sampleVolume({ state: 'quarantined', cleaning: aside }), {
      repoId: '42',
      at: noon,
      replaces: null,
    });
    expect(isOwnedByVolume({ name: volume.cleaning?.job?.name ?? '' }, volume)).toBe(true);
    expect(isOwnedByVolume({ name: 'another' }, volume)).toBe(false);
    expect(isOwnedByVolume({ name: 'another' }, sampleVolume())).toBe(false);
    expect(isOwnedByVolume({ name: 'another' }, null)).toBe(false);
  });
});
