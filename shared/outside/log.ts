/** Keys that stand in every line where they are known, so that saved queries and metrics can rely on them. */
export interface LogFields {
  readonly delivery?: string | undefined;
  readonly run?: string | undefined;
  readonly repo?: string | undefined;
  readonly customer?: string | undefined;
  /** The request's trace: 32 hexadecimal digits. */
  readonly trace?: string | undefined;
  readonly [key: string]: unknown;
}

export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
