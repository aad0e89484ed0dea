import type { Endpoints } from './system.ts';

/** The addresses for people, and what to type to use `yb` with them. */
export function describeEndpoints(endpoints: Endpoints): string {
  const addresses = Object.entries(endpoints).map(([name, value]) => `${name.padEnd(13)} ${value}`);
  return `${[
    ...addresses,
    '',
    'To use yb with it, type in another terminal:',
    '',
    `  export YB_SERVER=${endpoints.dashboard} YB_TOKEN=${endpoints.apiToken}`,
    `  export GITHUB_API_URL=${endpoints.github} GITHUB_TOKEN=${endpoints.token}`,
    '  npm run yb -- status',
  ].join('\n')}\n`;
}
