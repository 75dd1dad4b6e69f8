/** Commits what steps have done together with everything that the journal says of it, then makes it visible. */
import type { Session } from '../engines/contract.js';
import { EtlError, toEtlError } from '../errors.js';
import { insertPositions, insertSteps, insertTableStates, insertWatermarks } from '../journal/write.js';
import type { StepOutcome } from './apply-step.js';
import { commitOrAsk } from './commit-outcome.js';
import type { RunContext } from './context.js';
import type { DataSession } from './data-session.js';
import { forgetLostRows } from './forget.js';
import type { LiveState } from './live-state.js';
import { inSession } from './open-run.js';
import type { SourceRead } from './read-source.js';
import type { Targets } from './targets.js';

export interface CommitRequest {
  readonly context: RunContext;
  readonly data: DataSession;
  readonly state: LiveState;
  readonly targets: Targets;
  readonly outcomes: readonly StepOutcome[];
  readonly reads: readonly SourceRead[];
  /** Further rows of the journal that belong to the same transaction. */
  readonly alsoWrite: () => Promise<void>;
}

/**
 * Inside an open transaction. Errors: LEASE_LOST, CANCELLED, DATABASE; then nothing has been committed. COMMIT_UNKNOWN.
 * @returns what kept the committed data from being made visible, which the next run finishes
 */
export async function commitSteps(request: CommitRequest): Promise<EtlError | undefined> {
  const { context, data, targets, alsoWrite } = request;
  const { session } = data;
  await forgetLostRows(context, session, targets, request.outcomes);
  await writeJournal(request);
  await alsoWrite();
  const publication = targets.publication(publicationId(request), context.config.grants);
  const swaps = publication.tables.length + publication.views.length > 0;
  if (swaps) await session.recordPublication(publication);
  context.emit({ type: 'stage', stage: 'commit' });
  await context.lease.assertHeld(session);
  data.seal();
  const isWhole = await commitOrAsk(context, session, request.outcomes[0]?.report.step ?? '');
  context.emit({ type: 'stage', stage: 'publish' });
  if (!swaps) return undefined;
  const publish = (on: Session) => on.publish(publication).then(() => undefined, unpublished);
  return isWhole ? publish(session) : inSession(context.warehouse, publish).catch(unpublished);
}

/** Of a server that went away, nothing else would tell that this was no failure of the run. */
function unpublished(thrown: unknown): EtlError {
  const error = toEtlError(thrown);
  if (error.code !== 'CONNECTION' && error.code !== 'CONNECTION_LOST') return error;
  return new EtlError(error.code, `the data is committed, but new tables are not swapped in yet: ${error.message}`, {
    cause: error,
    hint: 'the next run finishes the swap',
  });
}

/** Steps that commit on their own may have swaps under way side by side, each with an intent of its own. */
function publicationId({ context: { runId, plan }, outcomes }: CommitRequest): string {
  const [first] = outcomes;
  return plan.atomicity === 'step' && first !== undefined ? `${runId}/${first.report.step}` : runId;
}

async function writeJournal({ context, data: { session }, outcomes, reads }: CommitRequest): Promise<void> {
  const { dialect } = context.engine;
  const { batch } = context;
  const watermarks = reads.flatMap(({ source, extracted }) =>
    extracted.record === undefined ? [] : [{ source: source.table, record: extracted.record }],
  );
  await insertWatermarks(session, dialect, watermarks);
  const states = outcomes.flatMap(({ report, state }) =>
    state === undefined ? [] : [{ table: report.step, batch, state }],
  );
  await insertTableStates(session, dialect, states);
  const positions = outcomes.flatMap((outcome) =>
    [...outcome.positions].map(([upstream, position]) => ({
      model: outcome.report.step,
      upstream,
      consumedBatch: position.batch,
      fingerprint: position.fingerprint,
      batch,
    })),
  );
  await insertPositions(session, dialect, positions);
  await insertSteps(
    session,
    dialect,
    context.runId,
    batch,
    outcomes.map(({ report }) => report),
  );
}
