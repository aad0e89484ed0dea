import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Configuration, configurationName } from '../../../runner/checkout/configuration.ts';

/** `.yb.yaml` as a JSON Schema, for editors; the flags are told apart when the file is read. */
function configurationSchema(): object {
  return {
    title: configurationName,
    description: 'How yb tests this repository.',
    ...z.toJSONSchema(Configuration, { io: 'input', target: 'draft-7' }),
  };
}

describe('the schema of .yb.yaml for editors', () => {
  // Written anew by `npx vitest run --config test/vitest.config.ts --update test/runner/checkout`.
  it('is what docs/yb.schema.json says', async () => {
    const text = `${JSON.stringify(configurationSchema(), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../docs/yb.schema.json');
  });

  it('knows every key, and no other', () => {
    expect(configurationSchema()).toMatchObject({
      additionalProperties: false,
      properties: { targets: {}, flags: {}, env: {}, flakyAttempts: { minimum: 1, maximum: 10 } },
    });
  });
});
