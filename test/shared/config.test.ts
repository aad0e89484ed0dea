import { describe, expect, it } from 'vitest';
import { jobSettings } from '../../functions/scheduler/job-settings.ts';
import { dashboardVariables } from '../../functions/dashboard/settings.ts';
import { schedulerVariables } from '../../functions/scheduler/settings.ts';
import { watcherVariables } from '../../functions/watcher/settings.ts';
import { webhookVariables } from '../../functions/webhook/settings.ts';
import { readSettings } from '../../shared/config.ts';

const kmsKey = 'projects/p/locations/l/keyRings/r/cryptoKeys/k';

describe('settings', () => {
  it.each([
    ['webhook', webhookVariables, ['YB_PROJECT', 'YB_KMS_KEY_HOOKS']],
    [
      'scheduler',
      schedulerVariables,
      ['YB_PROJECT', 'YB_LOG_BUCKET', 'YB_KMS_KEY_CREDENTIALS', 'YB_RUNNER_IMAGE', 'YB_BUILD_IMAGE'],
    ],
    ['watcher', watcherVariables, ['YB_PROJECT', 'YB_LOG_BUCKET', 'YB_KMS_KEY_CREDENTIALS', 'YB_DASHBOARD_URL']],
    ['dashboard', dashboardVariables, ['YB_PROJECT', 'YB_KEYS_SESSIONS', 'YB_GITHUB_CLIENT_ID', 'YB_WEBHOOK_URL']],
  ])('of the %s name everything that is missing in one message', (_name, schema, names) => {
    for (const name of names) expect(() => readSettings(schema, {})).toThrow(name);
  });

  it('take an empty variable for a missing one and never show a value', () => {
    const secret = 'projects/p/not-a-key';
    expect(() => readSettings(webhookVariables, { YB_PROJECT: '', YB_KMS_KEY_HOOKS: secret })).toThrow(/YB_PROJECT/);
    expect(() => readSettings(webhookVariables, { YB_PROJECT: 'p', YB_KMS_KEY_HOOKS: secret })).not.toThrow(secret);
  });

  it('are frozen and have their defaults', () => {
    const settings = readSettings(webhookVariables, { YB_PROJECT: 'p', YB_KMS_KEY_HOOKS: kmsKey });
    expect(settings).toMatchObject({ YB_LOCAL: false, YB_TOPIC_PREFIX: '' });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it.each([
    ['https://ci.example.com/', 'https://ci.example.com'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://ci.example.com', null],
    ['ftp://ci.example.com', null],
    ['ci.example.com', null],
  ])('take %j for an address as %j', (given, taken) => {
    const read = () =>
      readSettings(watcherVariables, {
        YB_PROJECT: 'p',
        YB_LOG_BUCKET: 'b',
        YB_SIGNING_EMAIL: 'a@b',
        YB_KMS_KEY_CREDENTIALS: kmsKey,
        YB_DASHBOARD_URL: given,
      });
    if (taken === null) expect(read).toThrow('YB_DASHBOARD_URL');
    else expect(read().YB_DASHBOARD_URL).toBe(taken);
  });

  const scheduler = (more: Record<string, string>) =>
    readSettings(schedulerVariables, {
      YB_PROJECT: 'p',
      YB_LOG_BUCKET: 'b',
      YB_SIGNING_EMAIL: 'a@b',
      YB_KMS_KEY_CREDENTIALS: kmsKey,
      YB_RUNNER_IMAGE: 'r',
      YB_BUILD_IMAGE: 'b',
      ...more,
    });
  const tolerations = [{ key: 'builds', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }];

  it.each<[name: string, given: string, taken: unknown]>([
    ['YB_NODE_SELECTOR', 'pool=builds', { pool: 'builds' }],
    [
      'YB_NODE_SELECTOR',
      'cloud.google.com/gke-nodepool=builds, disk=',
      { 'cloud.google.com/gke-nodepool': 'builds', disk: '' },
    ],
    ['YB_NODE_SELECTOR', 'pool', null],
    ['YB_NODE_SELECTOR', 'pool=a=b', null],
    ['YB_NODE_SELECTOR', 'po ol=x', null],
    ['YB_NODE_SELECTOR', 'pool=x,', null],
    ['YB_TOLERATIONS', JSON.stringify(tolerations), tolerations],
    ['YB_TOLERATIONS', '[{"operator":"Exists"}]', [{ operator: 'Exists' }]],
    ['YB_TOLERATIONS', '{"operator":"Exists"}', null],
    ['YB_TOLERATIONS', '[{"effect":"Sometimes"}]', null],
    ['YB_TOLERATIONS', '[{"kye":"x"}]', null],
    ['YB_TOLERATIONS', 'builds=yes', null],
    ['YB_VOLUME_ACCESS_MODE', 'ReadWriteOnce', 'ReadWriteOnce'],
    ['YB_VOLUME_ACCESS_MODE', 'ReadWriteMany', null],
    ['YB_MIN_FREE_BYTES', '1000', 1000],
    ['YB_MIN_FREE_INODES', '-1', null],
  ])('of nodes and volumes: %s=%j is %j', (name, given, taken) => {
    if (taken === null) expect(() => scheduler({ [name]: given })).toThrow(name);
    else expect(scheduler({ [name]: given })).toMatchObject({ [name]: taken });
  });

  it('of nodes and volumes have defaults, and reach the Jobs', () => {
    // Emulators, a fixed token and a key at hand are the local system's.
    for (const name of [
      'FIRESTORE_EMULATOR_HOST',
      'PUBSUB_EMULATOR_HOST',
      'STORAGE_EMULATOR_HOST',
      'YB_STORAGE_TOKEN',
    ]) {
      expect(() => scheduler({ [name]: '127.0.0.1:1' })).toThrow(`${name}: is for the local system alone`);
      expect(() => scheduler({ [name]: '127.0.0.1:1', YB_LOCAL: '1' })).not.toThrow();
    }
    // What nobody said fails closed: builds of two customers share no kernel.
    expect(jobSettings(scheduler({})).job.runtimeClassName).toBe('gvisor');
    expect(jobSettings(scheduler({ YB_RUNTIME_CLASS: '' })).job.runtimeClassName).toBe('gvisor');
    expect(jobSettings(scheduler({ YB_RUNTIME_CLASS: 'none' })).job.runtimeClassName).toBeNull();
    expect(jobSettings(scheduler({}))).toMatchObject({
      volumes: { storageClass: null, accessMode: 'ReadWriteOncePod' },
      job: { room: { bytes: 2 * 1024 ** 3, inodes: 100_000 }, bazel: { diskCacheBytes: 10 * 1024 ** 3 } },
    });
    const made = jobSettings(
      scheduler({
        YB_NODE_SELECTOR: 'pool=builds',
        YB_TOLERATIONS: JSON.stringify(tolerations),
        YB_RUNTIME_CLASS: 'kata',
        YB_STORAGE_CLASS: 'do-block-storage',
        YB_VOLUME_ACCESS_MODE: 'ReadWriteOnce',
      }),
    );
    expect(made).toMatchObject({
      volumes: { storageClass: 'do-block-storage', accessMode: 'ReadWriteOnce' },
      job: { nodeSelector: { pool: 'builds' }, tolerations, runtimeClassName: 'kata' },
    });
  });
});
