import { describe, expect, it } from 'vitest';
import { type Command, type CommandContext, CommandError } from '../../cli/command.ts';
import { commands } from '../../cli/commands.ts';
import { YbError } from '../../shared/errors.ts';
import { runYb } from './run-yb.ts';

function command(run: (context: CommandContext) => Promise<number>): Command {
  return {
    name: 'greet',
    summary: 'say hello',
    usage: 'greet NAME [options]',
    examples: ['yb greet Ada'],
    operands: ['NAME'],
    options: {
      loud: { type: 'boolean', short: 'l', summary: 'shout' },
      file: { type: 'string', value: 'FILE', summary: 'where to' },
    },
    run,
  };
}

const greet = command(async ({ args, io }) => {
  io.stdout.write(JSON.stringify([args.operands, args.flag('loud'), args.text('file') ?? null]));
  return await Promise.resolve(0);
});

describe('the command line', () => {
  it('hands operands and options to the command and passes its exit code on', async () => {
    const ran = await runYb(['greet', '-l', 'Ada', '--file=a'], { commands: [greet] });
    const failed = await runYb(['greet', 'Ada'], { commands: [command(async () => await Promise.resolve(7))] });

    expect(ran).toEqual({ code: 0, stdout: '[["Ada"],true,"a"]', stderr: '' });
    expect(failed.code).toBe(7);
  });

  it.each([
    [['--help'], 'yb COMMAND'],
    [['-h'], 'greet  say hello'],
    [['help'], 'YB_SERVER'],
    [['help', 'greet'], 'Usage: yb greet NAME [options]'],
    [['greet', '--help'], '  -l, --loud   shout\n  --file FILE  where to\n  -h, --help   show this help\n'],
    [['--version'], 'yb 0.1.0\n'],
    [['-V'], 'yb 0.1.0\n'],
  ])('answers %j with help', async (argv, expected) => {
    const ran = await runYb(argv, { commands: [greet] });

    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(expected);
  });

  it.each([
    [['gret'], 'yb: unknown command "gret"', 'Type: yb greet --help'],
    [['help', 'gret'], 'yb: unknown command "gret"', 'Type: yb greet --help'],
    [['--frob'], 'yb: unknown option --frob', 'Type: yb --help'],
    [['greet', 'Ada', '--frob'], 'yb: unknown option --frob', 'Type: yb greet --help'],
    [['greet', 'Ada', '--toString'], 'yb: unknown option --toString', 'Type: yb greet --help'],
    [['greet', 'Ada', '-x'], 'yb: unknown option -x', 'Type: yb greet --help'],
    [['greet', 'Ada', '--file'], 'yb: --file needs a value', 'Type: yb greet --help'],
    [['greet', 'Ada', '--file', '--loud'], 'yb: --file needs a value', 'Type: yb greet --help'],
    [['greet', 'Ada', '--loud=1'], 'yb: --loud takes no value', 'Type: yb greet --help'],
    [['greet'], 'yb: greet needs NAME', 'Type: yb greet --help'],
    [['greet', 'Ada', 'Grace'], 'yb: greet does not take "Grace"', 'Type: yb greet --help'],
  ])('refuses %j and says what to type next', async (argv, what, next) => {
    const { code, stdout, stderr } = await runYb(argv, { commands: [greet] });

    const lines = stderr.trimEnd().split('\n');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(lines[0]).toBe(what);
    expect(lines.at(-1)?.trim()).toBe(next);
    expect(lines.length).toBeLessThanOrEqual(3);
  });

  it('knows every command of yb, each with a help that fits 80 columns', async () => {
    const overview = await runYb(['--help']);
    expect(overview.stdout).toContain('setup-repo');
    expect(overview.stdout).toContain('explain');

    for (const { name } of commands) {
      const { code, stdout } = await runYb([...name.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it('shows the help and fails if no command is given', async () => {
    expect(await runYb([], { commands: [greet] })).toMatchObject({ code: 2, stdout: '' });
  });

  it('tells a failure in what, why and next', async () => {
    const failing = command(async () => {
      await Promise.resolve();
      throw new CommandError('conflict', { what: 'it did not go', why: 'Because.', next: 'Type: yb greet Ada' });
    });

    const ran = await runYb(['greet', 'Ada'], { commands: [failing] });

    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'yb: it did not go\n    Because.\n    Type: yb greet Ada\n' });
  });

  it('does not show the text of an error that is not ours', async () => {
    const ours = command(async () => await Promise.reject(new YbError('conflict', 'a sentence')));
    const foreign = command(async () => await Promise.reject(new Error('password=hunter2')));

    expect((await runYb(['greet', 'Ada'], { commands: [ours] })).stderr).toBe('yb: a sentence\n');
    expect((await runYb(['greet', 'Ada'], { commands: [foreign] })).stderr).not.toContain('hunter2');
  });

  it('ends with 130 if it is interrupted, whatever the command makes of it', async () => {
    const interrupt = new AbortController();
    const failing = command(async () => {
      interrupt.abort();
      return await Promise.reject(new Error('aborted'));
    });
    const going = command(async () => await Promise.resolve(0));

    expect((await runYb(['greet', 'Ada'], { commands: [failing], signal: interrupt.signal })).code).toBe(130);
    expect((await runYb(['greet', 'Ada'], { commands: [going], signal: interrupt.signal })).code).toBe(130);
  });

  it('works in the folder in which npm was called', async () => {
    const where = command(async ({ cwd, io }) => {
      io.stdout.write(cwd);
      return await Promise.resolve(0);
    });

    const ran = await runYb(['greet', 'Ada'], { commands: [where], cwd: '/a', environment: { INIT_CWD: '/b/c' } });

    expect(ran.stdout).toBe('/b/c');
  });

  it('colours a terminal unless NO_COLOR or a dumb one asks for none', async () => {
    const colour = command(async ({ io }) => {
      io.stdout.write(String(io.color));
      return await Promise.resolve(0);
    });
    const run = async (stdoutIsTTY: boolean, environment: Record<string, string>): Promise<string> =>
      (await runYb(['greet', 'Ada'], { commands: [colour], stdoutIsTTY, environment })).stdout;

    expect(await run(true, { TERM: 'xterm' })).toBe('true');
    expect(await run(true, { NO_COLOR: '1' })).toBe('false');
    expect(await run(true, { TERM: 'dumb' })).toBe('false');
    expect(await run(false, {})).toBe('false');
  });
});
