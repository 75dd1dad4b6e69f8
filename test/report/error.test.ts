import { expect, test } from 'vitest';
import { EtlError } from '../../src/errors.js';
import { errorReportOf, formatError, formatThrown } from '../../src/report/error.js';
import { noPaint } from '../../src/report/paint.js';
import { failure } from './samples.js';

test('an error shows the place, the line with a caret, the SQL beside it and the hint', () => {
  expect(formatError(failure, noPaint)).toBe(
    [
      '✖ column "chat" does not exist [MODEL_SQL]',
      '  sql/facts/fact_message.sql:3:10',
      '    3 | \tselect m.chat, {{date_key "m.created_at"}}',
      '      | \t        ^',
      '  as sent to the database:',
      '    1 | -- head',
      '    2 | with m as (',
      '    3 |   select m.chat, 20240301',
      '    4 | )',
      '    5 | select * from m',
      "  hint: did you mean 'chat_id'?",
    ].join('\n'),
  );
});

test('of long SQL the part around the line that is wrong is shown, with that line marked and with what is left out', () => {
  const sql = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
  sql[29] = 'select m.chat';
  const text = formatError({ ...failure, sql: sql.join('\n'), sqlLine: 30 }, noPaint);
  expect(text).toContain('> 30 | select m.chat');
  expect(text).toContain('26 | line 26');
  expect(text).not.toContain('| line 25');
  expect(text).toContain('… 6 more lines');
});

test("a thrown error tells its cause in the driver's words, once", () => {
  const cause = new Error('ECONNREFUSED 127.0.0.1:3306');
  expect(formatThrown(new EtlError('CONNECTION', 'oltp cannot be reached', { cause }), [], noPaint)).toBe(
    '✖ oltp cannot be reached: ECONNREFUSED 127.0.0.1:3306 [CONNECTION]',
  );
  const told = new EtlError('CONNECTION', `oltp: ${cause.message}`, { cause });
  expect(formatThrown(told, [], noPaint)).toBe('✖ oltp: ECONNREFUSED 127.0.0.1:3306 [CONNECTION]');
});

test('neither message, cause, hint nor SQL shows a secret', () => {
  const error = new EtlError('DATABASE', 'with hunter22', {
    cause: new Error('hunter22 refused'),
    hint: 'is hunter22 right?',
    sql: "select 'hunter22'",
  });
  expect(JSON.stringify(errorReportOf(error, ['hunter22']))).not.toContain('hunter22');
});
