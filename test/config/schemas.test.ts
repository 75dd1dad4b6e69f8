import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { strategies } from '../../src/engines/contract.js';
import { engineNames } from '../../src/engines/registry.js';

const names = ['config', 'introspected', 'pipeline', 'unit-tests'];

function read(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));
}

test.each(names)('the schema of %s is a valid JSON Schema', (name) => {
  const ajv = new Ajv();
  expect(ajv.validateSchema(read(name)), ajv.errorsText()).toBe(true);
});

test.each(names)('every key of %s has a description for editors', (name) => {
  const schema = read(name);
  const definitions = schema.definitions as Record<string, Record<string, unknown>>;
  const missing: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties } = node as Record<string, unknown>;
    if (typeof properties === 'object' && properties !== null && !path.includes('/if')) {
      for (const [key, property] of Object.entries(properties as Record<string, Record<string, unknown>>)) {
        const reference = /^#\/definitions\/(\w+)$/.exec(String(property.$ref))?.[1];
        const described = property.description ?? definitions[reference ?? '']?.description ?? property.const;
        if (described === undefined && !String(property.$ref).includes('/properties/')) missing.push(`${path}/${key}`);
      }
    }
    for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`);
  };
  walk(schema, '');
  expect(missing).toEqual([]);
});

test.each(names)('%s accepts no unknown keys beside those it lists', (name) => {
  const open: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, additionalProperties, allOf } = node as Record<string, unknown>;
    if (properties !== undefined && additionalProperties !== false && !path.endsWith('/if') && allOf === undefined) {
      open.push(path);
    }
    for (const [key, child] of Object.entries(node)) walk(child, `${path}/${key}`);
  };
  walk(read(name), '');
  expect(open).toEqual(name === 'config' ? ['/definitions/vars'] : []);
});

test('the schemas know exactly the engines and strategies that there are', () => {
  expect(read('config')).toMatchObject({
    definitions: { connection: { properties: { type: { enum: expect.toSatisfy(sameNames(engineNames)) } } } },
  });
  expect(read('pipeline')).toMatchObject({
    definitions: { model: { properties: { strategy: { enum: expect.toSatisfy(sameNames(strategies)) } } } },
  });
});

function sameNames(names: readonly string[]) {
  return (listed: readonly string[]) => [...listed].sort().join() === [...names].sort().join();
}
