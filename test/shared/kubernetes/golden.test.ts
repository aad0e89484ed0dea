import { expect, it } from 'vitest';
import { cleaningJobFor } from '../../../shared/kubernetes/cleaning-job.ts';
import { claimFor, jobFor, secretFor } from '../../../shared/kubernetes/job-spec.ts';
import { sampleRequest } from './sample-request.ts';

const { name, settings } = sampleRequest;

/** What the cluster is given, as files: a change of it shows whole in a review. Written anew with `--update`. */
it.each([
  ['attempt-job', jobFor({ ...sampleRequest, secrets: ['API_TOKEN'] }, 'builds')],
  [
    'attempt-secret',
    secretFor(
      {
        job: { name, uid: 'c0ffee' },
        token: 'a-token',
        upload: { v: 1 },
        secrets: [{ name: 'API_TOKEN', value: 'a value' }],
      },
      'builds',
    ),
  ],
  [
    'cleaning-job',
    cleaningJobFor(
      {
        kind: 'cleaning',
        name: 'clean-4711-0-7',
        repoId: '4711',
        volume: 0,
        epoch: 7,
        diskName: 'vol-4711-0',
        settings,
      },
      'builds',
    ),
  ],
  [
    'disk',
    claimFor({ name: 'vol-4711-0', storageClass: 'fast', accessMode: 'ReadWriteOncePod', sizeGiB: 50 }, 'builds'),
  ],
])('%s is what it was', async (file, object) => {
  await expect(`${JSON.stringify(object, null, 2)}\n`).toMatchFileSnapshot(`golden/${file}.json`);
});
