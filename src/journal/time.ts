/** Points in time as the journal writes them: UTC `YYYY-MM-DD HH:MM:SS.ffffff`, so that text order is time order. */

/** From ISO 8601 (`2024-03-01T10:00:00.123Z`) or the journal's own form with any number of decimals. */
export function timestampText(value: string): string {
  const plain = value.replace('T', ' ').replace(/Z$/, '');
  const [seconds = '', fraction = ''] = plain.split('.');
  return `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}`;
}

export function timestampOf(epochMs: number): string {
  return timestampText(new Date(epochMs).toISOString());
}

export function nowText(): string {
  return timestampOf(Date.now());
}

/** Milliseconds since 1970 of a journal timestamp. */
export function epochMsOf(timestamp: string): number {
  const text = timestampText(timestamp);
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11, 23)}Z`);
}
