import { expect, test } from 'vitest';
import { classify, sqlErrorPosition } from '../../../src/engines/mysql/errors.js';
import { bindValues, quoteValue } from '../../../src/engines/mysql/literals.js';
import { parseOptions } from '../../../src/engines/mysql/options.js';

const driverError = (errno: number, sqlMessage: string) =>
  Object.assign(new Error(sqlMessage), { errno, sqlState: '42000', sqlMessage, code: 'ER_X' });

test.each([
  [1045, 'PRIVILEGE', false],
  [1142, 'PRIVILEGE', false],
  [1213, 'DEADLOCK', true],
  [1205, 'LOCK_TIMEOUT', true],
  [2013, 'CONNECTION_LOST', true],
  [1153, 'TOO_LARGE', false],
  [1021, 'DISK_FULL', false],
  [3024, 'TIMEOUT', false],
  [1317, 'CANCELLED', false],
  [1062, 'DUPLICATE_KEY', false],
  [1040, 'CONNECTION', true],
  [1146, 'DATABASE', false],
] as const)('error %i is %s', (errno, code, retryable) => {
  const cause = driverError(errno, 'what happened');
  expect(classify(cause, { sql: 'select 1' })).toMatchObject({
    code,
    retryable,
    cause,
    sql: 'select 1',
    message: `what happened [${errno}]`,
  });
});

test.each([
  ['ECONNREFUSED', 'CONNECTION', true],
  ['ECONNRESET', 'CONNECTION_LOST', true],
  ['PROTOCOL_CONNECTION_LOST', 'CONNECTION_LOST', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'CONNECTION', false],
] as const)('a network error %s is %s', (name, code, retryable) => {
  expect(classify(Object.assign(new Error('gone'), { code: name }))).toMatchObject({ code, retryable });
});

test('a closed connection is a lost one', () => {
  const error = new Error("Can't add new command when connection is in closed state");
  expect(classify(error)).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
});

test.each([
  [1054, "Unknown column 'm.bdy' in 'field list'", { name: 'bdy', unknown: 'column' }],
  [1146, "Table 'chat.mesages' doesn't exist", { name: 'mesages', unknown: 'table' }],
  [1052, "Column 'id' in field list is ambiguous", { name: 'id' }],
  [
    1064,
    "You have an error in your SQL syntax; check the manual for the right syntax to use near 'form t' at line 2",
    { position: 12, line: 2 },
  ],
])('the place of %i: %s', (errno, message, position) => {
  expect(sqlErrorPosition(classify(driverError(errno, message), { sql: 'select id,\n form t' }))).toEqual(position);
});

test('values cannot leave their quotes, and marks in quotes and comments are no places', () => {
  expect(quoteValue(`it's \\' or 1=1 --`)).toBe(`'it''s \\'' or 1=1 --'`);
  expect(quoteValue(Buffer.from([0, 255]))).toBe(`x'00ff'`);
  expect(bindValues(`select '?', "a?", ? /* ? */ -- ?\n, ?`, [`?'`, 5n])).toBe(
    `select '?', "a?", '?''' /* ? */ -- ?\n, 5`,
  );
  expect(() => bindValues('select ?', [1, 2])).toThrow('2 values for 1 places');
});

const parse = (options: Record<string, unknown>) => parseOptions({ name: 'oltp', type: 'mysql', root: '/', options });

test('options have defaults, and a primary is one more connection', () => {
  expect(parse({ database: 'chat', port: '3307' })).toMatchObject({
    host: '127.0.0.1',
    port: 3307,
    user: 'root',
    tls: { mode: 'off' },
  });
  expect(parse({ host: 'db', tls: true }).tls.mode).toBe('verify-identity');
  expect(parse({ watermark_from: { host: 'primary' } }).watermarkFrom?.host).toBe('primary');
});

test.each([
  [{ prot: 1 }, /unknown option 'prot'/],
  [{ port: 'x' }, /'port' must be a number/],
  [{ tls: 'maybe' }, /unknown tls mode 'maybe'/],
  [{ tls: true }, /'verify-identity' needs the name of the host, but 'host' is the address 127.0.0.1/],
  [{ watermark_from: 'primary' }, /'watermark_from' must name a mysql connection/],
])('a wrong option is named: %j', (options, message) => {
  expect(() => parse(options)).toThrow(message);
});
