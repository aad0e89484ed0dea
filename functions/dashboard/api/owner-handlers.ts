import type { Context } from 'hono';
import { SettingsChange } from '../../../shared/repository/settings.ts';
import { jsonBody } from '../http/bodies.ts';
import type { OfRepository } from '../access/gate.ts';
import { secretNameOf } from '../acts/owner-settings.ts';
import type { Services } from '../services.ts';
import { type SecretList, SecretBody, type SettingsView } from '../../../shared/api/schemas.ts';

type Answer = (context: Context, asked: OfRepository) => Promise<Response>;

/** What the API answers to the owners of a repository about its settings and secrets. */
export interface OwnerHandlers {
  readonly settings: Answer;
  readonly changeSettings: Answer;
  readonly secrets: Answer;
  readonly setSecret: Answer;
  readonly removeSecret: Answer;
}

export function createOwnerHandlers({ ownerSettings, access }: Services): OwnerHandlers {
  return {
    async settings(context, { repository }) {
      const settings = await ownerSettings.read(repository.id);
      return context.json({ settings } satisfies SettingsView);
    },
    async changeSettings(context, { repository }) {
      const settings = await ownerSettings.change(repository.id, await jsonBody(context, SettingsChange));
      return context.json({ settings } satisfies SettingsView);
    },
    async secrets(context, { repository }) {
      const secrets = await ownerSettings.secrets(repository.id);
      return context.json({
        secrets: secrets.map(({ updatedAt, ...rest }) => ({ ...rest, updatedAt: updatedAt.toISOString() })),
      } satisfies SecretList);
    },
    async setSecret(context, { repository, caller }) {
      const name = secretNameOf(context.req.param('name') ?? '');
      const { value } = await jsonBody(context, SecretBody);
      const person = await access.person(caller);
      await ownerSettings.setSecret(repository.id, { name, value, by: person?.login ?? 'somebody' });
      return context.body(null, 204);
    },
    async removeSecret(context, { repository }) {
      await ownerSettings.removeSecret(repository.id, secretNameOf(context.req.param('name') ?? ''));
      return context.body(null, 204);
    },
  };
}
