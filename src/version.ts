/** The version of this program, from its own package.json. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../package.json') as { readonly version: string };

export const toolVersion: string = version;
