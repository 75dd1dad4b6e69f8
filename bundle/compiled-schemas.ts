/** Compiles the schemas when the package is built: at each start it would take longer than checking a project against them. */
import standalone from 'ajv/dist/standalone/index.js';
import type { Plugin } from 'rolldown';
import { ajv, validators } from '../src/config/schema-validators.js';

/** Puts the code of the validators in the place of the module that would compile them. */
export function compiledSchemas(): Plugin {
  return {
    name: 'compiled-schemas',
    load: {
      filter: { id: /\/src\/config\/schema-validators\.ts$/ },
      handler: () => {
        const names = Object.keys(validators);
        const ids = Object.entries(validators).map(([name, { schema }]) => [name, (schema as { $id: string }).$id]);
        const code = standalone.default(ajv, Object.fromEntries(ids));
        return { code: `${code}\nexport const validators = { ${names.join(', ')} };`, moduleType: 'js' };
      },
    },
  };
}
