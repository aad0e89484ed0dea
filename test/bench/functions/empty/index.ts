import { http } from '@google-cloud/functions-framework';

// What the framework itself costs.
http('empty', (_request, response) => {
  response.status(204).end();
});
