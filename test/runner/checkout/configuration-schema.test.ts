import { describe, expect, it } from 'vitest';
import { configurationSchema } from '../../../runner/checkout/configuration.ts';

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
