import * as z from 'zod';

/**
 * The name of an image, by the grammar of https://github.com/distribution/reference: `[host/]path[:tag][@digest]`.
 * Its parts; without a host it is Docker Hub's.
 */
export interface ImageName {
  /** In small letters, without a port. */
  readonly host: string;
  readonly port: number | null;
  readonly path: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const grammar = new RegExp(
  `^(?:(?<host>[A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+\\])(?::(?<port>[0-9]{1,5}))?/)?(?<path>${component}(?:/${component})*)` +
    '(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$',
);
const longest = 512;
const dockerHub = 'docker.io';

/** Null for what is none. */
export function parseImage(text: string): ImageName | null {
  const groups = text.length > longest ? undefined : grammar.exec(text)?.groups;
  const { host, port, path = '', tag = null, digest = null } = groups ?? {};
  if (groups === undefined) return null;
  const rest = { tag, digest };
  if (host === undefined)
    return { host: dockerHub, port: null, path: path.includes('/') ? path : `library/${path}`, ...rest };
  // What has neither dot nor port before its first slash is a user of Docker Hub.
  const isHost =
    port !== undefined || host.includes('.') || host === 'localhost' || host.startsWith('[') || /[A-Z]/.test(host);
  if (!isHost) return { host: dockerHub, port: null, path: `${host}/${path}`, ...rest };
  return { host: host.toLowerCase(), port: port === undefined ? null : Number(port), path, ...rest };
}

export const Image = z
  .string()
  .max(longest)
  .refine((text) => parseImage(text) !== null, 'must be the name of an image, such as ghcr.io/me/build:1');

/** Names that no public registry has: of this machine, of a cluster, of a cloud's inside. */
const inside = /(?:^|\.)(?:localhost|local|internal|localdomain|lan|home|corp|svc|cluster|test|invalid|example)$/;
const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/**
 * Why an owner may not have builds run in this image, with what to do; null if that is fine. The node pulls it with its own
 * identity, so that it must not lead to the node itself, the cluster or the cloud's own services.
 * @param registries hosts, or hosts with the beginning of a path: `ghcr.io`, `europe-docker.pkg.dev/project`; null where
 * images are of this machine
 */
export function imageProblem(text: string, registries: readonly string[] | null): string | null {
  const image = parseImage(text);
  if (image === null) return 'must be the name of an image, such as ghcr.io/me/build:1';
  if (registries === null) return null;
  const { host, port, path } = image;
  if (port !== null) return 'the image may name no port';
  // IPv6 has colons; a label of digits at the end is an address of IPv4 in some spelling: 2130706433, 0x7f.1, 127.1.
  if (host.includes(':') || /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host))
    return 'the image must be named by the host of a registry, not by an address';
  if (inside.test(host) || !hostName.test(host)) return `${host} is no public registry`;
  const allowed = registries.some((registry) => {
    const [allowedHost = '', ...prefix] = registry.split('/');
    return host === allowedHost && (prefix.length === 0 || path.startsWith(`${prefix.join('/')}/`));
  });
  return allowed ? null : `images come from ${registries.join(', ')} here; ask who runs this installation for ${host}`;
}
