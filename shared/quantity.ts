import * as z from 'zod';

const factors: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * What a quantity is worth, `500m` or `4Gi`: processors or bytes. Null for what is none of the forms that people write.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityOf(text: string): number | null {
  const [, number = '', suffix = ''] = /^(\d{1,15}(?:\.\d{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text) ?? [];
  const factor = factors[suffix];
  return number === '' || factor === undefined ? null : Number(number) * factor;
}

export const Quantity = z
  .string()
  .max(32)
  .refine((text) => quantityOf(text) !== null, 'must be a quantity such as 2, 500m or 4Gi');
