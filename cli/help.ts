import type { Command } from './command.ts';

const commonOptions: readonly (readonly [string, string])[] = [['-h, --help', 'show this help']];

/** The help of `yb` itself: what it is, every command, where it looks. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    'yb, a CI server for Bazel repositories',
    '',
    'Usage: yb COMMAND [options]',
    '',
    'Commands:',
    ...table(rows),
    '',
    'Options:',
    ...table([...commonOptions, ['-V, --version', 'show the version']]),
    '',
    'Environment:',
    ...table([
      ['YB_SERVER', 'address of the yb server'],
      ['YB_TOKEN', 'who asks the server, in place of yb login'],
      ['GITHUB_TOKEN', 'your GitHub token, for GitHub alone'],
      ['GITHUB_API_URL', 'GitHub, if it is not https://api.github.com'],
      ['NO_COLOR', 'set it for output without colours'],
    ]),
    '',
    'Type "yb COMMAND --help" for more about one.',
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { short, value, summary }]) => {
    const long = `--${name}${value === undefined ? '' : ` ${value}`}`;
    return [short === undefined ? long : `-${short}, ${long}`, summary] as const;
  });
  return [
    `Usage: yb ${command.usage}`,
    '',
    command.summary,
    ...(command.description === undefined ? [] : ['', command.description]),
    '',
    'Options:',
    ...table([...options, ...commonOptions]),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
