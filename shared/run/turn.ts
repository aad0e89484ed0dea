import * as z from 'zod';

/** A waiting run's turn among those of all customers: who has the least `start` is next. In seconds of virtual time. */
export const Share = z.object({ start: z.number().min(0), finish: z.number().min(0) });
export type Share = z.output<typeof Share>;

/** For what a run waits: a volume of its repository, or a place among its customer's runs, or among all. */
export const WaitsFor = z.enum(['volume', 'customer', 'installation']);
export type WaitsFor = z.output<typeof WaitsFor>;
