import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { Hono } from 'hono';
import { getRequestListener } from '@hono/node-server';
import * as z from 'zod';
import { systemRandom } from '../../shared/clock.ts';
import { crc32c } from '../../shared/crc32c.ts';
import { type FunctionName, keyRights, type KeyName } from '../../shared/rights.ts';
import { keyNameOf, keyNames } from './names.ts';

type Verb = 'encrypt' | 'decrypt';
/** Who may do what with which key. */
export type KeyGrants = Readonly<Record<KeyName, Readonly<Record<Verb, readonly FunctionName[]>>>>;

export interface KmsOptions {
  /** 32 bytes each. */
  readonly keys: Readonly<Record<KeyName, Uint8Array>>;
  /** The access token of each caller's identity. */
  readonly tokens: Readonly<Record<FunctionName, string>>;
  /** What IAM says; the project's own table if left out. */
  readonly grants?: KeyGrants;
}

export interface Kms {
  readonly url: string;
  stop(): Promise<void>;
}

const nonceBytes = 12;
const tagBytes = 16;
/** https://cloud.google.com/kms/quotas#resource_limits */
const maxBytes = 64 * 1024;

const Base64 = z.base64();
const Crc = z.union([z.string(), z.number()]).transform(Number);
const Common = z.strictObject({
  additionalAuthenticatedData: Base64.default(''),
  additionalAuthenticatedDataCrc32c: Crc.optional(),
});
const Encrypt = Common.extend({ plaintext: Base64, plaintextCrc32c: Crc.optional() });
const Decrypt = Common.extend({ ciphertext: Base64, ciphertextCrc32c: Crc.optional() });

const statuses = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
} as const;

class Refused extends Error {
  readonly status: keyof typeof statuses;

  constructor(status: keyof typeof statuses, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Starts a stand-in for Cloud KMS: `encrypt` and `decrypt` of symmetric keys
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys), for whoever has the permission.
 */
export async function startKms(options: KmsOptions): Promise<Kms> {
  const listener = getRequestListener(createApp(options).fetch);
  const server = createServer((request, response) => void listener(request, response));
  return await listening(server);
}

function createApp(options: KmsOptions): Hono {
  const { keys, grants = keyRights } = options;
  const app = new Hono();

  const authorized = (authorization: string | undefined, resource: string, verb: Verb): Uint8Array => {
    const caller = Object.entries(options.tokens).find(([, token]) => authorization === `Bearer ${token}`)?.[0];
    if (caller === undefined) throw new Refused(401, 'Request had invalid authentication credentials.');
    const name = keyNames.find((one) => keyNameOf(one) === resource);
    const allowed: readonly string[] = name === undefined ? [] : grants[name][verb];
    if (name === undefined || !allowed.includes(caller)) {
      const permission = `cloudkms.cryptoKeyVersions.useTo${verb === 'encrypt' ? 'Encrypt' : 'Decrypt'}`;
      throw new Refused(403, `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`);
    }
    return keys[name];
  };

  app.post('/v1/:resource{projects/.+:(?:encrypt|decrypt)}', async (c) => {
    const [resource = '', verb = ''] = c.req.param('resource').split(':');
    const key = authorized(c.req.header('authorization'), resource, verb === 'encrypt' ? 'encrypt' : 'decrypt');
    const body: unknown = await c.req.json().catch(() => null);
    return c.json(verb === 'encrypt' ? encrypt(key, resource, body) : decrypt(key, body));
  });
  app.notFound((c) => c.json(errorBody(new Refused(404, 'Not found')), 404));
  app.onError((error, c) => {
    const refused = error instanceof Refused ? error : new Refused(400, String(error));
    return c.json(errorBody(refused), refused.status);
  });
  return app;
}

function encrypt(key: Uint8Array, resource: string, body: unknown): object {
  const request = parsed(Encrypt, body);
  const plain = bytesOf(request.plaintext, request.plaintextCrc32c);
  const additional = bytesOf(request.additionalAuthenticatedData, request.additionalAuthenticatedDataCrc32c);
  const nonce = systemRandom.bytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    name: `${resource}/cryptoKeyVersions/1`,
    ciphertext: sealed.toString('base64'),
    ciphertextCrc32c: String(crc32c(sealed)),
    verifiedPlaintextCrc32c: request.plaintextCrc32c !== undefined,
    verifiedAdditionalAuthenticatedDataCrc32c: request.additionalAuthenticatedDataCrc32c !== undefined,
    protectionLevel: 'SOFTWARE',
  };
}

function decrypt(key: Uint8Array, body: unknown): object {
  const request = parsed(Decrypt, body);
  const sealed = bytesOf(request.ciphertext, request.ciphertextCrc32c);
  const additional = bytesOf(request.additionalAuthenticatedData, request.additionalAuthenticatedDataCrc32c);
  if (sealed.length < nonceBytes + tagBytes) throw new Refused(400, 'Decryption failed: the ciphertext is invalid.');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(additional)
    .setAuthTag(sealed.subarray(-tagBytes));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    const common = { plaintextCrc32c: String(crc32c(plain)), usedPrimary: true, protectionLevel: 'SOFTWARE' };
    // As in all of Google's JSON, what is empty is left out.
    return plain.length === 0 ? common : { plaintext: plain.toString('base64'), ...common };
  } catch {
    throw new Refused(400, "Decryption failed: verify that 'name' refers to the correct CryptoKey.");
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refused(400, `Invalid value: ${result.error.issues[0]?.path.join('.') ?? ''}`);
}

function bytesOf(text: string, crc: number | undefined): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > maxBytes) throw new Refused(400, 'The value is larger than 64 KiB.');
  if (crc !== undefined && crc !== crc32c(bytes)) throw new Refused(400, 'The checksum does not match.');
  return bytes;
}

function errorBody({ status, message }: Refused): object {
  return { error: { code: status, message, status: statuses[status] } };
}

async function listening(server: Server): Promise<Kms> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
