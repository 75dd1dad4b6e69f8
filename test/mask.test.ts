import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskSecrets } from '../src/mask.js';

test('a secret is masked as it is, in a URL and in JSON', () => {
  const secret = 'p@ss "wörd"';
  const text = `${secret} ${encodeURIComponent(secret)} ${JSON.stringify({ password: secret })}`;
  expect(maskSecrets(text, [secret])).toBe('*** *** {"password":"***"}');
});

test('so it is in quotes of SQL, and in JSON of these', () => {
  const secret = `it's "so"`;
  expect(maskSecrets(`'it''s "so"' "it's ""so"""`, [secret])).toBe(`'***' "***"`);
  expect(maskSecrets(JSON.stringify(`'it''s "so"'`), [secret])).toBe(`"'***'"`);
});

test('a part of a long secret is masked where a server quotes no more of it', () => {
  const secret = 'abcdefghijklmnopqrstuvwxyz0123456789';
  expect(maskSecrets(`near '${secret.slice(0, 20)}' at line 1, ...${secret.slice(-18)}`, [secret])).toBe(
    `near '***' at line 1, ...***`,
  );
  expect(maskSecrets(secret.slice(3, 9), [secret])).toBe('defghi');
});

test('a secret that contains another one goes whole', () => {
  expect(maskSecrets('abcdef abc', ['abc', 'abcdef'])).toBe('*** ***');
});

test('a very short secret is masked where it stands alone, not inside words', () => {
  expect(maskSecrets("login 'pw' at powpw:pw", ['pw'])).toBe("login '***' at powpw:***");
});

test('an empty secret masks nothing', () => {
  expect(maskSecrets('text', [''])).toBe('text');
});

test('no text shows a secret of three characters or more', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 3 }), fc.string(), (before, secret, after) => {
      fc.pre(!'***'.includes(secret) && !/\*/.test(secret));
      expect(maskSecrets(before + secret + after, [secret])).not.toContain(secret);
    }),
  );
});
