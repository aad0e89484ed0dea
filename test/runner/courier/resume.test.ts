import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { RunResult } from '../../../shared/attempt/result.ts';
import { startProgram } from './program.ts';
import { createSetting, logs, signals, until } from './courier-rig.ts';

describe('the courier as a program', () => {
  it('ends after SIGTERM and leaves nothing behind', async () => {
    const setting = await createSetting();
    const { child, ended } = startProgram(setting);
    writeFileSync(join(setting.run, 'log'), 'a line\n');
    setting.writeExit(0);
    await until(async () => (await setting.chunks()).length > 0);

    child.kill('SIGTERM');

    expect(await ended).toBe(0);
    expect(RunResult.parse(await setting.json(`${signals}result.json`))).toMatchObject({ complete: true, lines: 1 });
    expect(readdirSync(setting.state)).toEqual([]);
  });

  it('does not end before, whatever the build left', async () => {
    const setting = await createSetting();
    const { child } = startProgram(setting);
    writeFileSync(join(setting.run, 'log'), 'a line\n');
    setting.writeExit(0);
    await until(async () => (await setting.chunks()).length > 0);
    await systemClock.sleep(600);

    expect(child.exitCode).toBeNull();
    expect(setting.arrivals).not.toContain(`${signals}result.json`);
  });

  it('publishes nothing when it does not know what to mask', async () => {
    const setting = await createSetting();
    const { ended } = startProgram(setting, null);

    expect(await ended).not.toBe(0);
    expect(setting.arrivals).toEqual([]);
  });
});

describe('a courier that died and was started again', () => {
  it.each(['keeps', 'has lost'])('goes on when it %s what it remembered', async (memory) => {
    const setting = await createSetting();
    const log = join(setting.run, 'log');
    const first = startProgram(setting);
    for (let round = 1; round <= 2; round += 1) {
      appendFileSync(log, `round ${round}\n`.repeat(10_000));
      await until(async () => (await setting.chunks()).length >= round);
    }
    first.child.kill('SIGKILL');
    await first.ended;
    const before = await setting.chunks();
    appendFileSync(log, 'after the crash\n'.repeat(100_000));
    if (memory === 'has lost') rmSync(setting.state, { recursive: true });

    const second = startProgram(setting);
    await until(async () => Buffer.concat(await setting.chunks()).includes('after the crash'));
    setting.writeExit(0);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);

    const whole = `${'round 1\n'.repeat(10_000)}${'round 2\n'.repeat(10_000)}${'after the crash\n'.repeat(100_000)}`;
    const result = RunResult.parse(await setting.json(`${signals}result.json`));
    expect(result).toMatchObject({ complete: true, bytes: whole.length, lines: 120_000 });
    expect((await setting.archive()).toString() === whole).toBe(true);
    const after = await setting.chunks();
    expect(Buffer.concat(after.slice(0, result.chunks)).toString() === whole).toBe(true);
    if (memory === 'keeps') {
      expect(after).toHaveLength(result.chunks);
      expect(after.slice(0, before.length)).toEqual(before);
      expect(setting.arrivals.filter((name) => name.endsWith('started.json'))).toHaveLength(1);
      expect(setting.arrivals.filter((name) => name === `${logs}chunk-000001.log`)).toHaveLength(1);
    }
  });
});
