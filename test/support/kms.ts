import { type KeyGrants, type Kms, startKms } from '../../local/kms/kms.ts';
import { keyNameOf } from '../../local/kms/names.ts';
import { createKmsKey } from '../../shared/google/kms.ts';
import type { Key } from '../../shared/outside/keys.ts';
import type { FunctionName, KeyName } from '../../shared/rights.ts';

export interface KmsForTest extends Kms {
  /** What a function is told to ask it. */
  variables(name: FunctionName): Readonly<Record<string, string>>;
  /** A key as that function has it. */
  key(name: KeyName, who: FunctionName): Key;
}

/** The stand-in for Cloud KMS; the token of each function is its name. */
export async function startKmsForTest(grants?: KeyGrants): Promise<KmsForTest> {
  const kms = await startKms({
    keys: { hooks: Buffer.alloc(32, 1), credentials: Buffer.alloc(32, 2) },
    tokens: { webhook: 'webhook', scheduler: 'scheduler', watcher: 'watcher', dashboard: 'dashboard' },
    ...(grants === undefined ? {} : { grants }),
  });
  return {
    ...kms,
    variables: (name) => ({
      YB_KMS_ENDPOINT: kms.url,
      YB_KMS_TOKEN: name,
      YB_KMS_KEY_HOOKS: keyNameOf('hooks'),
      YB_KMS_KEY_CREDENTIALS: keyNameOf('credentials'),
    }),
    key: (name, who) =>
      createKmsKey({ key: keyNameOf(name), endpoint: kms.url, token: async () => await Promise.resolve(who) }),
  };
}
