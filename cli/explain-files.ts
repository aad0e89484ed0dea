import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createEventReader, type EventSnapshot } from '../shared/bazel/events.ts';
import { createLineSplitter } from '../shared/bazel/lines.ts';
import { YbError } from '../shared/errors.ts';
import { parseJson } from '../shared/json.ts';
import { resultLimits, RunResult } from '../shared/attempt/result.ts';
import { type CommandError, usageError } from './command.ts';

const longestLine = 16 * 1024 * 1024;

/**
 * Reads a file of build events of any size, holding little of it.
 * @throws CommandError with exit code 2 if it cannot be read, or holds text and no build event
 */
export async function readEvents(path: string, signal?: AbortSignal): Promise<EventSnapshot> {
  await checkFile(path);
  const reader = createEventReader();
  const lines = createLineSplitter({ maxBytes: longestLine });
  let isForeign = false;
  const push = (line: string): void => {
    // A first line that was cut off is an event of which too little is there.
    isForeign ||= line.trim() !== '' && !line.startsWith('{"id":');
    reader.push(line);
  };
  try {
    for await (const chunk of createReadStream(path, { signal })) {
      if (Buffer.isBuffer(chunk)) for (const line of lines.write(chunk)) push(line);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  push(lines.end() ?? '');
  const snapshot = reader.snapshot();
  if (isForeign && !snapshot.readable) {
    const why = 'bazel test --build_event_json_file=FILE writes one JSON object a line.';
    throw usageError(`${path} holds no Bazel build events`, 'yb explain --help', why);
  }
  return snapshot;
}

/** @throws CommandError with exit code 2 if it cannot be read or is no result */
export async function readResult(path: string): Promise<RunResult> {
  await checkFile(path);
  let text: string | null;
  try {
    text = await readLimited(path, resultLimits.resultBytes);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (text === null) throw noResult(path, `It is larger than ${resultLimits.resultBytes / 1024} KiB.`);
  try {
    return parseJson(RunResult, text, { what: basename(path) });
  } catch (error) {
    if (!(error instanceof YbError)) throw error;
    throw noResult(path, error.message);
  }
}

async function readLimited(path: string, limit: number): Promise<string | null> {
  await using file = await open(path);
  const buffer = Buffer.alloc(limit + 1);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, size, buffer.length - size, null);
    size += bytesRead;
    if (size > limit) return null;
    if (bytesRead === 0) return buffer.subarray(0, size).toString('utf8');
  }
}

/** A pipe that the shell made, as of `<(…)`, ends. One that lies in a folder may wait for its writer for ever. */
async function checkFile(path: string): Promise<void> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (found.isFile() || (found.isFIFO() && /^\/(?:dev|proc)\//.test(path))) return;
  throw usageError(
    `cannot read ${path}`,
    'yb explain --help',
    `It is ${found.isDirectory() ? 'a folder' : 'no file'}.`,
  );
}

function noResult(path: string, why: string): CommandError {
  return usageError(`${path} is no result of an attempt`, 'yb explain --help', why);
}

function unreadable(path: string, error: unknown): CommandError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return usageError(`cannot read ${path}`, 'yb explain --help', whys.get(code) ?? `The system says: ${code}.`);
}

const whys: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'There is no such file.'],
  ['EACCES', 'You may not read it.'],
  ['ENOTDIR', 'A part of its path is no folder.'],
]);
