/** What a line of a log is: the one rule that the server follows too (tests/logs/lines.json). */

const newLine = 10;
const carriageReturn = 13;

/** Finds where lines begin in bytes that come in pieces. */
export class LineStarts {
  /** Offsets of the first bytes of lines; the last entry is where the bytes end. */
  private starts = new Uint32Array(4096);
  private used = 0;
  private size = 0;
  private afterReturn = false;
  private pending = true;

  /** How many lines there are so far. */
  get count(): number {
    return this.used;
  }

  /** Take the next piece. */
  add(piece: Uint8Array): void {
    let at = 0;
    if (this.size === 0 && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) at = 3;
    for (; at < piece.length; at += 1) {
      const byte = piece[at];
      if (this.afterReturn && byte === newLine) {
        // The second half of one end: the next line begins behind it.
        this.afterReturn = false;
        continue;
      }
      this.afterReturn = false;
      if (this.pending) this.begin(this.size + at);
      if (byte === newLine || byte === carriageReturn) {
        this.pending = true;
        this.afterReturn = byte === carriageReturn;
      }
    }
    this.size += piece.length;
  }

  /** Where a line (from 0) begins. */
  start(line: number): number {
    return line < this.used ? (this.starts[line] ?? this.size) : this.size;
  }

  /** Where the line after it begins, or the bytes end. */
  end(line: number): number {
    return line + 1 < this.used ? (this.starts[line + 1] ?? this.size) : this.size;
  }

  /** Forget the lines from this one (from 0) on, and their bytes. */
  cut(line: number): void {
    if (line >= this.used && !this.afterReturn) return;
    this.size = this.start(line);
    this.used = Math.min(this.used, line);
    this.pending = true;
    // What comes next begins a line, even if it begins with the second half of an end.
    this.afterReturn = false;
  }

  private begin(offset: number): void {
    if (this.used === this.starts.length) {
      const larger = new Uint32Array(this.used * 2);
      larger.set(this.starts);
      this.starts = larger;
    }
    this.starts[this.used] = offset;
    this.used += 1;
    this.pending = false;
  }
}

const ends = /\r\n|\n|\r/;

/** Cut a text into its lines, without what ends them. */
export function splitLines(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(ends);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const stamp = /^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))(?: |$)/;

export interface Stamped {
  /** The instant at the head of the line, as it was written. */
  at: string | null;
  text: string;
}

/** What is to be read in a line: that a group ends here is shown by its fold. */
export function readable(text: string): string {
  return /^(##\[endgroup\]|::endgroup::)/.test(text) ? '' : text;
}

/** Part a line from the instant it begins with. */
export function unstamp(line: string): Stamped {
  const found = stamp.exec(line);
  if (found === null) return { at: null, text: line };
  return { at: found[1] ?? null, text: line.slice(found[0].length) };
}
