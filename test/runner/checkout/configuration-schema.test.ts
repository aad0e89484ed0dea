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

const Pattern = z.object({ pattern: z.string() });
const Shape = z.object({
  properties: z.object({
    flags: z.object({ items: Pattern }),
    env: z.object({ propertyNames: z.object({ allOf: z.array(Pattern) }) }),
  }),
});

describe('the schema of .yb.yaml for editors', () => {
  // Written anew by `npx vitest run --config test/vitest.config.ts test/runner/checkout --update`.
  it('is what docs/yb.schema.json says', async () => {
    const text = `${JSON.stringify(configurationSchema(), undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../../docs/yb.schema.json');
  });

  it('says of a flag and of a name what the reader says', () => {
    const { properties } = Shape.parse(configurationSchema());
    const flag = new RegExp(properties.flags.items.pattern, 'u');
    const names = properties.env.propertyNames.allOf.map(({ pattern }) => new RegExp(pattern, 'u'));
    for (const text of ['--config=ci', '--nokeep_going', '--//a:b=c', '--config', '--output_base=/x', '-c', '--x y']) {
      expect(flag.test(text), text).toBe(Configuration.safeParse({ flags: [text] }).success);
    }
    for (const name of ['GREETING', 'http_proxy', 'vol', 'PATH', '1A', 'YB_RUN', 'PATHS']) {
      expect(
        names.every((one) => one.test(name)),
        name,
      ).toBe(Configuration.safeParse({ env: { [name]: 'x' } }).success);
    }
  });

  it('knows every key, and no other', () => {
    expect(configurationSchema()).toMatchObject({
      additionalProperties: false,
      properties: { targets: {}, flags: {}, env: {}, flakyAttempts: { minimum: 1, maximum: 10 } },
    });
  });
});
