/** Whoever listens to a run may break, be it a full disk under a log file: that ends the run as an abort does. */
import { EtlError } from '../errors.js';
import type { EventSink } from './events.js';

export interface Listener {
  /** Never throws. */
  readonly emit: EventSink;
  /** Aborts with an EtlError when the listener throws; what is committed by then stays so. */
  readonly broken: AbortSignal;
}

export function listenerOf(onEvent: EventSink): Listener {
  const broken = new AbortController();
  const emit: EventSink = (event) => {
    try {
      onEvent(event);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      broken.abort(new EtlError('INTERNAL', `what listens to the run failed: ${why}`, { cause: thrown }));
    }
  };
  return { emit, broken: broken.signal };
}
