/** Which rows of a log are in sight when some of its steps and groups are folded. */

export interface Fold {
  /** Names it while the page lives. */
  key: string;
  /** Updates are what a progress bar wrote before its last state. */
  kind: 'step' | 'group' | 'updates';
  /**
   * Lines from 1, both ends included. A group's first line is its title; a step has a row of its
   * own; updates have none, the line behind them shows them.
   */
  first: number;
  last: number;
  title: string;
  status?: string;
  seconds?: number | null;
  /** Whether it comes in closed. */
  startsClosed?: boolean;
}

export type Row = { kind: 'line'; line: number } | { kind: 'fold'; fold: Fold };

interface Segment {
  /** Row at which it begins. */
  at: number;
  rows: number;
  /** The first line, or the fold whose own row this is. */
  line: number;
  fold: Fold | null;
}

/** The rows in sight, found by number without making a list of them all. */
export class Rows {
  readonly count: number;

  constructor(private readonly segments: readonly Segment[]) {
    const last = segments.at(-1);
    this.count = last === undefined ? 0 : last.at + last.rows;
  }

  /** The row of a number from 0. */
  row(index: number): Row | null {
    const segment = this.segments[this.find((one) => one.at <= index)];
    if (segment === undefined || index >= segment.at + segment.rows) return null;
    if (segment.fold !== null) return { kind: 'fold', fold: segment.fold };
    return { kind: 'line', line: segment.line + index - segment.at };
  }

  /** The number of the row that shows a line, or of the fold it is hidden in. */
  indexOf(line: number): number {
    const segment = this.segments[this.find((one) => one.line <= line)];
    if (segment === undefined) return 0;
    return segment.at + Math.min(Math.max(line - segment.line, 0), segment.rows - 1);
  }

  private find(fits: (segment: Segment) => boolean): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const segment = this.segments[middle];
      if (segment !== undefined && fits(segment)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Lay out the rows of a log of so many lines; folds are in the order of their first lines. */
export function layOut(total: number, folds: readonly Fold[], closed: ReadonlySet<string>): Rows {
  const segments: Segment[] = [];
  let at = 0;
  const push = (rows: number, line: number, fold: Fold | null): void => {
    if (rows <= 0) return;
    segments.push({ at, rows, line, fold });
    at += rows;
  };
  let line = 1;
  for (const fold of folds) {
    if (fold.first < line || fold.first > total) continue;
    push(fold.first - line, line, null);
    const isClosed = closed.has(fold.key);
    if (fold.kind === 'updates') {
      line = isClosed ? fold.last + 1 : fold.first;
      continue;
    }
    push(1, fold.first, fold);
    const inside = fold.kind === 'group' ? fold.first + 1 : fold.first;
    line = isClosed ? Math.min(fold.last, total) + 1 : inside;
  }
  push(total - line + 1, line, null);
  return new Rows(segments);
}

/** Order folds so that one that holds another comes before it; a step before a group of its line. */
export function inOrder(folds: readonly Fold[]): Fold[] {
  return [...folds].sort(
    (one, other) =>
      one.first - other.first || Number(other.kind === 'step') - Number(one.kind === 'step') || other.last - one.last,
  );
}

/** The keys of the folds that hide a line when they are closed. */
export function holding(folds: readonly Fold[], line: number): string[] {
  return folds
    .filter((fold) => line <= fold.last && (fold.kind === 'group' ? line > fold.first : line >= fold.first))
    .map((fold) => fold.key);
}
