/** A position in the SQL that was sent: an offset from 0, or a line from 1, or the name that the server complained about. */
export interface SqlErrorPosition {
  readonly position?: number;
  readonly line?: number;
  readonly column?: number;
  readonly name?: string;
  /** What there is none of by that name. */
  readonly unknown?: 'column' | 'table';
}
