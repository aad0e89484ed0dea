import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobFor, secretFor } from '../../../shared/kubernetes/job-spec.ts';
import { secretKeys } from '../../../shared/attempt/secret.ts';
import { SecretValue, VariableName, secretLimits, secretsFor } from '../../../shared/repository/build-secrets.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';
import { sampleRequest } from '../kubernetes/sample-request.ts';

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{3,20}$/).filter((text) => VariableName.safeParse(text).success);
// Told apart from all that stands in a Job anyway.
const value = fc.stringMatching(/^s3cr3t-[A-Za-z0-9+/=\n$"']{8,40}$/);
const secrets = fc.uniqueArray(fc.record({ name, value }), { minLength: 1, maxLength: 5, selector: (one) => one.name });

const objectsOf = (trust: 'trusted' | 'fork', all: readonly { name: string; value: string }[]) => {
  const given = secretsFor(trust, all);
  const job = jobFor({ ...sampleRequest, secrets: given.map((one) => one.name) }, 'builds');
  const owner = { name: sampleRequest.name, uid: 'uid' };
  const secret = secretFor({ job: owner, token: 'token', upload: {}, secrets: given }, 'builds');
  return { job, secret };
};

describe('a secret of a repository', () => {
  it.each(['PATH', 'HOME', 'YB_COMMIT', 'BAZEL_SH', 'LD_PRELOAD', 'IFS', '1A', 'A-B', 'A B', '', 'A'.repeat(129)])(
    'cannot be called %j',
    (text) => {
      expect(VariableName.safeParse(text).success).toBe(false);
    },
  );

  it.each([
    ['abc', false],
    ['abcd', true],
    ['a\0bcd', false],
    ['x'.repeat(secretLimits.valueBytes), true],
    ['x'.repeat(secretLimits.valueBytes + 1), false],
  ])('has a value that can be masked and held: %#', (text, good) => {
    expect(SecretValue.safeParse(text).success).toBe(good);
  });

  it('stands in no object of a Job but its Secret, and in that where the build alone mounts it', () => {
    fc.assert(
      fc.property(secrets, (all) => {
        const { job, secret } = objectsOf('trusted', all);
        expect(schemaProblems('V1Job', job)).toEqual([]);
        for (const one of all) {
          expect(JSON.stringify(job)).not.toContain(JSON.stringify(one.value).slice(1, -1));
          expect(secret.stringData?.[`env.${one.name}`]).toBe(one.value);
          expect(secret.stringData?.[secretKeys.mask]).toContain(JSON.stringify(one.value).slice(1, -1));
        }
        const { containers, initContainers = [], volumes = [] } = job.spec?.template.spec ?? { containers: [] };
        const keysOf = (mounts: readonly { readonly name: string }[] = []): string[] =>
          volumes
            .filter((volume) => mounts.some((mount) => mount.name === volume.name))
            .flatMap((volume) => volume.secret?.items?.map(({ key }) => key) ?? []);
        expect(keysOf(containers[0]?.volumeMounts).toSorted()).toEqual(all.map((one) => `env.${one.name}`).toSorted());
        for (const container of initContainers) {
          expect(keysOf(container.volumeMounts).filter((key) => key.startsWith('env.'))).toEqual([]);
        }
        // A mount without items would hold every key.
        expect(volumes.filter((volume) => volume.secret !== undefined && !volume.secret.items?.length)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('is nowhere in what a fork’s run is given', () => {
    fc.assert(
      fc.property(secrets, (all) => {
        const { job, secret } = objectsOf('fork', all);
        const text = JSON.stringify({ job, secret });
        for (const one of all) expect(text).not.toContain(JSON.stringify(one.value).slice(1, -1));
        expect(job.spec?.template.spec?.containers[0]?.volumeMounts?.map((mount) => mount.name)).not.toContain(
          'build-secret',
        );
      }),
      { numRuns: 30 },
    );
  });
});
