/** Numbers for people: rounded, with units. */

/** `1,234,567` */
export function formatCount(count: number): string {
  // Not by Intl, which takes longer to load than all that a short run prints.
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1,234 rows`, `1 row` */
export function formatRows(rows: number): string {
  return plural(rows, 'row');
}

/** `3 steps`, `1 step` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `8 ms`, `1.2 s`, `42 s`, `3 min 20 s`, `5 h 12 min`, `3 d 4 h` */
export function formatDuration(durationMs: number): string {
  if (durationMs < 100) return `${Math.round(durationMs)} ms`;
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

function twoUnits(amount: number, perLarge: number, large: string, small: string): string {
  const rest = amount % perLarge;
  const whole = `${formatCount((amount - rest) / perLarge)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}

/** `950 rows/s`, `120k rows/s`, `1.2M rows/s`; undefined where there is nothing to divide. */
export function formatRate(rows: number, durationMs: number): string | undefined {
  if (rows === 0 || durationMs <= 0) return undefined;
  return `${shortCount((rows * 1000) / durationMs)} rows/s`;
}

function shortCount(count: number): string {
  if (count < 999.5) return String(Math.round(count));
  if (count < 9_950) return `${(count / 1000).toFixed(1)}k`;
  if (count < 999_500) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `512 B`, `12 kB`, `3.4 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let amount = bytes / 1000;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}
