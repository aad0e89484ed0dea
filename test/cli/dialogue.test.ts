import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../cli/command.ts';
import { createDialogue } from '../../cli/dialogue.ts';

function talk(options: { input?: NodeJS.ReadableStream; yes?: boolean; color?: boolean; signal?: AbortSignal }) {
  const shown: string[] = [];
  const output = { write: (text: string) => shown.push(text) };
  const dialogue = createDialogue({
    io: {
      stdin: options.input ?? Readable.from([]),
      stdout: output,
      stderr: output,
      isTTY: false,
      color: options.color ?? false,
    },
    signal: options.signal ?? new AbortController().signal,
    yes: options.yes ?? false,
  });
  return { dialogue, shown: () => shown.join('') };
}

describe('a dialogue', () => {
  it.each([
    ['Y', true],
    ['y', true],
    ['yes', true],
    ['', true],
    ['  Y  ', true],
    ['n', false],
    ['N', false],
    ['no', false],
  ])('takes %j for %s', async (answer, expected) => {
    const { dialogue } = talk({ input: Readable.from([`${answer}\n`]) });

    expect(await dialogue.ask('Really?')).toBe(expected);
  });

  it('asks again until it understands, and reads one line a question', async () => {
    const { dialogue, shown } = talk({ input: Readable.from(['maybe\nn\ny\r\n']) });

    expect(await dialogue.ask('One?')).toBe(false);
    expect(await dialogue.ask('Two?')).toBe(true);
    dialogue.close();

    expect(shown()).toBe('  One? (Y/n): maybe\n  Please answer Y or n (Y/n): n\n\n  Two? (Y/n): y\n');
  });

  it('answers itself if it was told to, and shows what', async () => {
    const { dialogue, shown } = talk({ yes: true });

    expect(await dialogue.ask('Really', 'do it?')).toBe(true);

    expect(shown()).toBe('  Really\n    do it? (Y/n): Y\n');
  });

  it('names --yes if the input ends before the answer', async () => {
    const { dialogue, shown } = talk({});

    const asked = dialogue.ask('Really?');
    await expect(asked).rejects.toThrow(CommandError);
    await expect(asked).rejects.toHaveProperty('next', 'To answer every question by Y: --yes');
    dialogue.close();
    expect(shown()).toBe('  Really? (Y/n): \n');
  });

  it('stops waiting when it is interrupted', async () => {
    const interrupt = new AbortController();
    const { dialogue } = talk({ input: new PassThrough(), signal: interrupt.signal });
    const answer = dialogue.ask('Really?');

    interrupt.abort();

    await expect(answer).rejects.toBeDefined();
  });

  it('tells what it looks at and what it found, in green and red', () => {
    const plain = talk({});
    const painted = talk({ color: true });
    for (const { dialogue } of [plain, painted]) {
      dialogue.note('Cloning');
      dialogue.checking('Checking one');
      dialogue.good('found');
      dialogue.checking('Checking two');
      dialogue.bad('missing');
      dialogue.checking('Checking three');
      dialogue.close();
    }

    expect(plain.shown()).toBe(
      '  Cloning\n\n  Checking one... found.\n\n  Checking two... missing.\n\n  Checking three... \n',
    );
    expect(painted.shown()).toContain('\u001b[32mfound\u001b[39m.');
    expect(painted.shown()).toContain('\u001b[31mmissing\u001b[39m.');
  });
});
