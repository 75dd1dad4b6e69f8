/** Names of time zones. */
import { nearest } from './nearest.js';

/** True for an IANA name such as `UTC` or `Europe/Berlin`; offsets such as `+02:00` are none. */
export function isTimezone(name: string): boolean {
  // The default need not wait for Intl to load.
  if (name === 'UTC') return true;
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A hint for a name that is no zone. */
export function timezoneHint(name: string): string {
  const best = nearest(name, Intl.supportedValuesOf('timeZone'));
  return best === undefined ? 'an IANA name such as UTC or Europe/Berlin' : `did you mean '${best}'?`;
}
