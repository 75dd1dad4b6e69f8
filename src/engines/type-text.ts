/** Column types as people read and write them: `integer(64, unsigned)`, `decimal(18, 2)`, `text`. */
import type { ColumnType } from './types.js';

export function formatType(type: ColumnType): string {
  switch (type.kind) {
    case 'integer':
      return `integer(${type.bits}${type.unsigned ? ', unsigned' : ''})`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'text':
    case 'binary':
      return type.maxLength === undefined ? type.kind : `${type.kind}(${type.maxLength})`;
    default:
      return type.kind;
  }
}

/** What `formatType` wrote; undefined where it is no type. */
export function parseType(text: string): ColumnType | undefined {
  const [, kind = '', arguments_] = /^(\w+)(?:\((.*)\))?$/.exec(text.trim()) ?? [];
  const [first, second] = (arguments_ ?? '').split(',').map((part) => part.trim());
  const number = first !== undefined && /^\d+$/.test(first) ? Number(first) : undefined;
  switch (kind) {
    case 'integer': {
      const bits = ([8, 16, 32, 64] as const).find((known) => known === number);
      return bits === undefined ? undefined : { kind, bits, unsigned: second === 'unsigned' };
    }
    case 'decimal': {
      const isWhole = number !== undefined && second !== undefined && /^\d+$/.test(second);
      return isWhole ? { kind, precision: number, scale: Number(second) } : undefined;
    }
    case 'text':
    case 'binary':
      return number === undefined ? { kind } : { kind, maxLength: number };
    case 'boolean':
    case 'float':
    case 'double':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'json':
      return { kind };
    default:
      return undefined;
  }
}
