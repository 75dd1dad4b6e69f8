/**
 * Texts and bytes -> DuckDB's vectors. A string of DuckDB is 16 bytes: its length, then up to 12 bytes of text; or the first
 * four and a pointer (`duckdb_string_t` of its C API). So all texts of a vector are handed over as one, which DuckDB copies
 * and checks, and each row points into that copy.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { copyToVector, type Fill, type Slice, vectorRows } from './vector.js';

const stringBytes = 16;
/** Texts up to this long lie in the string itself. */
const inlineBytes = 12;

const strings = Buffer.from(new ArrayBuffer(stringBytes * vectorRows));
const words = new Uint32Array(strings.buffer);
const twoToThe32 = 2 ** 32;
const usualBytes = 1024 * 1024;
let joined = Buffer.allocUnsafe(usualBytes);

export const fillTexts: Fill = (chunk, index, slice) => {
  if (!fillJoined(chunk, index, slice)) fillOneByOne(chunk, index, slice);
};

/** False where a text is no UTF-8. */
function fillJoined(chunk: DuckDBDataChunk, index: number, slice: Slice): boolean {
  const { data, places, first, step, count } = slice;
  const whole = wholeOf(slice);
  const texts = whole ?? joinTexts(slice);
  const base = texts.length === 0 ? 0 : assign(chunk, index, texts);
  // Room for huge texts is not kept for ordinary ones.
  if (joined.length > 16 * usualBytes) joined = Buffer.allocUnsafe(usualBytes);
  if (base === undefined) return false;
  const shift = whole === undefined ? 0 : base - (whole.byteOffset - data.byteOffset);
  let at = base;
  for (let row = 0, place = first; row < count; row++, place += step) {
    const start = places[place] ?? 0;
    const end = places[place + 1] ?? 0;
    if (end < 0) {
      words.fill(0, 4 * row, 4 * row + 4);
      continue;
    }
    const bytes = end - start;
    words[4 * row] = bytes;
    if (bytes <= inlineBytes) {
      words[4 * row + 1] = 0;
      words[4 * row + 2] = 0;
      words[4 * row + 3] = 0;
      for (let byte = 0; byte < bytes; byte++) strings[stringBytes * row + 4 + byte] = data[start + byte] ?? 0;
    } else {
      for (let byte = 0; byte < 4; byte++) strings[stringBytes * row + 4 + byte] = data[start + byte] ?? 0;
      const pointer = whole === undefined ? at : start + shift;
      words[4 * row + 2] = pointer % twoToThe32;
      words[4 * row + 3] = pointer / twoToThe32;
    }
    at += bytes + 1;
  }
  copyToVector(chunk, index, slice, strings as Buffer<ArrayBuffer>);
  return true;
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

/** Writes all texts into `joined`, a zero after each: two halves of a character must not make a whole one. What is written is given. */
function joinTexts({ data, places, first, step, count }: Slice): Buffer {
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
  return joined.subarray(0, at);
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
