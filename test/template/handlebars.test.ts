/** What chat-etl writes from Handlebars' tree is what Handlebars itself writes. */
import fc from 'fast-check';
import Handlebars from 'handlebars';
import { expect, test } from 'vitest';
import { Rendering } from '../../src/template/helpers.js';
import { parseTemplate } from '../../src/template/parse.js';
import { rootScope } from '../../src/template/scope.js';
import { writeNodes } from '../../src/template/write.js';
import { stubContext, stubEnvironment } from './stub.js';

const vars = {
  name: "o'clock",
  n: 3,
  zero: 0,
  yes: true,
  no: false,
  none: [],
  kinds: ['a', 'b'],
  list: [{ x: 5 }, { x: 6, inner: { y: 7 } }],
  group: { x: 1, inner: { y: 'deep' } },
};

const macros = {
  show: '[{{name}} {{x}}{{#if (lookup this "more")}} {{> show_more more=more}}{{/if}}]\n',
  show_more: '<{{more}}{{@root.n}}>',
  loop: '  {{#each items as |it|}}\n  {{it}},{{@index}}{{#unless @last}};{{/unless}}\n  {{/each}}\n',
};

const texts = [
  'a',
  ' ',
  '  ',
  '\n',
  '\r\n',
  '{{! no }}',
  '\n{{!-- no --}}\n',
  '\\{{name}}',
  '{{> show x=1}}',
  '{{> show x=n more=name}}',
  '\n  {{> loop items=@root.kinds}}\n',
];
const names = 'name n yes zero x inner.y group.x kinds.[0] list.1.x this this.x ./x ../x ../name @root.n @root.group.x';
const data = '@index @key @first @last @../index item key item.x ./item ../item';
// Text before each value: of two numbers side by side Handlebars writes the sum.
const values = [
  ...[...names.split(' '), ...data.split(' ')].flatMap((name) => [
    `,{{${name}}}`,
    `,{{~${name}~}}`,
    `,{{to_text ${name}}}`,
  ]),
  '{{to_text (to_text "q")}}',
  '{{add_days "d" -7}}',
  ',{{lookup @root.group "x"}}',
  ',{{lookup this "x"}}',
  '{{to_text (lookup @root.kinds 1)}}',
];
const opened = [
  ...['yes', 'no', 'zero', 'none', 'kinds', '@first', '(lookup this "x")'].flatMap((name) => [
    `if ${name}`,
    `unless ${name}`,
  ]),
  ...['kinds', '@root.list', 'group', '@root.group', 'none'].flatMap((name) => [
    `each ${name}`,
    `each ${name} as |item key|`,
  ]),
  ...['@root.group', '@root.list.[1]', '@root', 'this', 'zero', 'none', 'inner'].flatMap((name) => [
    `with ${name}`,
    `with ${name} as |item|`,
  ]),
];

const { template } = fc.letrec<{ template: string; block: string }>((tie) => ({
  template: fc
    .array(fc.oneof(fc.constantFrom(...texts), fc.constantFrom(...values), tie('block')), { maxLength: 5 })
    .map((pieces) => pieces.join('')),
  block: fc
    .tuple(fc.constantFrom(...opened), tie('template'), tie('template'), fc.constantFrom('', '~', '\n'), fc.boolean())
    .map(([open, body, otherwise, edge, isChained]) => {
      const [start, end] = edge === '\n' ? ['\n  {{', '}}\n'] : [`{{${edge}`, `${edge}}}`];
      const chain = isChained ? `${start}else if @root.yes${end}chained` : '';
      return `${start}#${open}${end}${body}${chain}${start}else${end}${otherwise}${start}/${open.split(' ')[0]}${end}`;
    }),
}));

const handlebars = Handlebars.create();
handlebars.registerHelper('to_text', (text: unknown) =>
  typeof text === 'string' || typeof text === 'number' ? `to_text(${text})` : '',
);
handlebars.registerHelper('add_days', (date: unknown, days: unknown) => `add_days(${date}, ${days})`);
handlebars.registerPartial(macros);

test('a template of any blocks, names and macros is written as Handlebars writes it', () => {
  fc.assert(
    fc.property(template, (text) => {
      const written = handlebars.compile(text, { noEscape: true, preventIndent: true })(vars);
      // What is no text is a mistake here.
      expect(writtenHere(text)).toBe(written.replaceAll('[object Object]', ''));
    }),
    { numRuns: 300, examples: [['{{#each kinds as |item|}},{{./item}},{{../item}}{{/each}}']] },
  );
});

/** The text, mistakes or not; `null` stands for what could not be written. */
function writtenHere(text: string): string {
  const rendering = new Rendering({ path: 'x.sql', text }, stubEnvironment(vars, macros), stubContext);
  writeNodes(parseTemplate(text).nodes ?? [], rootScope(vars), rendering);
  return rendering.pieces.text.replaceAll('null', '');
}
