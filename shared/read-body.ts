import type { IncomingMessage } from 'node:http';
import { YbError } from './errors.ts';

/**
 * Reads a request's body as it comes, with a limit that holds while it is read: what is larger, or says that it is, is neither
 * kept nor read on. `done` is called once, with the bytes, or with an error: `payload-too-large`, or `bad-request` for a body
 * that breaks off.
 */
export function readBody(request: IncomingMessage, maxBytes: number, done: (body: Buffer | YbError) => void): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    done(tooLarge(maxBytes));
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  let over = false;
  const finish = (outcome: Buffer | YbError): void => {
    if (over) return;
    over = true;
    done(outcome);
  };
  request.on('data', (part: Buffer) => {
    if (over) return;
    size += part.length;
    if (size > maxBytes) {
      parts.length = 0;
      finish(tooLarge(maxBytes));
      return;
    }
    parts.push(part);
  });
  request.on('end', () => {
    finish(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts));
  });
  request.on('close', () => {
    // Asked first: an error costs as much as a signature, and every request closes.
    if (!over) finish(new YbError('bad-request', 'The body breaks off.'));
  });
}

function tooLarge(maxBytes: number): YbError {
  return new YbError('payload-too-large', `A body may have ${maxBytes} bytes.`);
}
