/** Changes that break what docs/guarantees.md promises under "What is deleted". */
import type { Bite } from './bites.js';

export const deleted: readonly Bite[] = [
  {
    promise: '`deleted_rows: keep`: rows stay, flagged since the run that saw them gone; models equal their rebuild',
    breaks: 'rows that a soft column marks are flagged anew by each run',
    file: 'src/load/keep-deleted.ts',
    before: 'then ${since} end as',
    after: 'then ${dialect.timestamp(seenAt)} end as',
    test: 'test/load/keep-deleted.test.ts',
    name: 'a row marked by its soft column stays as the source has it',
  },
  {
    promise: 'Kept and purged rows survive reloads and new tables',
    breaks: 'what is kept is lost where staging is built anew',
    file: 'src/run/prepare-stage.ts',
    before: "carriesRows: source.deletedRows === 'keep' || source.retention !== undefined,",
    after: 'carriesRows: false,',
    test: 'test/e2e/deleted-rows.test.ts',
    name: 'what is kept is not lost where the table is built anew',
  },
  {
    promise: 'After a hard delete no table or view holds what was personal',
    breaks: 'a flagged row keeps its personal columns',
    file: 'src/load/keep-deleted.ts',
    before: 'if (erase.length === 0) return;',
    after: 'if (erase.length >= 0) return;',
    test: 'test/load/keep-deleted.test.ts',
    name: 'erased columns are NULL as soon as the row is flagged',
  },
  {
    promise: 'After a hard delete no table or view holds what was personal',
    breaks: 'what was noted of a deleted row stays',
    file: 'src/run/commit.ts',
    before: 'await forgetLostRows(context, session, targets, request.outcomes);',
    after: 'await Promise.resolve(forgetLostRows);',
    test: 'test/e2e/erasure.test.ts',
    name: 'leaves nothing after runs',
  },
  {
    promise: 'After a hard delete no table or view holds what was personal',
    breaks: 'change logs keep what all have read',
    file: 'src/run/clean-up.ts',
    before: 'await pruneChangeLogs(context, session);',
    after: 'await Promise.resolve(pruneChangeLogs);',
    test: 'test/e2e/erasure.test.ts',
    name: 'leaves nothing in change logs either',
  },
  {
    promise: 'A history loses its erased columns in all versions',
    breaks: 'a history keeps the personal columns of its closed versions',
    file: 'src/transform/erase-history.ts',
    before: 'if (!erases(work)) return;\n',
    after: 'if (!erases(work) || !cut) return;\n',
    test: 'test/e2e/erase-history.test.ts',
    name: 'a row removed from staging is erased in its open and closed versions',
  },
];
