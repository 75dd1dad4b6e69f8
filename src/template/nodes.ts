/** A template as a tree: what Handlebars' parser found, checked, with offsets of the text in the place of lines and columns. */

export type TemplateNode = TextNode | ValueNode | BlockNode | MacroNode;

/** Text that is copied. */
export interface TextNode {
  readonly kind: 'text';
  readonly text: string;
  readonly offset: number;
}

/** A `{{…}}` that writes: what a helper gives, or what a name stands for. */
export interface ValueNode {
  readonly kind: 'value';
  readonly value: CallNode | NameNode;
  readonly offset: number;
}

export type BlockName = 'if' | 'unless' | 'each' | 'with';

export interface BlockNode {
  readonly kind: 'block';
  readonly block: BlockName;
  readonly argument: ExpressionNode;
  /** The names that `as |item key|` gives. */
  readonly locals: readonly string[];
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

/** `{{> name argument="value"}}` */
export interface MacroNode {
  readonly kind: 'macro';
  readonly name: string;
  readonly args: readonly (readonly [name: string, value: ExpressionNode])[];
}

export type ExpressionNode = LiteralNode | CallNode | NameNode;

export interface LiteralNode {
  readonly kind: 'literal';
  readonly value: unknown;
}

/** A helper with its arguments; the offset is that of the first of them. */
export interface CallNode {
  readonly kind: 'call';
  readonly helper: string;
  readonly args: readonly ExpressionNode[];
  readonly offset: number;
}

/** A name that stands for a value: `kind`, `this`, `activity.low`, `../name`, `@root.name`, `@index`. */
export interface NameNode {
  readonly kind: 'name';
  readonly written: string;
  readonly parts: readonly string[];
  /** How many contexts further out (`../`). */
  readonly depth: number;
  /** True for `@index` and its kin. */
  readonly isData: boolean;
  /** True for `this.x`, `./x` and `../x`, which no `as |x|` shadows. */
  readonly isScoped: boolean;
  readonly offset: number;
}
