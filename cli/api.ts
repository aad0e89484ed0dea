import { jsonOrNull } from '../shared/json.ts';
import { type Command, CommandError, exitCodes, usageError } from './command.ts';
import { openServer } from './login.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const root = '/api/v1';

export const apiCommand: Command = {
  name: 'api',
  summary: 'ask the API, as whoever is signed in',
  usage: 'api PATH [options]',
  description: [
    'Prints what the server answers, whatever it is: the exit code is 0 if it did',
    'what was asked, else 1. PATH may be written without /api/v1.',
  ].join('\n'),
  examples: ['yb api /person', 'yb api /repos/me/myproject/runs?limit=3', 'yb api /runs/RUN/cancel --method POST'],
  operands: ['PATH'],
  options: {
    method: { type: 'string', value: 'METHOD', summary: `${methods.join(', ')}; GET if left out` },
    body: { type: 'string', value: 'JSON', summary: 'what is sent' },
  },
  run: async (context) => {
    const { args, io } = context;
    const [typed = ''] = args.operands;
    if (!typed.startsWith('/')) throw usageError('PATH begins with a slash', 'yb api /person');
    const wanted = (args.text('method') ?? 'GET').toUpperCase();
    const method = methods.find((one) => one === wanted);
    if (method === undefined) throw usageError(`method must be one of ${methods.join(', ')}`, 'yb api --help');
    const text = args.text('body');
    const body = text === undefined ? undefined : jsonOrNull(text);
    if (body === null) throw usageError('body must be JSON', 'yb api --help');
    const { server } = await openServer(context);
    const path = typed.startsWith(`${root}/`) ? typed : `${root}${typed}`;
    const answer = await server.api({ method, path, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 300 && answer.status < 400) {
      throw new CommandError('bad-request', {
        what: 'the server answers with a link to what is not JSON',
        next: 'For logs, type: yb logs',
      });
    }
    if (answer.body !== undefined) io.stdout.write(`${JSON.stringify(answer.body)}\n`);
    return answer.status < 300 ? exitCodes.ok : exitCodes.failed;
  },
};
