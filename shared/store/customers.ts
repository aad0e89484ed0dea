import * as z from 'zod';
import type { Documents, Write } from '../outside/documents.ts';
import { creationOf, type Stored, storedOrNull, updateOf } from './record.ts';

/** `customers/{account}`: who owns repositories, by the account's numeric id at GitHub. */
const Customer = z.object({
  id: z.string(),
  /** The end of the turn of its last run that had to wait, in virtual time. */
  lastFinish: z.number().default(0),
});
type Customer = z.output<typeof Customer>;

export function customerPath(customer: string): string {
  return `customers/${customer}`;
}

/** Null for one none of whose runs ever had to wait. */
export async function readCustomer(documents: Documents, customer: string): Promise<Stored<Customer> | null> {
  const [snapshot] = await documents.get([customerPath(customer)]);
  return storedOrNull(Customer, snapshot);
}

/** The write that remembers the end of a turn, if nobody was given another one meanwhile. */
export function turnOf(customer: string, before: Stored<Customer> | null, lastFinish: number): Write[] {
  if (before === null) return [creationOf(Customer, customerPath(customer), { id: customer, lastFinish })];
  const write = updateOf(Customer, before, { ...before.value, lastFinish });
  return write === null ? [] : [write];
}
