import type { AttemptJob } from '../../../shared/outside/cluster.ts';

export const sampleRequest: AttemptJob = {
  kind: 'attempt',
  name: 'run-0123456789abcdefghijklmnop-2',
  run: {
    id: '0123456789abcdefghijklmnop',
    attempt: 2,
    repoId: '4711',
    ref: 'refs/heads/feature/one',
    sha: 'a'.repeat(40),
  },
  repository: { fullName: 'demo/hello', cloneUrl: 'https://github.com/demo/hello.git', defaultBranch: 'main' },
  epoch: 7,
  diskName: 'vol-4711-0',
  secrets: [],
  settings: {
    runnerImage: 'registry.example/runner@sha256:1',
    buildImage: 'registry.example/build@sha256:2',
    deadlineSeconds: 3600,
    graceSeconds: 600,
    resources: { cpu: '2', memory: '4Gi' },
    shmBytes: 1024 ** 3,
    maxLogBytes: 2 * 1024 ** 3,
    runtimeClassName: 'gvisor',
    allowInsecure: false,
    bazel: { targets: ['//...'], flags: [], flakyAttempts: 2, diskCacheBytes: 10 * 1024 ** 3 },
  },
};
