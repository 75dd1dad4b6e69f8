/**
 * Help in plain characters. Yargs measures it by the width that each character has on a terminal, and to know all emoji
 * takes a third of the program's start, whatever the command. Ours has no emoji, no colours and no wide characters.
 */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';

/** Gives yargs the modules of `plain-text/` in the place of packages of these names. */
export function plainText(): Plugin {
  return {
    name: 'plain-text',
    resolveId: {
      filter: { id: /^(string-width|strip-ansi|wrap-ansi)$/ },
      handler: (source, importer) => {
        if (importer === undefined || !/\/node_modules\/(yargs|cliui)\//.test(importer)) return null;
        return fileURLToPath(new URL(`./plain-text/${source}.ts`, import.meta.url));
      },
    },
  };
}
