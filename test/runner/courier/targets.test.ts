import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { TargetsFile } from '../../../shared/attempt/result.ts';
import { failedTest, finished, started } from './events.ts';
import { createSetting, logs, until, type Setting } from './courier-rig.ts';

const secret = 'correct-horse-battery';

async function targetsOf(setting: Setting, name = 'targets.json'): Promise<TargetsFile> {
  return TargetsFile.parse(await setting.json(`${logs}${name}`));
}

function leave(setting: Setting, path: string, text: string): void {
  const file = join(setting.run, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

describe('results of tests', () => {
  it('are known while the build runs, each change once', async () => {
    const setting = await createSetting();
    const events = join(setting.run, 'bep.ndjson');
    const courier = setting.start();
    writeFileSync(events, `${[started(), ...failedTest('//a:one', { status: 'PASSED' }).lines].join('\n')}\n`);
    await until(() => setting.arrivals.includes(`${logs}targets-000001.json`));
    const half = failedTest('//a:two').lines.join('\n');
    appendFileSync(events, half.slice(0, 40));
    await systemClock.sleep(40);
    appendFileSync(events, `${half.slice(40)}\n`);
    await until(() => setting.arrivals.includes(`${logs}targets-000002.json`));
    appendFileSync(events, `${finished().join('\n')}\n`);
    setting.writeExit(3);

    const result = await courier.stop();

    expect((await targetsOf(setting, 'targets-000001.json')).targets).toMatchObject([
      { label: '//a:one', status: 'PASSED' },
    ]);
    expect((await targetsOf(setting, 'targets-000002.json')).targets).toMatchObject([
      { label: '//a:two', status: 'FAILED' },
    ]);
    expect((await targetsOf(setting)).targets.map(({ label }) => label)).toEqual(['//a:one', '//a:two']);
    expect(result).toMatchObject({
      events: { complete: true, exitCode: 3 },
      counts: { tests: 2, passed: 1, failed: 1 },
      failed: [{ label: '//a:two', status: 'FAILED' }],
    });
  });

  it('come with the log and the cases of what failed, masked, and say where these are', async () => {
    const setting = await createSetting();
    const { lines, files } = failedTest('//app:fails');
    const passed = failedTest('//app:passes', { status: 'PASSED' });
    writeFileSync(
      join(setting.run, 'bep.ndjson'),
      `${[started(), ...lines, ...passed.lines, ...finished()].join('\n')}\n`,
    );
    for (const file of [...files, ...passed.files]) leave(setting, `testlogs/${file}`, `of ${file}: ${secret}`);
    setting.writeExit(3);

    await setting.start({ secrets: [secret] }).stop();

    const { targets } = await targetsOf(setting);
    expect(targets).toMatchObject([
      {
        label: '//app:fails',
        log: 'tests/1/test.log',
        details: [{ log: 'tests/1/test.log', xml: 'tests/1/test.xml' }],
      },
      { label: '//app:passes', log: null, details: [{ log: null, xml: null }] },
    ]);
    expect((await setting.read(`${logs}tests/1/test.log`))?.toString()).toBe('of app/fails/test.log: ***');
    expect((await setting.read(`${logs}tests/1/test.xml`))?.toString()).toBe('of app/fails/test.xml: ***');
    expect(setting.arrivals.filter((name) => name.includes('/tests/'))).toHaveLength(2);
  });

  it('end with the last megabytes of a huge test log', async () => {
    const setting = await createSetting();
    const { lines, files } = failedTest('//app:fails');
    writeFileSync(join(setting.run, 'bep.ndjson'), `${lines.join('\n')}\n`);
    leave(
      setting,
      `testlogs/${files[0] ?? ''}`,
      `${'x'.repeat(2_000_000)}\n${'y'.repeat(4_194_000)}${secret}\nthe end`,
    );
    setting.writeExit(3);
    await setting.start({ secrets: [secret] }).stop();

    const log = await setting.read(`${logs}tests/1/test.log`);
    expect(log?.length).toBeGreaterThan(4_000_000);
    expect(log?.length).toBeLessThan(4 * 1024 * 1024);
    expect(log?.toString().endsWith('y***\nthe end')).toBe(true);
  });

  it('show nothing of a secret at which a huge test log is cut off', async () => {
    const setting = await createSetting();
    const { lines, files } = failedTest('//app:fails');
    writeFileSync(join(setting.run, 'bep.ndjson'), `${lines.join('\n')}\n`);
    const end = '\nthe end'.padEnd(4 * 1024 * 1024 - secret.length / 2, '.');
    leave(setting, `testlogs/${files[0] ?? ''}`, `${secret}${end}`);
    setting.writeExit(3);
    await setting.start({ secrets: [secret] }).stop();

    const log = (await setting.read(`${logs}tests/1/test.log`))?.toString();
    expect(log?.startsWith('the end')).toBe(true);
  });

  it('are those of the last try when Bazel was called again', async () => {
    const setting = await createSetting();
    const events = join(setting.run, 'bep.ndjson');
    writeFileSync(events, `${[started('u-1'), ...failedTest('//a:one').lines].join('\n')}\n{"id":{"testRes`);
    const courier = setting.start();
    await until(() => setting.arrivals.includes(`${logs}targets-000001.json`));
    rmSync(events);
    const again = [started('u-2'), ...failedTest('//a:one', { status: 'PASSED' }).lines, ...finished(0)];
    writeFileSync(events, `${again.join('\n')}\n`);
    setting.writeExit(0);

    const result = await courier.stop();

    expect(result).toMatchObject({ counts: { tests: 1, passed: 1, failed: 0 }, events: { complete: true } });
  });

  it.each([
    ['is shorter', 1],
    ['has grown beyond it before anybody looks', 60],
  ])('begin anew where a wrapper runs Bazel twice into one file, and the second %s', async (_, tests) => {
    const setting = await createSetting();
    const events = join(setting.run, 'bep.ndjson');
    const first = [started('first'), ...failedTest('//a:one').lines, ...failedTest('//a:two').lines, ...finished()];
    writeFileSync(events, `${first.join('\n')}\n`);
    const courier = setting.start();
    await until(() => setting.arrivals.includes(`${logs}targets-000001.json`));
    const labels = Array.from({ length: tests }, (__, index) => `//b:t${String(index).padStart(2, '0')}`);
    const passed = labels.flatMap((label) => failedTest(label, { status: 'PASSED' }).lines);
    // Opened with O_TRUNC, as Bazel does: the same file, from its beginning on. NUL bytes are what a writer leaves that did not notice.
    writeFileSync(events, `${[started('second'), ...passed, '\0\0\0', ...finished(0)].join('\n')}\n`);
    setting.writeExit(0);

    const result = await courier.stop();

    expect((await targetsOf(setting)).targets.map(({ label }) => label)).toEqual(labels);
    expect(result).toMatchObject({ events: { complete: true, exitCode: 0 }, failed: [], counts: { tests } });
  });

  it('mask what stands in labels and messages, and take over what failing actions said', async () => {
    const setting = await createSetting();
    const uri = 'file:///vol/ob/execroot/_main/bazel-out/_tmp/actions/stderr-3';
    const event = {
      id: { actionCompleted: { primaryOutput: 'x', label: `//a:${secret}`, configuration: { id: 'c' } } },
      action: { exitCode: 1, stderr: { name: 'stderr', uri }, label: `//a:${secret}`, type: 'CppCompile' },
    };
    writeFileSync(join(setting.run, 'bep.ndjson'), `${started()}\n${JSON.stringify(event)}\n`);
    leave(setting, 'actions/stderr-3', `main.cc:3: error: ${secret}\n`);
    setting.writeExit(1);
    await setting.start({ secrets: [secret] }).stop();

    const { failures } = await targetsOf(setting);
    expect(failures).toMatchObject([{ label: '//a:***', type: 'CppCompile', message: 'main.cc:3: error: ***' }]);
  });
});
