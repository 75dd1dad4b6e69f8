/** Sizes as people write them: `512KB`, `16MB`, `1GB`; powers of 1024. */

const units = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

const pattern = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB)$/i;

/** Bytes of a size such as `16MB`; undefined where the text is none. */
export function parseBytes(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * units[(match[2] ?? '').toUpperCase() as keyof typeof units]);
}
