/** A log's bytes, where its lines are, and what they show: what the worker keeps and answers from. */

import { clean, dropCodes } from '~/features/logs/ansi';
import { LineStarts, splitLines, unstamp } from '~/features/logs/lines';
import { findIn, foldCase, type Wanted } from '~/features/logs/matching';

export interface Matches {
  /** Numbers of lines from 1, rising; a line with two matches is there once. */
  lines: Uint32Array;
  /** How often it matches in all. */
  total: number;
  error: string | null;
}

export const chunkLines = 1024;

/** Grows while the log comes in; answers at any time from what is there. */
export class LogIndex {
  private readonly starts = new LineStarts();
  private readonly shown: (string | undefined)[] = [];
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  private buffer: Uint8Array;
  private size = 0;

  /** `first` is the number of the first line that comes in, `expected` how many bytes will. */
  constructor(
    readonly first = 1,
    expected = 0,
  ) {
    this.buffer = new Uint8Array(Math.max(expected, 1 << 16));
  }

  /** The number of the last line that is there. */
  get last(): number {
    return this.first - 1 + this.starts.count;
  }

  get bytes(): number {
    return this.size;
  }

  /** Take the next piece. */
  add(piece: Uint8Array): void {
    const end = this.size + piece.length;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, Math.ceil(this.buffer.length * 1.5)));
      larger.set(this.buffer.subarray(0, this.size));
      this.buffer = larger;
    }
    this.buffer.set(piece, this.size);
    this.size = end;
    this.starts.add(piece);
  }

  /** Take what has been appended, from this line on; what was known of that line is forgotten. */
  replaceFrom(line: number, piece: Uint8Array): void {
    const at = Math.max(line - this.first, 0);
    this.starts.cut(at);
    this.size = this.starts.start(at);
    this.shown.length = Math.min(this.shown.length, Math.floor(at / chunkLines));
    this.add(piece);
  }

  /** The lines from one to another, both included, as far as there are such. */
  lines(from: number, to: number): string[] {
    const begin = Math.max(from, this.first) - this.first;
    const end = Math.min(to, this.last) - this.first;
    if (begin > end) return [];
    const bytes = this.buffer.subarray(this.starts.start(begin), this.starts.end(end));
    const lines = splitLines(this.decoder.decode(bytes));
    // Only the last of them may be cut short by the end of what is there so far.
    while (lines.length < end - begin + 1) lines.push('');
    return lines;
  }

  /** How many chunks of lines there are. */
  get chunks(): number {
    return Math.ceil(this.starts.count / chunkLines);
  }

  /** The number of the first line of a chunk. */
  firstOf(chunk: number): number {
    return this.first + chunk * chunkLines;
  }

  /** What the lines of a chunk show, joined by line ends; made once and kept for later searches. */
  chunk(number: number): string {
    const known = this.shown[number];
    if (known !== undefined) return known;
    const from = this.firstOf(number);
    const lines = this.lines(from, from + chunkLines - 1).map((line) => dropCodes(unstamp(line).text));
    // A code may be cut off by the end of its line; single signs can be looked for in all lines at once.
    const text = clean(lines.join('\n'));
    // The last line may still grow.
    if (from + chunkLines <= this.last) this.shown[number] = text;
    return text;
  }

  /** Look for plain words, chunk by chunk; the generator gives way after each. */
  *search(wanted: Wanted): Generator<undefined, Matches> {
    const needle = wanted.isCaseSensitive ? wanted.term : foldCase(wanted.term);
    const lines: number[] = [];
    let total = 0;
    for (let chunk = 0; chunk < this.chunks; chunk += 1) {
      const text = this.chunk(chunk);
      const found = findIn(wanted.isCaseSensitive ? text : foldCase(text), needle, this.firstOf(chunk));
      for (const line of found.lines) lines.push(line);
      total += found.total;
      yield;
    }
    return { lines: Uint32Array.from(lines), total, error: null };
  }
}
