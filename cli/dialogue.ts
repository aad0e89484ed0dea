import { createInterface, type Interface } from 'node:readline';
import { styleText } from 'node:util';
import { CommandError, type Io } from './command.ts';

/** A conversation on the terminal: what is done is told, what would change something is asked. */
export interface Dialogue {
  /** A paragraph, after an empty line. */
  say(...lines: readonly string[]): void;
  /** A line right below the one before. */
  note(line: string): void;
  /** `Checking something... ` without an end: {@link Dialogue.good} or {@link Dialogue.bad} ends it. */
  checking(what: string): void;
  good(how: string): void;
  bad(how: string): void;
  /** A question of one or more lines, answered by Y (also by an empty line) or n. @throws CommandError at the end of input */
  ask(...lines: readonly string[]): Promise<boolean>;
  /** As {@link Dialogue.ask}, of what cannot be undone: an empty line is a no. */
  confirm(...lines: readonly string[]): Promise<boolean>;
  /** Ends an unfinished line and lets go of stdin. */
  close(): void;
}

export function createDialogue(options: {
  readonly io: Io;
  readonly signal: AbortSignal;
  /** Every question is answered by Y, and shown all the same. */
  readonly yes: boolean;
}): Dialogue {
  const { io, signal, yes } = options;
  const answers = createLines(io.stdin, signal);
  let unfinished = false;
  let started = false;

  const write = (text: string): void => {
    io.stdout.write(text);
  };
  const paint = (format: 'green' | 'red', text: string): string =>
    io.color ? styleText(format, text, { validateStream: false }) : text;
  const paragraph = (lines: readonly string[]): void => {
    if (started) write('\n');
    started = true;
    write(lines.map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`)).join('\n'));
  };
  const end = (text: string): void => {
    write(`${text}\n`);
    unfinished = false;
  };

  const question = async (lines: readonly string[], empty: boolean): Promise<boolean> => {
    paragraph(lines);
    for (;;) {
      write(empty ? ' (Y/n): ' : ' (y/N): ');
      unfinished = true;
      const answer = yes ? 'Y' : await answers.next();
      if (answer === null) throw noAnswer();
      // What a pipe or --yes answers is not echoed by a terminal.
      if (yes || !io.isTTY) write(`${answer.trim()}\n`);
      unfinished = false;
      if (answer.trim() === '') return empty;
      if (/^(?:y|yes)$/i.test(answer.trim())) return true;
      if (/^(?:n|no)$/i.test(answer.trim())) return false;
      write('  Please answer Y or n');
    }
  };

  return {
    say: (...lines) => {
      paragraph(lines);
      write('\n');
    },
    note: (line) => {
      started = true;
      write(`  ${line}\n`);
    },
    checking: (what) => {
      paragraph([`${what}... `]);
      unfinished = true;
    },
    good: (how) => {
      end(`${paint('green', how)}.`);
    },
    bad: (how) => {
      end(`${paint('red', how)}.`);
    },
    ask: async (...lines) => await question(lines, true),
    confirm: async (...lines) => await question(lines, false),
    close: () => {
      if (unfinished) write('\n');
      unfinished = false;
      answers.close();
    },
  };
}

interface Lines {
  /** The next line; null when there is none any more. Rejects when the person interrupts. */
  next(): Promise<string | null>;
  close(): void;
}

/** Lines of a stream, which is not touched before the first is asked for. Lines that came early are kept. */
function createLines(stdin: NodeJS.ReadableStream, signal: AbortSignal): Lines {
  let reader: Interface | undefined;
  let lines: AsyncIterator<string> | undefined;
  return {
    next: async () => {
      // Not as a terminal: the kernel's line editing is enough, and an interrupt stays a signal.
      reader ??= createInterface({ input: stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY, signal });
      lines ??= reader[Symbol.asyncIterator]();
      const line = await lines.next();
      signal.throwIfAborted();
      return line.done === true ? null : line.value;
    },
    close: () => {
      reader?.close();
    },
  };
}

function noAnswer(): CommandError {
  return new CommandError('bad-request', {
    what: 'the input ended before this question was answered',
    why: 'Answers are read line by line from the standard input.',
    next: 'To answer every question by Y: --yes',
  });
}
