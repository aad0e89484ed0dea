import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerState, core, outcomeOf, scriptJob, startLocalCluster } from '../../support/local-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { claim, diaryVolume, patience } from './diary.ts';

describe("a container's world", () => {
  it('has real folders in place of the paths in its command and environment, and nothing else of ours', async () => {
    const folder = temporaryFolder();
    const app = join(folder, 'app');
    mkdirSync(join(app, 'bin'), { recursive: true });
    writeFileSync(
      join(app, 'hello.sh'),
      'cp "$IN/$1" "$OUT/copy"; env >"$OUT/env"; pwd >"$OUT/pwd"; tool >"$OUT/tool"\n',
    );
    writeFileSync(join(app, 'bin', 'tool'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    const cluster = await startLocalCluster({
      folder,
      images: { tools: { mounts: { '/app': app }, path: [join(app, 'bin')], env: { IMAGE: 'tools' } } },
    });
    await cluster.create('persistentvolumeclaims', claim);
    await cluster.create('secrets', { metadata: { name: 'keys' }, stringData: { 'a.json': '{"a":1}', b: 'unused' } });
    const job = scriptJob('world', { main: { run: '' } });
    Object.assign(job, {
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              {
                name: 'build',
                image: 'tools',
                command: ['sh', '/app/hello.sh'],
                args: ['a.json'],
                env: [
                  { name: 'IN', value: '/run/secrets/keys' },
                  { name: 'OUT', value: '/vol/sub' },
                  { name: 'PLAIN', value: '/volume/is/no/mount' },
                ],
                volumeMounts: [
                  { name: 'keys', mountPath: '/run/secrets/keys', readOnly: true },
                  { name: 'diary', mountPath: '/vol', subPath: 'part' },
                  { name: 'sub', mountPath: '/vol/sub' },
                ],
              },
            ],
            volumes: [
              diaryVolume,
              { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'a.json', path: 'a.json' }] } },
              { name: 'sub', persistentVolumeClaim: { claimName: 'diary' } },
            ],
          },
        },
      },
    });

    expect((await cluster.create('jobs', job)).status).toBe(201);
    expect(outcomeOf(await cluster.finished('world'))?.type).toBe('Complete');

    const volume = join(cluster.stateDir, 'volumes', 'diary');
    expect(readdirSync(volume).toSorted()).toEqual(['copy', 'env', 'part', 'pwd', 'tool']);
    expect(readFileSync(join(volume, 'copy'), 'utf8')).toBe('{"a":1}');
    expect(readFileSync(join(volume, 'tool'), 'utf8')).toBe('mine\n');
    const variables = Object.fromEntries(
      readFileSync(join(volume, 'env'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s)),
    ) as Record<string, string>;
    expect(variables).toMatchObject({ IMAGE: 'tools', PLAIN: '/volume/is/no/mount', OUT: volume });
    expect(variables['HOME']).toContain(join('kubernetes', 'pods'));
    expect(
      Object.keys(variables)
        .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))
        .toSorted(),
    ).toEqual(['HOME', 'IMAGE', 'IN', 'OUT', 'PATH', 'PLAIN', 'YB_POD_CONTAINER', 'YB_POD_UID'].toSorted());
    // What belonged to the Pod alone went with it, the Secret's files above all.
    expect(existsSync(variables['IN'] ?? '')).toBe(false);
  });

  it('keeps the last words of a container, its exit code, and the signal that ended it', async () => {
    const cluster = await startLocalCluster();
    const script = (run: string) => ({ run, env: { WORDS: '/dev/termination-log' } });
    await cluster.create('jobs', scriptJob('words', { main: script('printf \'{"code":83}\' >$WORDS; exit 83') }));
    await cluster.create('jobs', scriptJob('long', { main: script('yes x | head -c 10000 >$WORDS; exit 1') }));
    await cluster.create('jobs', scriptJob('link', { main: script('ln -sf /etc/passwd $WORDS; exit 1') }));
    await cluster.create('jobs', scriptJob('killed', { main: script('kill -9 $$') }));
    await Promise.all(['words', 'long', 'link', 'killed'].map(async (name) => await cluster.finished(name)));
    const state = async (name: string) => containerState(await cluster.pod(name), 'build')['terminated'];

    expect(await state('words')).toMatchObject({ exitCode: 83, reason: 'Error', message: '{"code":83}' });
    expect(await state('long')).toMatchObject({ exitCode: 1, message: 'x\n'.repeat(2048) });
    expect(await state('link')).not.toHaveProperty('message');
    expect(await state('killed')).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  it('keeps what a container printed, for a while', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('jobs', scriptJob('talk', { main: { run: 'echo out; echo err >&2' } }));
    await cluster.finished('talk');
    const pod = await cluster.pod('talk');

    await expect
      .poll(async () => (await cluster.send('GET', `${core}/pods/${pod?.metadata.name ?? ''}/log`)).body, patience)
      .toBe('out\nerr');
  });
});
