/** Geometries in WKB's extension for those that have an SRID, EWKB. */

/**
 * The bytes of a geometry: WKB where its SRID is 0, else EWKB: the outer type with the flag 0x20000000, and the SRID behind
 * it. Coordinates are as the server stores them; ST_AsWKB turns those of geographic SRIDs around on MySQL, and not on MariaDB.
 */
export function asExtendedWkb(geometry: string): string {
  // As stored, four bytes of SRID stand before the WKB, all little-endian. Both forms are no longer than that.
  const extended = `CONCAT(SUBSTR(${geometry}, 5, 4), x'20', LEFT(${geometry}, 4), SUBSTR(${geometry}, 10))`;
  // CONCAT is NULL above max_allowed_packet, with a warning. The sum is always out of range, which is an error.
  const whole = `COALESCE(${extended}, LENGTH(${geometry}) + ~0)`;
  return `IF(LEFT(${geometry}, 4) > x'00000000', ${whole}, SUBSTR(${geometry}, 5))`;
}

/** Of what servers say of that sum. */
export const tooLongForExtendedWkb = /out of range in '\(*(?:octet_)?length\(.* \+ ~/i;
