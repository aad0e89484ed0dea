import { describe, expect, it } from 'vitest';
import {
  dashboardVariables,
  readSettings,
  schedulerVariables,
  watcherVariables,
  webhookVariables,
} from '../../shared/config.ts';

const ring = `k1:${Buffer.alloc(32).toString('base64')}`;

describe('settings', () => {
  it.each([
    ['webhook', webhookVariables, ['YB_PROJECT', 'YB_KEYS_HOOKS']],
    [
      'scheduler',
      schedulerVariables,
      ['YB_PROJECT', 'YB_LOG_BUCKET', 'YB_KEYS_CREDENTIALS', 'YB_RUNNER_IMAGE', 'YB_BUILD_IMAGE'],
    ],
    ['watcher', watcherVariables, ['YB_PROJECT', 'YB_LOG_BUCKET', 'YB_KEYS_CREDENTIALS', 'YB_DASHBOARD_URL']],
    ['dashboard', dashboardVariables, ['YB_PROJECT', 'YB_KEYS_SESSIONS', 'YB_GITHUB_CLIENT_ID', 'YB_WEBHOOK_URL']],
  ])('of the %s name everything that is missing in one message', (_name, schema, names) => {
    for (const name of names) expect(() => readSettings(schema, {})).toThrow(name);
  });

  it('take an empty variable for a missing one and never show a value', () => {
    const secret = 'k1:not-thirty-two-bytes';
    expect(() => readSettings(webhookVariables, { YB_PROJECT: '', YB_KEYS_HOOKS: secret })).toThrow(/YB_PROJECT/);
    expect(() => readSettings(webhookVariables, { YB_PROJECT: 'p', YB_KEYS_HOOKS: secret })).not.toThrow(secret);
  });

  it('are frozen and have their defaults', () => {
    const settings = readSettings(webhookVariables, { YB_PROJECT: 'p', YB_KEYS_HOOKS: ring });
    expect(settings).toMatchObject({ YB_LOCAL: false, YB_TOPIC_RUN_EVENTS: 'run-events' });
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
        YB_KEYS_CREDENTIALS: ring,
        YB_DASHBOARD_URL: given,
      });
    if (taken === null) expect(read).toThrow('YB_DASHBOARD_URL');
    else expect(read().YB_DASHBOARD_URL).toBe(taken);
  });
});
