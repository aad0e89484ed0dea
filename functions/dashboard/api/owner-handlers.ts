import type { Context } from 'hono';
import { SettingsChange } from '../../../shared/repository/settings.ts';
import { jsonBody, query } from '../http/bodies.ts';
import type { Tell } from '../access/audit.ts';
import type { OfRepository } from '../access/gate.ts';
import { secretNameOf } from '../acts/owner-settings.ts';
import { readEntries } from '../../../shared/store/audit.ts';
import type { Services } from '../services.ts';
import {
  type AuditList,
  AuditQuery,
  type SecretList,
  SecretBody,
  type SettingsView,
} from '../../../shared/api/schemas.ts';

type Answer = (context: Context, asked: OfRepository, tell: Tell) => Promise<Response>;

/** What the API answers to the owners of a repository about its settings and secrets. */
export interface OwnerHandlers {
  readonly settings: Answer;
  readonly changeSettings: Answer;
  readonly secrets: Answer;
  readonly setSecret: Answer;
  readonly removeSecret: Answer;
  readonly audit: Answer;
}

export function createOwnerHandlers({ ownerSettings, access, documents }: Services): OwnerHandlers {
  return {
    async settings(context, { repository }) {
      const settings = await ownerSettings.read(repository.id);
      return context.json({ settings } satisfies SettingsView);
    },
    async changeSettings(context, { repository }, tell) {
      const change = await jsonBody(context, SettingsChange);
      tell(Object.keys(change).join(', '));
      const settings = await ownerSettings.change(repository.id, change);
      return context.json({ settings } satisfies SettingsView);
    },
    async secrets(context, { repository }) {
      const secrets = await ownerSettings.secrets(repository.id);
      return context.json({
        secrets: secrets.map(({ updatedAt, ...rest }) => ({ ...rest, updatedAt: updatedAt.toISOString() })),
      } satisfies SecretList);
    },
    async setSecret(context, { repository, caller }, tell) {
      const name = secretNameOf(context.req.param('name') ?? '');
      tell(name);
      const { value } = await jsonBody(context, SecretBody);
      const person = await access.person(caller);
      await ownerSettings.setSecret(repository.id, { name, value, by: person?.login ?? 'somebody' });
      return context.body(null, 204);
    },
    async removeSecret(context, { repository }, tell) {
      const name = secretNameOf(context.req.param('name') ?? '');
      tell(name);
      await ownerSettings.removeSecret(repository.id, name);
      return context.body(null, 204);
    },
    async audit(context, { repository }) {
      const { limit, before } = query(context, AuditQuery);
      const entries = await readEntries(documents, repository.id, { limit, before });
      return context.json({
        entries: entries.map(({ expireAt: _, at, ...entry }) => ({ ...entry, at: at.toISOString() })),
      } satisfies AuditList);
    },
  };
}
