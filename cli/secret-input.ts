import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError, type Io } from './command.ts';

const maxBytes = 64 * 1024;

/**
 * A value that may stand on no command line: typed unseen by a person, else the whole standard input. One line end at its
 * end is not part of it: `echo` writes one.
 * @throws CommandError for more than any secret may have
 */
export async function readSecret(
  io: Io,
  options: { readonly prompt: string; readonly signal: AbortSignal },
): Promise<string> {
  return io.isTTY ? await typed(io, options) : await piped(io);
}

async function piped({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += piece.length;
    if (bytes > maxBytes) throw new CommandError('payload-too-large', { what: 'the value is too long for a secret' });
    chunks.push(piece);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

async function typed(
  io: Io,
  { prompt, signal }: { readonly prompt: string; readonly signal: AbortSignal },
): Promise<string> {
  // The terminal's own echo is off while a reader handles it; what the reader would show goes nowhere.
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  io.stderr.write(prompt);
  const reader = createInterface({ input: io.stdin, output: nowhere, terminal: true, signal });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () => {
        reject(new CommandError('bad-request', { what: 'interrupted; nothing was changed' }));
      });
      reader.once('close', () => {
        reject(new CommandError('bad-request', { what: 'the input ended before a value was typed' }));
      });
    });
  } finally {
    reader.close();
    io.stderr.write('\n');
  }
}
