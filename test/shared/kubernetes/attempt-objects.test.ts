import { describe, expect, it } from 'vitest';
import { admitClaim, admitSecret } from '../../../local/kubernetes/admission.ts';
import { MaskFile } from '../../../shared/attempt/secret.ts';
import { claimFor, jobFor, secretFor } from '../../../shared/kubernetes/job-spec.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';
import { sampleRequest as request } from './sample-request.ts';

describe('the Secret of an attempt', () => {
  const options = {
    job: { name: request.name, uid: 'c0ffee' },
    token: 'ghs_secret',
    upload: { v: 1, url: 'https://storage.example/bucket/', policies: [] },
    secrets: [],
  };
  const secret = secretFor(options, 'builds');

  it('belongs to the Job and goes with it', () => {
    expect(secret.metadata).toMatchObject({
      name: request.name,
      namespace: 'builds',
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: request.name, uid: 'c0ffee' }],
    });
    expect(secret.immutable).toBe(true);
  });

  it('holds every key that the Pod mounts, so that the Pod does not wait for ever', () => {
    const mounted = (jobFor(request, 'builds').spec?.template.spec?.volumes ?? []).flatMap(
      ({ secret }) => secret?.items?.map(({ key }) => key) ?? [],
    );

    expect(Object.keys(secret.stringData ?? {}).toSorted()).toEqual(mounted.toSorted());
    expect(Object.keys(secretFor({ ...options, token: '' }, 'builds').stringData ?? {})).toContain('token');
  });

  it('is read by the programs', () => {
    expect(secret.stringData?.['token']).toBe('ghs_secret');
    expect(JSON.parse(secret.stringData?.['upload.json'] ?? '')).toEqual(options.upload);
    expect(MaskFile.parse(JSON.parse(secret.stringData?.['mask.json'] ?? ''))).toEqual({
      v: 1,
      values: ['ghs_secret'],
    });
  });

  it('is one that Kubernetes knows', () => {
    expect(schemaProblems('V1Secret', secret)).toEqual([]);
    expect(() => admitSecret(secret, { namespace: 'builds', now: new Date() })).not.toThrow();
  });
});

describe('the claim of a volume', () => {
  it('is given to one Pod at a time', () => {
    const claim = claimFor(
      { name: 'vol-1-0', storageClass: 'builds-ssd', sizeGiB: 50, accessMode: 'ReadWriteOncePod' },
      'builds',
    );

    expect(claim).toMatchObject({
      metadata: { name: 'vol-1-0', namespace: 'builds' },
      spec: {
        accessModes: ['ReadWriteOncePod'],
        storageClassName: 'builds-ssd',
        resources: { requests: { storage: '50Gi' } },
      },
    });
    expect(schemaProblems('V1PersistentVolumeClaim', claim)).toEqual([]);
    expect(() => admitClaim(claim, { namespace: 'builds', now: new Date() })).not.toThrow();
  });

  it('may be one that Pods of a node share, for storage that knows no more', () => {
    const claim = claimFor(
      {
        name: 'vol-1-0',
        storageClass: null,
        accessMode: 'ReadWriteOnce',
        sizeGiB: 50,
      },
      'builds',
    );

    expect(claim.spec?.accessModes).toEqual(['ReadWriteOnce']);
  });

  it('leaves the storage class to the cluster if the installation names none', () => {
    const claim = claimFor(
      { name: 'vol-1-0', storageClass: null, sizeGiB: 50, accessMode: 'ReadWriteOncePod' },
      'builds',
    );

    expect(claim.spec).not.toHaveProperty('storageClassName');
  });
});
