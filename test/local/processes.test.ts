import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ManagedProcess, type ProcessOptions, createTail, startProcess } from '../../local/processes.ts';
import { alive } from '../support/alive.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function shell(script: string, more: Partial<ProcessOptions> = {}): Promise<ManagedProcess> {
  const program = await startProcess({
    command: 'sh',
    args: ['-c', script],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    ...more,
  });
  onTestFinished(() => {
    program.signal('SIGKILL');
  });
  return program;
}

describe('a started process', () => {
  it('says how it ended', async () => {
    const [left, killed] = await Promise.all([shell('exit 7'), shell('kill -9 $$')]);

    expect(await left.exited).toEqual({ code: 7, signal: null });
    expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('has the given environment and nothing else', async () => {
    const tail = createTail();
    const program = await shell('env', { env: { PATH: '/usr/bin:/bin', ONE: '1' }, output: tail.add });
    await program.exited;

    const names = () =>
      tail
        .text()
        .split('\n')
        .map((line) => line.split('=')[0])
        .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name ?? ''));
    await expect.poll(() => new Set(names())).toEqual(new Set(['ONE', 'PATH']));
  });

  it('puts its output at the end of a file', async () => {
    const file = join(temporaryFolder(), 'log');
    await (
      await shell('echo one; echo two >&2', { output: { file } })
    ).exited;
    await (
      await shell('echo three', { output: { file } })
    ).exited;

    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  it('gets SIGTERM and may end in its own way', async () => {
    const tail = createTail();
    const program = await shell("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done", { output: tail.add });
    await expect.poll(tail.text).toBe('ready');

    expect(await program.stop({ graceMilliseconds: 10_000 })).toEqual({ code: 3, signal: null });
  });

  it('is killed after its grace', async () => {
    const tail = createTail();
    const program = await shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", { output: tail.add });
    await expect.poll(tail.text).toBe('ready');

    expect(await program.stop({ graceMilliseconds: 100 })).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('takes what it started with it', async () => {
    const tail = createTail();
    const program = await shell('sleep 1000 & echo $!; wait', { output: tail.add });
    await expect.poll(tail.text).toMatch(/^\d+$/);
    const child = Number(tail.text());
    expect(alive(child)).toBe(true);

    await program.stop({ graceMilliseconds: 5000 });

    await expect.poll(() => alive(child)).toBe(false);
  });

  it('may be stopped after its end', async () => {
    const program = await shell('exit 0');
    await program.exited;

    expect(await program.stop({ graceMilliseconds: 10 })).toEqual({ code: 0, signal: null });
  });

  it('is an error of ours if there is no such program', async () => {
    await expect(startProcess({ command: '/does/not/exist', args: [], env: {} })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('the tail of an output', () => {
  it('keeps the end and no more', () => {
    const tail = createTail(4);
    for (const piece of ['ab', 'cd', 'ef']) tail.add(Buffer.from(piece));

    expect(tail.text()).toBe('cdef');
  });
});
