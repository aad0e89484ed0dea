import type { Context } from 'hono';
import type * as z from 'zod';
import { YbError } from '../../../shared/errors.ts';
import { allows } from '../access/access.ts';
import type { SettingsChange } from '../../../shared/repository/settings.ts';
import type { Changing } from '../access/audit.ts';
import type { OfRepository, Shown } from '../access/gate.ts';
import { secretNameOf } from '../acts/owner-settings.ts';
import { repositoryPath } from '../../../shared/store/repositories.ts';
import { readEntries } from '../../../shared/store/audit.ts';
import type { Services } from '../services.ts';
import { badgeLink, feedLink, queryOf } from '../../../shared/links.ts';
import type {
  AuditList,
  AuditQuery,
  BadgeView,
  SecretBody,
  SecretList,
  SettingsView,
} from '../../../shared/api/schemas.ts';

type Answer<Asked = Shown> = (context: Context, asked: Asked) => Promise<Response>;
type Change<Body> = (context: Context, asked: Changing<OfRepository>, body: Body) => Promise<Response>;

/** What the API answers to the owners of a repository about its settings and secrets. */
export interface OwnerHandlers {
  readonly settings: Answer;
  readonly changeSettings: Change<SettingsChange>;
  readonly secrets: Answer;
  readonly setSecret: Change<z.output<typeof SecretBody>>;
  readonly removeSecret: Answer<Changing<OfRepository>>;
  readonly makeBadgeKey: Answer<Changing<OfRepository>>;
  readonly removeBadgeKey: Answer<Changing<OfRepository>>;
  readonly audit: (context: Context, asked: Shown, query: z.output<typeof AuditQuery>) => Promise<Response>;
}

export function createOwnerHandlers({ ownerSettings, documents, access, settings }: Services): OwnerHandlers {
  /** Only who administers them can let another repository's checkouts read them, and only within one account. */
  const submodulesOf = async ({ caller, repository }: OfRepository, names: readonly string[]) =>
    await Promise.all(
      names.map(async (name) => {
        const found = await access.byName(caller, name);
        const isOwn = found !== null && allows(found, 'admin') && found.ownerId === repository.ownerId;
        if (isOwn) return { id: found.id, fullName: found.fullName };
        const words = `${name} is no repository of the same account that you administer`;
        throw new YbError('unprocessable', `submodules: ${words}`);
      }),
    );
  return {
    async settings(context, { repository }) {
      return context.json({ settings: await ownerSettings.read(repository.id) } satisfies SettingsView);
    },
    async changeSettings(context, asked, change) {
      const { repository, change: noted } = asked;
      noted.tell(Object.keys(change).join(', '));
      const { submodules, ...rest } = change;
      if (rest.shownTo === 'everybody' && repository.private) {
        throw new YbError(
          'unprocessable',
          `shownTo: ${repository.fullName} is private at GitHub: make it public there`,
        );
      }
      const known = {
        ...rest,
        ...(submodules === undefined
          ? {}
          : { submodules: submodules === null ? null : await submodulesOf(asked, submodules) }),
      };
      return context.json({ settings: await ownerSettings.change(repository.id, known) } satisfies SettingsView);
    },
    async secrets(context, { repository }) {
      const secrets = await ownerSettings.secrets(repository.id);
      return context.json({
        secrets: secrets.map(({ updatedAt, ...rest }) => ({ ...rest, updatedAt: updatedAt.toISOString() })),
      } satisfies SecretList);
    },
    async setSecret(context, { repository, change }, { value }) {
      const name = secretNameOf(context.req.param('name') ?? '');
      change.tell(name);
      await ownerSettings.setSecret(repository.id, { name, value, by: change.by.login });
      return context.body(null, 204);
    },
    async removeSecret(context, { repository, change }) {
      const name = secretNameOf(context.req.param('name') ?? '');
      change.tell(name);
      await ownerSettings.removeSecret(repository.id, name);
      return context.body(null, 204);
    },
    async makeBadgeKey(context, { repository, change }) {
      const key = await ownerSettings.makeBadgeKey(repository.id, change.by.login);
      const at = (link: string): string => `${settings.dashboardUrl}${link}?${queryOf({ key })}`;
      const view = { badge: at(badgeLink(repository.fullName)), feed: at(feedLink(repository.fullName)) };
      return context.json(view satisfies BadgeView, 201);
    },
    async removeBadgeKey(context, { repository }) {
      await ownerSettings.removeBadgeKey(repository.id);
      return context.body(null, 204);
    },
    async audit(context, { repository }, { limit, before }) {
      const entries = await readEntries(documents, repositoryPath(repository.id), { limit, before });
      return context.json({
        entries: entries.map(({ expireAt: _, at, ...entry }) => ({ ...entry, at: at.toISOString() })),
      } satisfies AuditList);
    },
  };
}
