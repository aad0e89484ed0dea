import { type Import, type ImportGraph, importGraph, packageOf, reachedPackages } from './imports.ts';
import type { Finding, Rule } from './source-file.ts';

/** Rooms whose files decide and do not act: input in, value out. */
const pure = [
  'shared/run/',
  'shared/volume/',
  'shared/queue/',
  'shared/history/',
  'shared/repository/',
  'shared/messages/',
];

/** The outside world, which a decision does not touch. */
const outside =
  /^(@google-cloud\/.*|google-auth-library|@kubernetes\/.*|@octokit\/.*|@hono\/node-server|node:(fs|net|http|https|http2|tls|dns|child_process|worker_threads|timers))$/;

/** Clients of clouds, clusters and code hosts. */
const clients = /^(@google-cloud\/.*|google-auth-library|google-gax|@kubernetes\/.*|@octokit\/.*)$/;

/** Where a room may import from, besides itself. The first one whose prefix fits a file counts. */
const rooms: readonly { readonly prefix: string; readonly from: readonly string[] }[] = [
  ...pure.map((prefix) => ({
    prefix,
    from: [...pure, 'shared/attempt/', 'shared/bazel/', 'shared/outside/', 'shared/*'],
  })),
  // Ports name nobody's types but each other's.
  { prefix: 'shared/outside/', from: ['shared/outside/'] },
  { prefix: 'shared/attempt/', from: ['shared/attempt/', 'shared/*'] },
  { prefix: 'shared/', from: ['shared/'] },
  { prefix: 'functions/', from: ['shared/'] },
  { prefix: 'runner/', from: ['shared/'] },
  { prefix: 'cli/', from: ['shared/'] },
  // What Terraform is told is written from what each function reads.
  { prefix: 'build/terraform-facts.ts', from: ['shared/', 'functions/'] },
  { prefix: 'build/', from: ['shared/'] },
  { prefix: 'local/', from: ['shared/', 'functions/', 'runner/', 'cli/', 'build/'] },
  { prefix: 'test/', from: [''] },
];

/** The folder in which a file is free to import: for a function its own, not its neighbours'. */
function homeOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'functions' ? `${first}/${second}/` : `${first}/`;
}

function allowed(from: readonly string[], target: string): boolean {
  return from.some((prefix) =>
    prefix.endsWith('*') ? new RegExp(`^${prefix.slice(0, -1)}[^/]+$`).test(target) : target.startsWith(prefix),
  );
}

function roomFinding(path: string, found: Import): Finding | null {
  const room = rooms.find(({ prefix }) => path.startsWith(prefix));
  const { target } = found;
  // What stands at the root (package.json) belongs to everybody.
  if (room === undefined || target === null || !target.includes('/')) return null;
  const isPure = room.prefix.split('/').length === 3;
  if (!isPure && target.startsWith(homeOf(path))) return null;
  if (allowed(room.from, target)) return null;
  const reason = isPure ? 'a decision does not know the adapters' : `${homeOf(path)} does not know it`;
  return { path, line: found.line, message: `imports ${target}: ${reason}` };
}

/**
 * Imports point inward: functions → adapters → domain; a function never imports another; nothing that is deployed
 * imports `local/` or `test/`.
 */
export const importsPointInward: Rule = (files) =>
  [...importGraph(files)].flatMap(([path, imports]) =>
    imports.flatMap((found) => {
      const finding = roomFinding(path, found);
      return finding === null ? [] : [finding];
    }),
  );

/** Decisions name nothing of the outside world, not even its types. */
export const decisionsArePure: Rule = (files) =>
  [...importGraph(files)]
    .filter(([path]) => [...pure, 'shared/outside/'].some((prefix) => path.startsWith(prefix)))
    .flatMap(([path, imports]) =>
      imports
        .filter(({ target, specifier }) => target === null && outside.test(packageOf(specifier)))
        .map(({ line, specifier }) => ({ path, line, message: `imports ${specifier}: decisions are pure` })),
    );

/** What must not be part of a program, whatever the way it would come in. */
const unreachable: readonly { readonly entry: RegExp; readonly what: RegExp; readonly why: string }[] = [
  { entry: /^runner\/[^/]+\.ts$/, what: clients, why: 'a Job holds no rights of the installation' },
  { entry: /^cli\/yb\.ts$/, what: /^(@google-cloud|@kubernetes)\//, why: "a person's laptop has no cloud client" },
  {
    entry: /^functions\/webhook\/index\.ts$/,
    what: /^(@google-cloud\/(firestore|pubsub|storage)|@kubernetes\/client-node)$/,
    why: "it would slow the webhook's cold start",
  },
  { entry: /^functions\/dashboard\/index\.ts$/, what: /^@kubernetes\//, why: 'people have no way into the cluster' },
];

/** Follows imports from each entry point to the packages it would load. */
export const programsStayLean: Rule = (files) => {
  const graph = importGraph(files);
  return unreachable.flatMap(({ entry, what, why }) =>
    [...graph.keys()].filter((path) => entry.test(path)).flatMap((path) => heavyPackages(graph, path, what, why)),
  );
};

function heavyPackages(graph: ImportGraph, path: string, what: RegExp, why: string): readonly Finding[] {
  return [...reachedPackages(graph, path)]
    .filter(([name]) => what.test(name))
    .map(([name, chain]) => ({ path, message: `loads ${name} (${why}): ${chain.join(' → ')}` }));
}

/** The room of a file of `shared/`; null for what lies loose there, which everybody uses, and for every other file. */
function roomOf(path: string): string | null {
  return /^shared\/[^/]+\//.exec(path)?.[0] ?? null;
}

/**
 * No two rooms know each other, whatever their files do: what cannot be read apart is not apart. Types count too; that no file
 * imports itself through others is the linter's `import/no-cycle`.
 */
export const roomsHaveNoCircles: Rule = (files) => {
  const arrows = new Map<string, { readonly path: string; readonly line: number; readonly target: string }>();
  for (const [path, imports] of importGraph(files)) {
    for (const { line, target } of imports) {
      const [from, to] = [roomOf(path), target === null ? null : roomOf(target)];
      if (from === null || to === null || from === to || target === null) continue;
      const arrow = `${from} → ${to}`;
      if (!arrows.has(arrow)) arrows.set(arrow, { path, line, target });
    }
  }
  return [...arrows].flatMap(([arrow, { path, line, target }]) => {
    const [from = '', to = ''] = arrow.split(' → ');
    const back = arrows.get(`${to} → ${from}`);
    return back === undefined
      ? []
      : [{ path, line, message: `imports ${target}, and ${back.path} imports ${back.target}: a circle of two rooms` }];
  });
};

const queriesTable = 'shared/store/queries.ts';

/** A query that is not in the table has no index in the cloud, and fails there alone. */
export const queriesStandInTheTable: Rule = (files) =>
  files
    .filter(({ path }) => /^(functions|shared)\//.test(path) && path !== queriesTable)
    .filter(({ text }) => /\bdocuments\.query\(/.test(text))
    .map(({ path }) => ({ path, message: `asks a query of its own: ${queriesTable} has them all` }));

const factories = ['createWebhook', 'createScheduler', 'createWatcher', 'createDashboard'];

/** Tests wire the functions in one place, so that what they try is what is deployed. */
export const functionsAreWiredOnce: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith('test/') && path !== 'test/world/installation.ts')
    .filter(({ path }) => !path.startsWith('test/architecture/'))
    .flatMap(({ path, text }) =>
      factories
        .filter((name) => new RegExp(`\\b${name}\\(`).test(text))
        .map((name) => ({ path, message: `calls ${name}: test/world/installation.ts does` })),
    );
