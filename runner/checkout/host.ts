import { authorizationOf } from './git.ts';

/**
 * What the host says about a commit, in HTTP status codes and the packets of git's own protocol rather than in words:
 * - `refused`: it does not know the credential, or does not show it the repository (401, 403, 404);
 * - `gone`: it shows the repository, but not the commit;
 * - `available`: it would send the commit;
 * - `unreachable`: it cannot be asked, or answers something else.
 */
export type HostAnswer = 'refused' | 'gone' | 'available' | 'unreachable';

const timeoutMs = 20_000;

/** Asks the host why a fetch may have failed. */
export async function askHost(options: {
  readonly url: string;
  readonly token: string | null;
  readonly sha: string;
  readonly signal: AbortSignal;
}): Promise<HostAnswer> {
  const request = async (path: string, init: { method: string; headers: Record<string, string>; body?: string }) =>
    await fetch(`${options.url}${path}`, {
      ...init,
      headers: {
        ...init.headers,
        ...(options.token === null ? {} : { authorization: authorizationOf(options.token) }),
      },
      redirect: 'manual',
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]),
    });
  try {
    const references = await request('/info/refs?service=git-upload-pack', {
      method: 'GET',
      headers: {},
    });
    await references.body?.cancel();
    if ([401, 403, 404].includes(references.status)) return 'refused';
    if (references.status !== 200) return 'unreachable';
    const wanted = await request('/git-upload-pack', {
      method: 'POST',
      headers: {
        'content-type': 'application/x-git-upload-pack-request',
        accept: 'application/x-git-upload-pack-result',
      },
      body: wantRequest(options.sha),
    });
    return wanted.status === 200 ? await readAnswer(wanted) : 'unreachable';
  } catch {
    options.signal.throwIfAborted();
    return 'unreachable';
  }
}

/**
 * gitprotocol-pack(5): one commit and nothing of its history. The first version of the protocol, since in it a host also says
 * of a commit that it still has, but that no branch leads to, that it is not to be had.
 */
function wantRequest(sha: string): string {
  const format = sha.length === 64 ? ' object-format=sha256' : '';
  return [packet(`want ${sha} ofs-delta${format}\n`), packet('deepen 1\n'), '0000', packet('done\n')].join('');
}

function packet(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}

/** The first packet decides: `ERR` is a refusal, everything else the start of an answer. The rest is not read. */
async function readAnswer(response: Response): Promise<HostAnswer> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  let head = Buffer.alloc(0);
  for await (const data of body ?? []) {
    head = Buffer.concat([head, data]);
    // Leaving the loop ends the transfer.
    if (head.length >= 8) return head.toString('latin1', 4, 8) === 'ERR ' ? 'gone' : 'available';
  }
  return 'unreachable';
}
