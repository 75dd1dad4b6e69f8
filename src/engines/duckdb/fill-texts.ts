/**
 * Texts and bytes -> DuckDB's vectors. A string of DuckDB is 16 bytes: its length, then up to 12 bytes of text; or the first
 * four and a pointer (`duckdb_string_t` of its C API). So all texts of a vector are handed over as one, which DuckDB copies
 * and checks, and each row points into that copy.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { type ColumnFill, fillValues, type Slice, vectorRows } from './vector.js';

const stringBytes = 16;
/** Texts up to this long lie in the string itself. */
const inlineBytes = 12;
const twoToThe32 = 2 ** 32;
const usualBytes = 1024 * 1024;

export function fillTexts(): ColumnFill {
  const strings = new Strings();
  const values = fillValues(strings.bytes, (slice) => strings.take(slice));
  let taken: Slice | undefined;
  return {
    take: (slice) => {
      values.take(slice);
      taken = slice;
    },
    put: (chunk, index) => {
      const base = strings.texts.length === 0 ? 0 : assign(chunk, index, strings.texts);
      if (base === undefined) {
        if (taken !== undefined) fillOneByOne(chunk, index, taken);
        return;
      }
      strings.pointTo(base);
      values.put(chunk, index);
    },
  };
}

/** The strings of a vector, whose long texts are pointed at in `texts`. */
class Strings {
  readonly bytes = Buffer.from(new ArrayBuffer(stringBytes * vectorRows)) as Buffer<ArrayBuffer>;
  readonly #words = new Uint32Array(this.bytes.buffer);
  #joined = Buffer.allocUnsafe(0);
  #count = 0;
  /** All texts of the vector, and what lies between them. */
  texts: Buffer = this.#joined;

  take(slice: Slice): void {
    const { data, places, first, step, count } = slice;
    const { bytes } = this;
    const words = this.#words;
    const whole = wholeOf(slice);
    this.texts = whole ?? this.#join(slice);
    this.#count = count;
    const shift = whole === undefined ? 0 : data.byteOffset - whole.byteOffset;
    let at = 0;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) {
        words.fill(0, 4 * row, 4 * row + 4);
        continue;
      }
      const length = end - start;
      const inlined = length <= inlineBytes ? length : 4;
      words[4 * row] = length;
      words[4 * row + 1] = 0;
      words[4 * row + 2] = 0;
      words[4 * row + 3] = 0;
      for (let byte = 0; byte < inlined; byte++) bytes[stringBytes * row + 4 + byte] = data[start + byte] ?? 0;
      if (length > inlineBytes) words[4 * row + 2] = whole === undefined ? at : start + shift;
      at += length + 1;
    }
  }

  /** Turns places in `texts` into addresses, once it is known where DuckDB has it. */
  pointTo(base: number): void {
    const words = this.#words;
    for (let word = 0; word < 4 * this.#count; word += 4) {
      if ((words[word] ?? 0) <= inlineBytes) continue;
      const pointer = base + (words[word + 2] ?? 0);
      words[word + 2] = pointer % twoToThe32;
      words[word + 3] = pointer / twoToThe32;
    }
  }

  /** Writes all texts one after the other, a zero after each: two halves of a character must not make a whole one. */
  #join({ data, places, first, step, count }: Slice): Buffer {
    // Room for huge texts is not kept for ordinary ones.
    let joined = this.#joined.length > 16 * usualBytes ? Buffer.allocUnsafe(usualBytes) : this.#joined;
    let at = 0;
    for (let row = 0, place = first; row < count; row++, place += step) {
      const start = places[place] ?? 0;
      const end = places[place + 1] ?? 0;
      if (end < 0) continue;
      const next = at + end - start + 1;
      if (next > joined.length) {
        const larger = Buffer.allocUnsafe(2 * next);
        joined.copy(larger, 0, 0, at);
        joined = larger;
      }
      if (end - start <= inlineBytes)
        for (let from = start; from < end; from++) joined[at + from - start] = data[from] ?? 0;
      else data.copy(joined, at, start, end);
      joined[next - 1] = 0;
      at = next;
    }
    this.#joined = joined;
    return joined.subarray(0, at);
  }
}

/**
 * The part of the batch in which all texts of the slice lie, where that is a text and not much more than they: to copy it is
 * less than to join them.
 */
function wholeOf({ data, places, first, step, count, isText }: Slice): Buffer | undefined {
  if (!isText) return undefined;
  let from = -1;
  let to = 0;
  let bytes = 0;
  for (let row = 0, place = first; row < count; row++, place += step) {
    const start = places[place] ?? 0;
    const end = places[place + 1] ?? 0;
    if (end < 0) continue;
    if (from < 0) from = start;
    to = end;
    bytes += end - start;
  }
  return from >= 0 && 2 * bytes >= to - from ? data.subarray(from, to) : undefined;
}

/** Where DuckDB's copy of the bytes lies (an address has 48 bits); undefined where it took them for no text. A short one lies nowhere. */
function assign(chunk: DuckDBDataChunk, index: number, bytes: Buffer): number | undefined {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  duckdb.vector_assign_string_element_len(vector, 0, bytes);
  const string = Buffer.from(duckdb.vector_get_data(vector, stringBytes));
  if (string.readUInt32LE(0) === bytes.length) return string.readUInt32LE(12) * twoToThe32 + string.readUInt32LE(8);
  return undefined;
}

/** Bytes that are no character become the replacement character, as they do in any decoder. */
function fillOneByOne(chunk: DuckDBDataChunk, index: number, { data, places, first, step, count }: Slice): void {
  const vector = chunk.getColumnVector(index);
  for (let row = 0, place = first; row < count; row++, place += step) {
    const end = places[place + 1] ?? 0;
    vector.setItem(row, end < 0 ? null : data.toString('utf8', places[place] ?? 0, end));
  }
  vector.flush();
}
