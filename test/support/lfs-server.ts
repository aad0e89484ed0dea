import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';

/** How an object is served. */
export type Serving = 'well' | 'unknown' | 'nowhere' | 'shorter' | 'longer' | 'altered' | 'down' | 'elsewhere';

/** The batch API of Git LFS over objects in memory: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md. */
export interface LfsServer {
  /** Keeps a content. @returns the pointer that stands for it in a repository */
  keep(content: string | Buffer): string;
  /** How the content behind a pointer is served from now on, try by try; the last one goes on. */
  serve(pointer: string, ...how: Serving[]): void;
  /** Answers every batch with this. */
  refuse(status: number | null, message?: string): void;
  /** Oids in the order in which they were sent, and the authorization with which each was asked for. */
  readonly sent: {
    readonly oid: string;
    readonly authorization: string | undefined;
    readonly key: string | undefined;
  }[];
  serveObject(request: IncomingMessage, response: ServerResponse): boolean;
  serveBatch(request: IncomingMessage, response: ServerResponse): boolean;
}

const Batch = z.object({
  operation: z.literal('download'),
  transfers: z.array(z.string()),
  objects: z.array(z.object({ oid: z.string(), size: z.number() })).max(100),
  hash_algo: z.literal('sha256'),
});

export function createLfsServer(): LfsServer {
  const objects = new Map<string, Buffer>();
  const servings = new Map<string, Serving[]>();
  const sent: LfsServer['sent'] = [];
  let refusal: { status: number; message: string } | null = null;
  const nextServing = (oid: string): Serving => {
    const [first = 'well', ...rest] = servings.get(oid) ?? [];
    if (rest.length > 0) servings.set(oid, rest);
    return first;
  };
  const entry = (host: string, { oid, size }: { oid: string; size: number }): object => {
    const how = servings.get(oid)?.[0] ?? 'well';
    if (!objects.has(oid) || how === 'unknown')
      return { oid, size, error: { code: 404, message: 'Object does not exist' } };
    const href = how === 'elsewhere' ? 'ftp://127.0.0.1/x' : `http://${host}/lfs-objects/${oid}`;
    return { oid, size, actions: { download: { href, header: { 'x-key': oid.slice(0, 8), Host: 'evil' } } } };
  };
  return {
    sent,
    keep(content) {
      const data = Buffer.from(content);
      const oid = createHash('sha256').update(data).digest('hex');
      objects.set(oid, data);
      return `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${data.length}\n`;
    },
    serve(pointer, ...how) {
      servings.set(/sha256:([0-9a-f]+)/.exec(pointer)?.[1] ?? '', how);
    },
    refuse(status, message = '') {
      refusal = status === null ? null : { status, message };
    },
    serveObject(request, response) {
      const [, oid] = /^\/lfs-objects\/([0-9a-f]{64})$/.exec(request.url ?? '') ?? [];
      if (oid === undefined) return false;
      sent.push({ oid, authorization: request.headers.authorization, key: String(request.headers['x-key']) });
      const data = objects.get(oid) ?? Buffer.alloc(0);
      const how = nextServing(oid);
      const bodies: Partial<Record<Serving, Buffer>> = {
        shorter: data.subarray(1),
        longer: Buffer.concat([data, data]),
        altered: Buffer.from(data).fill('x'),
      };
      response.writeHead(how === 'nowhere' ? 404 : how === 'down' ? 503 : 200).end(bodies[how] ?? data);
      return true;
    },
    serveBatch(request, response) {
      if (request.method !== 'POST' || request.url?.endsWith('/info/lfs/objects/batch') !== true) return false;
      const parts: Buffer[] = [];
      request.on('data', (data: Buffer) => parts.push(data));
      request.on('end', () => {
        const { status, message } = refusal ?? { status: 200, message: '' };
        const batch = Batch.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
        const answer = {
          transfer: 'basic',
          objects: batch.objects.map((object) => entry(request.headers.host ?? '', object)),
        };
        response.writeHead(status, { 'content-type': 'application/vnd.git-lfs+json' });
        response.end(JSON.stringify(status === 200 ? answer : { message }));
      });
      return true;
    },
  };
}
