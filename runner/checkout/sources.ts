import { createHash } from 'node:crypto';
import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure, ModuleRefused } from './failure.ts';
import { ensureFolder, removeTree } from './folders.ts';
import { type Git, createGit } from './git.ts';
import { type LfsOptions, obtainObjects } from './lfs.ts';
import { readPointers } from './lfs-pointers.ts';
import { type GitLink, readLinks } from './links.ts';
import { tidyMirror } from './mirror.ts';
import { moduleAddress } from './module-url.ts';
import { type Place, obtainCommit } from './obtain.ts';
import { plainText } from './plain-text.ts';
import { type Report, seconds } from './report.ts';
import type { VolumeLayout } from './volume.ts';
import { updateWorkTree } from './work-tree.ts';

/** What all repositories of one checkout have in common. */
export interface SourceContext {
  readonly layout: VolumeLayout;
  /** Of the repository that has the credential. */
  readonly url: string;
  readonly token: string | null;
  readonly path: string;
  /** At which the credential may be shown beside the repository itself. */
  readonly submoduleUrls: readonly string[];
  readonly allowInsecure: boolean;
  readonly report: Report;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly retryDelayMs: number;
  readonly roomFor: LfsOptions['roomFor'];
}

/** A repository at one commit, and where it is put. */
interface Source {
  readonly place: Place;
  readonly url: string;
  readonly token: string | null;
  readonly sha: string;
  readonly module: string | null;
}

const maxModules = 500;
const maxDepth = 10;
const coldAfterMs = 30 * 86_400_000;

/**
 * Brings the work tree to a commit with all that belongs to it: files of Git LFS, and submodules with theirs. Each
 * repository has a mirror of its own, so that a second run fetches what is new.
 * @throws CheckoutFailure
 */
export async function obtainSources(context: SourceContext, sha: string): Promise<void> {
  const { layout, url, token } = context;
  const queue: { source: Source; depth: number }[] = [
    { source: { place: layout, url, token, sha, module: null }, depth: 0 },
  ];
  let modules = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { source, depth } = next;
    const links = await obtainSource(context, source);
    modules += links.length;
    if (links.length > 0 && (depth >= maxDepth || modules > maxModules)) {
      throw missing(`The commit has more than ${maxModules} submodules, or some that are nested too deeply.`);
    }
    for (const link of links) queue.push({ source: await moduleOf(context, source, link), depth: depth + 1 });
  }
}

/** git over the parts of one repository. */
export function gitOf(context: SourceContext, place: Place): Git {
  return createGit({ ...context, ...place, lfs: context.layout.lfs });
}

/** @returns its submodules that are to be filled */
async function obtainSource(context: SourceContext, source: Source): Promise<GitLink[]> {
  try {
    return await obtainTree(context, source);
  } catch (error) {
    // A credential for some repositories of an owner may be refused for one that everybody can read.
    if (!(error instanceof ModuleRefused) || source.token === null) throw error;
    return await obtainTree(context, { ...source, token: null });
  }
}

async function obtainTree(context: SourceContext, source: Source): Promise<GitLink[]> {
  const { clock, report } = context;
  const { place, sha, module } = source;
  const git = gitOf(context, place);
  const found: { links: GitLink[] } = { links: [] };
  const update = async (): Promise<void> => {
    const links = await readLinks(git, sha);
    const attributesIndex = `${place.index}.attributes`;
    const pointers = await readPointers(gitOf(context, { ...place, index: attributesIndex }), sha);
    await removeTree(attributesIndex);
    await obtainObjects({ ...context, ...source, pointers, store: context.layout.lfs });
    const started = clock.now().getTime();
    await updateWorkTree(git, { tree: place.tree, index: place.index, sha, links, pointers });
    const what = module === null ? 'the work tree' : `the submodule ${module}`;
    report.say(`updated ${what} in ${seconds(clock.now().getTime() - started)}`);
    found.links = links;
  };
  await obtainCommit({ ...context, ...source, git, update });
  if (module !== null) await tidyMirror(git, sha);
  const name = (link: GitLink): string => plainText(`${prefixOf(module)}${link.path.toString('utf8')}`, 200);
  for (const link of found.links) {
    if (link.url === null) report.say(`the submodule ${name(link)} is not in .gitmodules: its folder is empty`);
    else if (link.left) report.say(`the submodule ${name(link)} is left out, as .gitmodules says`);
  }
  return found.links.filter(({ url, left }) => url !== null && !left);
}

async function moduleOf(context: SourceContext, parent: Source, link: GitLink): Promise<Source> {
  const path = link.path.toString('utf8');
  const module = plainText(`${prefixOf(parent.module)}${path}`, 200);
  const address = moduleAddress({
    url: link.url ?? '',
    parent: parent.url,
    own: context.url,
    named: context.submoduleUrls,
    allowInsecure: context.allowInsecure,
  });
  if ('refused' in address) {
    const shown = plainText(link.url ?? '', 200).replace(/\/\/[^/]*@/, '//');
    throw missing(`The submodule ${module} (${shown}) cannot be fetched: ${address.refused}.`);
  }
  if (!Buffer.from(path).equals(link.path)) throw missing(`The path of the submodule ${module} is no text.`);
  const tree = join(parent.place.tree, path);
  const { modules } = context.layout;
  const folder = join(modules, digest(address.url));
  await ensureFolder(modules, 0o700);
  await ensureFolder(folder, 0o700);
  await utimes(folder, context.clock.now(), context.clock.now());
  const place = { mirror: join(folder, 'mirror.git'), index: join(folder, `index-${digest(tree)}`), tree };
  const token = address.mayUseCredential ? context.token : null;
  return { place, url: address.url, token, sha: link.sha, module };
}

/** Lets go of mirrors of submodules and files of Git LFS that no run has asked for in a month. */
export async function tidySources({ layout, clock }: SourceContext): Promise<void> {
  const oldest = clock.now().getTime() - coldAfterMs;
  for (const folder of [layout.modules, layout.lfs]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      if ((await stat(path)).mtimeMs < oldest) await removeTree(path);
    }
  }
}

function prefixOf(module: string | null): string {
  return module === null ? '' : `${module}/`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function missing(message: string): CheckoutFailure {
  return new CheckoutFailure(checkoutExitCodes.sourcesMissing, message);
}
