/** Handlebars' parser in the place of the package: what would compile and run templates is most of it, and nobody calls that. */
// @ts-expect-error: its types are those of the package's entry
import { parse, parser } from 'handlebars/dist/cjs/handlebars/compiler/base.js';

export default { parse, Parser: parser };
