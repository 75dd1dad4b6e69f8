/** Durations as people write them: `500ms`, `30s`, `5m`, `1h`, `7d`. */

const unitsMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

const pattern = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/;

/** Milliseconds of a duration such as `30m` or `1.5h`; undefined where the text is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]);
}

/** The shortest exact form that `parseDurationMs` reads back: `90m`, `1h`, `500ms`. */
export function formatDuration(durationMs: number): string {
  for (const [unit, ms] of Object.entries(unitsMs)) {
    if (durationMs >= ms && durationMs % ms === 0) return `${durationMs / ms}${unit}`;
  }
  return `${durationMs}ms`;
}
