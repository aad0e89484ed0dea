import { currentTally, type Trace } from './tally.ts';

const pattern = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Google's own header: https://cloud.google.com/trace/docs/trace-context */
const cloudPattern = /^([0-9a-f]{32})(?:\/\d{1,20})?(?:;o=[01])?$/;
const noSpan = '0000000000000001';

/** Reads it out of headers or attributes; null where there is none that can be read. */
export function traceOf(headers: Readonly<Record<string, unknown>>): Trace | null {
  const { traceparent, 'x-cloud-trace-context': cloud } = headers;
  const id = typeof traceparent === 'string' ? pattern.exec(traceparent)?.[1] : undefined;
  if (id !== undefined) return { id, traceparent: String(traceparent) };
  const cloudId = typeof cloud === 'string' ? cloudPattern.exec(cloud)?.[1] : undefined;
  return cloudId === undefined ? null : { id: cloudId, traceparent: `00-${cloudId}-${noSpan}-01` };
}

/** What hands the current unit of work's trace on to whoever is told something by it. */
export function traceAttributes(): Readonly<Record<string, string>> {
  const trace = currentTally()?.trace ?? null;
  return trace === null ? {} : { traceparent: trace.traceparent };
}
