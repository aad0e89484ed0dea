import { http } from '@google-cloud/functions-framework';
import { PubSub } from '@google-cloud/pubsub';
import { verify } from '@octokit/webhooks-methods';
import { environment } from '../../../../shared/config.ts';

// The webhook as one writes it first: it checks the signature and publishes, with a publisher made for each request.
const variables = environment();

http('naive', async (request, response) => {
  const body = request.rawBody?.toString('utf8') ?? '';
  if (!(await verify(variables['BENCH_SECRET'] ?? '', body, request.get('x-hub-signature-256') ?? ''))) {
    response.status(401).end();
    return;
  }
  const client = new PubSub({ projectId: variables['YB_PROJECT'] ?? '' });
  const data = Buffer.from(JSON.stringify({ delivery: request.get('x-github-delivery') }));
  await client.topic(variables['BENCH_TOPIC'] ?? '').publishMessage({ data });
  await client.close();
  response.status(202).end();
});
