import { describe, expect, it } from 'vitest';
import { jobView, podView } from '../../../shared/kubernetes/views.ts';

const metadata = { name: 'run-a-1', uid: 'u1', creationTimestamp: '2026-03-01T12:00:00Z' };

describe('what is read of a Job', () => {
  it('is empty as long as nothing has happened', () => {
    expect(jobView({ metadata, spec: {} })).toEqual({
      name: 'run-a-1',
      uid: 'u1',
      labels: {},
      limits: {},
      active: 0,
      terminal: null,
      reason: null,
      message: null,
      createdAt: new Date('2026-03-01T12:00:00Z'),
      endedAt: null,
      startTime: null,
      activeDeadlineSeconds: null,
    });
  });

  it.each([
    [
      'a failure that is decided is not its end, but tells why',
      [{ type: 'FailureTarget', status: 'True', reason: 'DeadlineExceeded' }],
      null,
      'DeadlineExceeded',
    ],
    ['a condition that is not true does not count', [{ type: 'Failed', status: 'False', reason: 'x' }], null, null],
    ['it failed', [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }], 'Failed', 'DeadlineExceeded'],
    ['it went well', [{ type: 'Complete', status: 'True' }], 'Complete', null],
  ])('%s', (_what, conditions, terminal, reason) => {
    expect(jobView({ metadata, spec: {}, status: { active: 1, conditions } })).toMatchObject({
      terminal,
      reason,
      active: 1,
    });
  });

  it('must be a Job', () => {
    expect(() => jobView({ metadata: {} })).toThrow(expect.objectContaining({ code: 'malformed-document' }));
  });
});

describe('what is read of a Pod', () => {
  it('is empty as long as nobody has looked at it', () => {
    expect(podView({ metadata })).toMatchObject({
      phase: 'Pending',
      scheduled: false,
      unschedulable: null,
      deleting: false,
      disruption: null,
      containers: { courier: null, checkout: null, build: null },
    });
  });

  it('says which image the build runs in, by its digest', () => {
    const imageID = `ghcr.io/me/build@sha256:${'a'.repeat(64)}`;
    const containerStatuses = [
      { name: 'other', restartCount: 0, imageID: 'another' },
      { name: 'build', restartCount: 0, imageID },
    ];
    expect(podView({ metadata, status: { containerStatuses } }).buildImage).toBe(imageID);
    expect(podView({ metadata, status: { containerStatuses: containerStatuses.slice(0, 1) } })).not.toHaveProperty(
      'buildImage',
    );
  });

  it('says why no node takes it, that its end was asked for, and why the platform took it', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' },
      { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message: 'made room' },
    ];
    expect(
      podView({ metadata: { ...metadata, deletionTimestamp: '2026-03-01T12:01:00Z' }, status: { conditions } }),
    ).toMatchObject({
      scheduled: false,
      unschedulable: 'no node',
      deleting: true,
      disruption: { reason: 'PreemptionByScheduler', message: 'made room' },
    });
  });

  it('has the state of each container, wherever it stands', () => {
    const startedAt = '2026-03-01T12:00:01Z';
    const finishedAt = '2026-03-01T12:00:02Z';
    const terminated = { exitCode: 83, reason: 'Error', message: '{"code":83}', startedAt, finishedAt };
    const view = podView({
      metadata,
      status: {
        phase: 'Running',
        initContainerStatuses: [
          { name: 'courier', restartCount: 2, state: { running: { startedAt } } },
          { name: 'checkout', restartCount: 0, state: { terminated } },
        ],
        containerStatuses: [{ name: 'build', restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } }],
      },
    });

    expect(view.containers).toEqual({
      courier: {
        state: 'running',
        reason: null,
        message: null,
        exitCode: null,
        signal: null,
        startedAt: new Date(startedAt),
        finishedAt: null,
        restartCount: 2,
      },
      checkout: {
        state: 'terminated',
        reason: 'Error',
        message: '{"code":83}',
        exitCode: 83,
        signal: null,
        startedAt: new Date(startedAt),
        finishedAt: new Date(finishedAt),
        restartCount: 0,
      },
      build: {
        state: 'waiting',
        reason: 'ImagePullBackOff',
        message: null,
        exitCode: null,
        signal: null,
        startedAt: null,
        finishedAt: null,
        restartCount: 0,
      },
    });
  });
});
