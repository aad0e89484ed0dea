import { usualRule } from '../shared/queue/supersede.ts';
import { SettingsChange } from '../shared/repository/settings.ts';
import { type Command, exitCodes, jsonOption, usageError } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';

/** As they are typed, and as the API calls them. */
const names = {
  image: 'buildImage',
  cpu: 'cpu',
  memory: 'memory',
  deadline: 'deadlineSeconds',
  submodules: 'submodules',
  supersede: 'supersede',
  'skip-ci': 'skipCi',
  'tell-broken': 'tellBroken',
  'shown-to': 'shownTo',
  forks: 'forks',
  volumes: 'volumes',
} as const;

/** What is meant where nothing is set, if it is not what the installation says. */
const unset: Readonly<Record<string, string>> = {
  submodules: 'none',
  supersede: usualRule,
  'skip-ci': 'on',
  'tell-broken': 'comment',
  'shown-to': 'readers',
  forks: 'ask',
  volumes: '2',
};

/** As it is typed, in the API's kind of value. What is wrong is refused by the API's own rules, but for a word that stands for a kind of value. */
function valueOf(option: string, text: string): string | number | boolean | string[] | null {
  if (text === 'default') return null;
  switch (option) {
    case 'submodules':
      return text.split(',');
    case 'deadline':
    case 'volumes':
      return Number(text);
    case 'skip-ci':
      if (text !== 'on' && text !== 'off') throw usageError('skip-ci must be on, off or default', 'yb settings --help');
      return text === 'on';
    default:
      return text;
  }
}

export const settingsCommand: Command = {
  name: 'settings',
  summary: "show or change the settings of a repository's runs",
  usage: 'settings [options]',
  description: 'What is not set is the installation\'s. "default" takes a setting back to that.',
  examples: ['yb settings', 'yb settings --memory 8Gi --deadline 1800', 'yb settings --image default'],
  options: {
    repo: repositoryOption,
    image: { type: 'string', value: 'IMAGE', summary: 'the image that builds run in' },
    cpu: { type: 'string', value: 'CPU', summary: 'processors: 2, 500m' },
    memory: { type: 'string', value: 'MEMORY', summary: 'memory, /dev/shm included: 4Gi' },
    deadline: { type: 'string', value: 'SECONDS', summary: 'a run is ended after so long' },
    submodules: {
      type: 'string',
      value: 'NAMES',
      summary: 'OWNER/NAME,…: private submodules it may read',
    },
    supersede: {
      type: 'string',
      value: 'WHERE',
      summary: 'where a push ends older runs: side-branches, all, never',
    },
    'skip-ci': {
      type: 'string',
      value: 'on|off',
      summary: 'whether a commit may say [skip ci]',
    },
    'tell-broken': {
      type: 'string',
      value: 'HOW',
      summary: 'how an author hears of a broken main: comment, nothing',
    },
    'shown-to': {
      type: 'string',
      value: 'WHOM',
      summary: 'who sees a public repository here: readers, everybody',
    },
    forks: {
      type: 'string',
      value: 'HOW',
      summary: 'pull requests of forks: ask before each commit, never',
    },
    volumes: { type: 'string', value: 'COUNT', summary: 'how many runs may go on at once, each on a warm volume' },
    json: jsonOption,
  },
  run: async (context) => {
    const { args, io } = context;
    const typed = Object.entries(names).flatMap(([option, name]) => {
      const text = args.text(option);
      return text === undefined ? [] : [[name, valueOf(option, text)] as const];
    });
    const change = SettingsChange.safeParse(Object.fromEntries(typed));
    if (!change.success) {
      const [issue] = change.error.issues;
      throw usageError(
        `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not good'}`.trim(),
        'yb settings --help',
      );
    }
    const { server, fullName } = await openRepository(context, 'settings');
    const view =
      typed.length === 0 ? await server.settings(fullName) : await server.changeSettings(fullName, change.data);
    if (args.flag('json')) {
      io.stdout.write(`${JSON.stringify(view)}\n`);
      return exitCodes.ok;
    }
    for (const [option, name] of Object.entries(names)) {
      const value = view.settings[name];
      const shown = Array.isArray(value) ? value.map(({ fullName: each }) => each).join(', ') : onOff(value);
      io.stdout.write(`${option.padEnd(11)} ${String(shown ?? unset[option] ?? "the installation's")}\n`);
    }
    return exitCodes.ok;
  },
};

function onOff(value: string | number | boolean | undefined): string | number | undefined {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
}
