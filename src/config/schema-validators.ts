/** The JSON Schemas of `schemas/` as functions. In `dist` stands the code that ajv makes of them, in the place of ajv. */
import { Ajv, type ValidateFunction } from 'ajv';
import configSchema from '../../schemas/config.schema.json' with { type: 'json' };
import introspectedSchema from '../../schemas/introspected.schema.json' with { type: 'json' };
import pipelineSchema from '../../schemas/pipeline.schema.json' with { type: 'json' };
import unitTestsSchema from '../../schemas/unit-tests.schema.json' with { type: 'json' };

export type SchemaName = 'config' | 'introspected' | 'pipeline' | 'unitTests';

export const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  allowUnionTypes: true,
  strictTypes: false,
  // The schemas themselves are checked by a test.
  validateSchema: false,
  code: { source: true, esm: true },
});

export const validators: Readonly<Record<SchemaName, ValidateFunction>> = {
  config: ajv.compile(configSchema),
  introspected: ajv.compile(introspectedSchema),
  pipeline: ajv.compile(pipelineSchema),
  unitTests: ajv.compile(unitTestsSchema),
};
