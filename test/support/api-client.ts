import { type Document, OpenAPIClientAxios, type OperationResponse } from 'openapi-client-axios';
import * as z from 'zod';
import type { LiveView } from '../../shared/api/live-schemas.ts';
import type { RunDetails, RunList, RunView } from '../../shared/api/schemas.ts';

type Call<Answer, Body = undefined> = (
  parameters: Readonly<Record<string, string | number>>,
  body?: Body,
) => OperationResponse<Answer>;

/** What tests ask through the client. */
interface Operations {
  readonly runs: Call<RunList>;
  readonly start: Call<RunView, { readonly ref: string; readonly cache: boolean }>;
  readonly run: Call<RunDetails>;
  readonly live: Call<LiveView>;
  readonly cancel: Call<RunView>;
}

/** A client that somebody else's library makes of the document that the server itself gives, as whoever has this token. */
export async function apiClient(dashboard: string, token: string) {
  const answer = await fetch(`${dashboard}/api/v1/openapi.json`);
  const definition = z.custom<Document>((value) => typeof value === 'object').parse(await answer.json());
  const api = new OpenAPIClientAxios({
    definition,
    axiosConfigDefaults: { headers: { authorization: `Bearer ${token}` }, proxy: false },
  });
  return await api.init<Operations>();
}
