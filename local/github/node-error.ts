/** Whether a thrown value is an error of Node's own with this code, such as `ENOENT`. */
export function isNodeError(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
