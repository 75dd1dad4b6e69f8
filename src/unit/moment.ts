/** A moment of the analytic zone as one of the world. */

/**
 * The time of `YYYY-MM-DD HH:MM:SS` in a zone.
 * @param inZone spells a moment in the zone, in that form
 */
export function momentInZone(text: string, inZone: (date: Date) => string): Date {
  const asUtc = (moment: string) => new Date(`${moment.replace(' ', 'T')}Z`).getTime();
  const wanted = asUtc(text);
  let time = wanted;
  // Twice, since the offset of the first guess may be that of the other side of a clock change.
  for (let turn = 0; turn < 2; turn += 1) time += wanted - asUtc(inZone(new Date(time)));
  return new Date(time);
}
