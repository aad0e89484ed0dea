/** What a measurement says to people, and whether its aims were reached. */
export interface Report {
  readonly text: string;
  readonly good: boolean;
}
