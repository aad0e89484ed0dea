import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageProblem, parseImage } from '../../../shared/repository/image.ts';

const registries = ['docker.io', 'ghcr.io', 'europe-docker.pkg.dev/ours'];
const digest = `sha256:${'0'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    ['debian', { host: 'docker.io', path: 'library/debian', tag: null, digest: null }],
    ['me/build:1', { host: 'docker.io', path: 'me/build', tag: '1', digest: null }],
    ['docker.io/me/build', { host: 'docker.io', path: 'me/build', tag: null, digest: null }],
    ['ghcr.io/me/build:v1.2-x', { host: 'ghcr.io', path: 'me/build', tag: 'v1.2-x', digest: null }],
    [`ghcr.io/me/build@${digest}`, { host: 'ghcr.io', path: 'me/build', tag: null, digest }],
    [`ghcr.io/me/a__b--c:1@${digest}`, { host: 'ghcr.io', path: 'me/a__b--c', tag: '1', digest }],
    ['GHCR.io/me/build', { host: 'ghcr.io', path: 'me/build', tag: null, digest: null }],
    ['localhost/a', { host: 'localhost', path: 'a', tag: null, digest: null }],
    ['registry:5000/a', { host: 'registry', port: 5000, path: 'a', tag: null, digest: null }],
    ['[::1]:5000/a', { host: '[::1]', port: 5000, path: 'a', tag: null, digest: null }],
  ])('%s has these parts', (text, parts) => {
    expect(parseImage(text)).toEqual({ port: null, ...parts });
  });

  it.each([
    '',
    'a b',
    'https://ghcr.io/a',
    'user@ghcr.io/a',
    'user:pw@ghcr.io/a',
    'ghcr.io/',
    'ghcr.io/A/b',
    '-a',
    'a//b',
    'a:b:c',
    'a@sha256:12',
    'ghcr.io/../a',
    'ghcr.io/a\nb',
    `ghcr.io/${'a'.repeat(600)}`,
  ])('%j is none', (text) => {
    expect(parseImage(text)).toBeNull();
    expect(imageProblem(text, registries)).toMatch(/must be the name of an image/);
  });
});

describe('the image of a build', () => {
  it.each([
    'debian:12',
    'me/build',
    'ghcr.io/me/build:1',
    `ghcr.io/me/build@${digest}`,
    'europe-docker.pkg.dev/ours/x/y',
  ])('may be %s', (text) => {
    expect(imageProblem(text, registries)).toBeNull();
  });

  it.each([
    ['169.254.169.254/v1/token', /address/],
    ['127.0.0.1/a', /address/],
    ['10.0.0.5:5000/a', /port/],
    ['[::1]/a', /address/],
    ['[fd00:ec2::254]/a', /address/],
    ['0x7f.0.0.1/a', /address/],
    ['127.1/a', /address/],
    ['a.2130706433/a', /address/],
    ['localhost/a', /no public registry/],
    ['LOCALHOST/a', /no public registry/],
    ['metadata.google.internal/a', /no public registry/],
    ['registry.kube-system.svc/a', /no public registry/],
    ['registry.kube-system.svc.cluster.local/a', /no public registry/],
    ['ghcr.io:443/me/build', /port/],
    ['ghcr.io./me/build', /no public registry/],
    ['evil.example.com/a', /images come from docker\.io, ghcr\.io/],
    ['ghcr.io.evil.com/a', /images come from/],
    ['europe-docker.pkg.dev/theirs/x', /images come from/],
    ['europe-docker.pkg.dev/ours-too/x', /images come from/],
  ])('may not be %s', (text, why) => {
    expect(imageProblem(text, registries)).toMatch(why);
  });

  it('comes from an allowed registry, whatever is written', () => {
    const part = fc.stringMatching(/^[a-z0-9.:@[\]%/-]{0,20}$/);
    fc.assert(
      fc.property(part, part, (left, right) => {
        const text = `${left}/${right}`;
        if (imageProblem(text, registries) !== null) return;
        const image = parseImage(text);
        expect(['docker.io', 'ghcr.io', 'europe-docker.pkg.dev']).toContain(image?.host);
        expect(image?.port).toBeNull();
      }),
      { numRuns: 2000 },
    );
  });
});
