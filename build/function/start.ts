import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * What the host loads of a function: its program, with the code at hand that V8 compiled in the rehearsal (`rehearse.ts`).
 * Without it, or under another Node, the program is compiled as ever.
 */
enableCompileCache({ directory: join(import.meta.dirname, '.compiled'), portable: true });
await import(new URL('index.mjs', import.meta.url).href);
