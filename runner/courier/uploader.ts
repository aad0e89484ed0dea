import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { pauseBefore } from '../../shared/back-off.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { errorCode } from '../../shared/errors.ts';
import { policyFor, type UploadGrant } from '../../shared/attempt/upload-grant.ts';
import { type Content, postForm, putBytes } from './form.ts';

export interface Upload {
  /** The object's full name. */
  readonly name: string;
  readonly contentType: string;
  readonly contentEncoding?: 'gzip';
  readonly content: Content;
}

export interface Uploader {
  /**
   * Uploads an object, as often as it takes, until the storage has it, refuses it or `patience` ends.
   * @returns whether the storage has it
   */
  put(upload: Upload, patience: AbortSignal): Promise<boolean>;
  /**
   * Uploads the attempt's result, as often as it takes. One that is there already is as good: it was written by this very attempt,
   * and the answer was lost or a courier before this one wrote it.
   */
  putResult(upload: { readonly name: string; readonly content: Uint8Array }, patience: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface UploaderOptions {
  readonly grant: UploadGrant;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each try that failed: the object and the answer's status, or what happened instead. */
  readonly onFailure: (failure: { readonly name: string; readonly status: number | string }) => void;
  readonly firstDelayMs?: number;
  readonly longestDelayMs?: number;
}

/** What is to be made is there. */
const preconditionFailed = 412;

/** Uploads by signed forms: what they allow is all that can be done with them. */
export function createUploader(options: UploaderOptions): Uploader {
  const { grant, clock, firstDelayMs = 250, longestDelayMs = 10_000 } = options;
  const pauses = { firstMilliseconds: firstDelayMs, longestMilliseconds: longestDelayMs };
  const secure = new URL(grant.url).protocol === 'https:';
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const boundary = () => `yb-${Buffer.from(options.random.bytes(16)).toString('hex')}`;

  const tryOnce = async (
    name: string,
    send: () => Promise<number>,
    isThere: (status: number) => boolean,
  ): Promise<'done' | 'refused' | 'again'> => {
    try {
      const status = await send();
      if (isThere(status)) return 'done';
      options.onFailure({ name, status });
      return status === 408 || status === 429 || status >= 500 ? 'again' : 'refused';
    } catch (error) {
      if (errorCode(error) === 'storage-refused') {
        options.onFailure({ name, status: 'no-right' });
        return 'refused';
      }
      options.onFailure({ name, status: codeOf(error) });
      return 'again';
    }
  };

  const untilDone = async (
    patience: AbortSignal,
    ...[name, send, isThere]: Parameters<typeof tryOnce>
  ): Promise<boolean> => {
    for (let retry = 0; !patience.aborted; retry += 1) {
      const outcome = await tryOnce(name, send, isThere);
      if (outcome !== 'again') return outcome === 'done';
      await clock.sleep(pauseBefore(retry, pauses, options.random), patience).catch(() => {});
    }
    return false;
  };

  const sendForm = async (upload: Upload, signal: AbortSignal): Promise<number> => {
    const policy = policyFor(grant, upload);
    const fields = [
      ...Object.entries(policy.fields),
      ['key', upload.name],
      ['Content-Type', upload.contentType],
    ] as const;
    const form = {
      url: grant.url,
      content: upload.content,
      fields: fields.map(([name = '', value = '']) => [name, value] as const),
    };
    return await postForm(form, { agent, boundary: boundary(), signal });
  };

  return {
    async putResult({ name, content }, patience) {
      const send = async (): Promise<number> =>
        await putBytes({ ...grant.result, content }, { agent, signal: patience });
      return await untilDone(patience, name, send, (status) => isSuccess(status) || status === preconditionFailed);
    },
    async put(upload, patience) {
      return await untilDone(patience, upload.name, async () => await sendForm(upload, patience), isSuccess);
    },
    close: () => {
      agent.destroy();
    },
  };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
