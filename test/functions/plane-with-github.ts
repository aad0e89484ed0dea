import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import { createControlPlane } from '../support/control-plane.ts';
import { useFirestore } from '../support/firestore.ts';
import { type TestServer, startServer } from '../support/http-server.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from '../support/sample-run.ts';

const Status = z.object({ state: z.string(), description: z.string(), target_url: z.string(), context: z.string() });

/** Scheduler and watcher over a real store, and a GitHub that takes statuses, for the tests of a file. */
export function useControlPlane() {
  const firestore = useFirestore();

  /** What GitHub was told, by commit, and how it answers. */
  const github = { statuses: new Map<string, z.output<typeof Status>[]>(), answer: 201 };
  const server: { value?: TestServer } = {};
  beforeAll(async () => {
    server.value = await startServer(({ method, path, body }, response) => {
      const sha = /statuses\/([0-9a-f]+)$/.exec(path)?.[1] ?? /commits\/([0-9a-f]+)\/statuses/.exec(path)?.[1] ?? '';
      const known = github.statuses.get(sha) ?? [];
      if (method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(known));
        return;
      }
      if (github.answer === 201) github.statuses.set(sha, [Status.parse(JSON.parse(body)), ...known]);
      response.writeHead(github.answer, { 'content-type': 'application/json' }).end('{}');
    });
  });
  afterAll(async () => {
    await server.value?.stop();
  });

  async function setUp(volumes = 2) {
    github.statuses.clear();
    github.answer = 201;
    const plane = createControlPlane({
      documents: firestore.fresh().documents,
      githubUrl: `http://${server.value?.host ?? ''}`,
    });
    await plane.register('42', volumes);
    const push = async (number: number) => {
      const at = new Date(noon.getTime() + number * 1000).toISOString();
      await plane.handle(
        sampleRequest({ runId: sampleRunId(number), sha: sampleSha(number), pushedAt: at, requestedAt: at }),
      );
      await plane.drain();
    };
    /** Its Job passes, and everybody who should hear of it does. */
    const pass = async (number: number) => {
      const run = await plane.run(sampleRunId(number));
      plane.putResult(run);
      plane.cluster.end(run.job?.name ?? '', { terminal: 'Complete' });
      await plane.handle({ v: 1, type: 'job.finished', jobUid: run.job?.uid ?? '' });
      await plane.drain();
    };
    const states = (number: number) =>
      (github.statuses.get(sampleSha(number)) ?? []).map(({ state }) => state).reverse();
    return { ...plane, push, pass, states };
  }

  return { github, setUp };
}
