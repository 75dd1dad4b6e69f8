/** The version of this program, from its own package.json. */
import packageJson from '../package.json' with { type: 'json' };

export const toolVersion: string = packageJson.version;
