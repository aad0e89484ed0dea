import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tellStory } from '../../local/demo-story.ts';
import { systemClock } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import { useLocalSystem } from '../support/local-system.ts';

const rig = useLocalSystem();

describe("the demo's story", () => {
  it('goes as it is told: set up, pushed and green, then red with the name of the test', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'yb-test-demo-'));
    const told: string[] = [];
    try {
      await tellStory({
        say: (line) => {
          told.push(line.trim());
        },
        clock: systemClock,
        endpoints: rig().system.endpoints,
        folder,
        searchPath: environment()['PATH'] ?? '',
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const story = told.join('\n');
    const steps = [
      /Repo setup done\./,
      /pushed [0-9a-f]{40}/,
      /page: http/,
      /pending/,
      /success +All 4 tests passed/,
      /failure +1 of 4/,
      /failing test: \/\/greet:greet_test/,
    ];
    const places = steps.map((step) => story.search(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
  });
});
