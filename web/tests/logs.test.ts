import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stripCodes, tokens } from '~/features/logs/ansi';
import { holding, inOrder, layOut, type Fold } from '~/features/logs/folds';
import { LineStarts, splitLines, unstamp, readable } from '~/features/logs/lines';
import { providerLink } from '~/features/logs/outline';
import type { LogMeta } from '~/api/types';
import { LogIndex, type Matches } from '~/features/logs/logIndex';
import { makeMatcher, matchIn, readPattern, type Wanted } from '~/features/logs/matching';

interface Vector {
  why: string;
  log: string;
  lines: string[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../tests/logs/lines.json', import.meta.url), 'utf8'),
) as Vector[];

function indexOf(text: string, step = Infinity): LogIndex {
  const index = new LogIndex();
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += step) index.add(bytes.subarray(at, Math.min(at + step, bytes.length)));
  return index;
}

describe('lines', () => {
  it.each(vectors)('are those of the server: $why', ({ log, lines }) => {
    expect(splitLines(log)).toEqual(lines);
    const index = indexOf(log);
    expect(index.last).toBe(lines.length);
    expect(index.lines(1, index.last)).toEqual(lines);
  });

  it.each(vectors.filter(({ log }) => !log.startsWith('\ufeff')))('are the same in pieces: $why', ({ log, lines }) => {
    const starts = new LineStarts();
    for (const byte of new TextEncoder().encode(log)) starts.add(Uint8Array.of(byte));
    expect(starts.count).toBe(lines.length);
  });

  it('are parted from their instants', () => {
    expect(unstamp('2026-01-01T00:00:00.1234567Z hello')).toEqual({ at: '2026-01-01T00:00:00.1234567Z', text: 'hello' });
    expect(unstamp('hello')).toEqual({ at: null, text: 'hello' });
  });
});

describe('terminal codes', () => {
  it('become classes', () => {
    expect(tokens('a\x1b[1;31mb\x1b[0mc')).toEqual([
      { text: 'a', className: '' },
      { text: 'b', className: 'font-bold ansi-1' },
      { text: 'c', className: '' },
    ]);
    expect(tokens('\x1b[38;5;9mx')).toEqual([{ text: 'x', className: 'ansi-9' }]);
    expect(tokens('\x1b[38;2;1;2;3mx')[0]?.colour).toBe('rgb(1 2 3)');
    expect(tokens('\x1b[94mx')[0]?.className).toBe('ansi-12');
  });

  it('link to the web only', () => {
    const link = (address: string) => tokens(`\x1b]8;;${address}\x07x\x1b]8;;\x07`)[0];
    expect(link('https://example.org/')?.href).toBe('https://example.org/');
    expect(link('javascript:alert(1)')?.href).toBeUndefined();
  });

  it('leave nothing behind', () => {
    expect(stripCodes('\x1b]0;title\x07a\x1b[2K\x07b\u202ec')).toBe('ab<U+202E>c');
  });
});

describe('folds', () => {
  const folds: Fold[] = inOrder([
    { key: 's1', kind: 'step', first: 1, last: 5, title: 'one' },
    { key: 's2', kind: 'step', first: 6, last: 10, title: 'two' },
    { key: 'g1', kind: 'group', first: 2, last: 4, title: 'inner' },
    { key: 'u12', kind: 'updates', first: 11, last: 11, title: '' },
  ]);
  const shown = (closed: string[]) => {
    const rows = layOut(12, folds, new Set(closed));
    return Array.from({ length: rows.count }, (_, at) => {
      const row = rows.row(at);
      return row === null ? '?' : row.kind === 'line' ? row.line : row.fold.key;
    });
  };

  it('show everything when all are open', () => {
    expect(shown([])).toEqual(['s1', 1, 'g1', 3, 4, 5, 's2', 6, 7, 8, 9, 10, 11, 12]);
  });

  it('hide what is closed, and what lies within', () => {
    expect(shown(['g1'])).toEqual(['s1', 1, 'g1', 5, 's2', 6, 7, 8, 9, 10, 11, 12]);
    expect(shown(['s1', 's2'])).toEqual(['s1', 's2', 11, 12]);
  });

  it('hide what a progress bar wrote, without a row for it', () => {
    expect(shown(['s1', 's2', 'u12'])).toEqual(['s1', 's2', 12]);
    expect(holding(folds, 11)).toEqual(['u12']);
  });

  it('find the row of a line', () => {
    const rows = layOut(12, folds, new Set(['s1']));
    expect(rows.indexOf(3)).toBe(0);
    expect(rows.indexOf(6)).toBe(2);
    expect(rows.indexOf(12)).toBe(8);
    expect(holding(folds, 3)).toEqual(['s1', 'g1']);
  });
});

function searchAll(index: LogIndex, wanted: Partial<Wanted>): Matches {
  const steps = index.search({ term: '', isRegex: false, isCaseSensitive: false, ...wanted });
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

describe('search', () => {
  const index = indexOf('2026-01-01T00:00:00Z \x1b[31mErr\x1b[0mor one\nerror error\nfine\n');

  it('counts every match, through codes and without instants', () => {
    const { lines, total } = searchAll(index, { term: 'error' });
    expect([[...lines], total]).toEqual([[1, 2], 3]);
    expect(searchAll(index, { term: 'Error', isCaseSensitive: true }).total).toBe(1);
    expect(searchAll(index, { term: '2026' }).total).toBe(0);
  });

  it('finds the lines of matches in every chunk, the last one included', () => {
    const rows = Array.from({ length: 3000 }, (_, at) => (at % 700 === 3 ? 'a match' : `row ${at}`));
    const { lines } = searchAll(indexOf(rows.join('\n')), { term: 'MATCH' });
    expect([...lines]).toEqual([4, 704, 1404, 2104, 2804]);
  });

  it('keeps every letter in its place when case does not count', () => {
    const found = makeMatcher({ term: 'error', isRegex: false, isCaseSensitive: false });
    expect(typeof found === 'string' ? found : found('\u0130 ERROR')).toEqual([[2, 7]]);
  });

  it('says what is wrong with a pattern', () => {
    const wanted = { term: '(', isRegex: true, isCaseSensitive: false };
    expect(makeMatcher(wanted)).toBe('This is no valid pattern');
    const pattern = readPattern({ ...wanted, term: '^fi.e$' });
    expect(pattern && matchIn('one\nfine\nfire', pattern, 7)).toEqual({ lines: [8, 9], total: 2 });
  });
});

describe('a log that grows', () => {
  it('takes the line that was not ended anew', () => {
    const index = indexOf('one\ntw');
    index.replaceFrom(2, new TextEncoder().encode('two\nthree\n'));
    expect(index.lines(1, index.last)).toEqual(['one', 'two', 'three']);
    expect([...searchAll(index, { term: 'two' }).lines]).toEqual([2]);
  });

  it('takes an end anew that has become one of two signs', () => {
    const index = indexOf('one\r');
    index.replaceFrom(1, new TextEncoder().encode('one\r\nthree'));
    expect(index.lines(1, index.last)).toEqual(['one', 'three']);
  });

  it('can begin anywhere', () => {
    const index = new LogIndex(101);
    index.add(new TextEncoder().encode('one\ntwo\n'));
    expect([index.last, index.lines(102, 110), [...searchAll(index, { term: 'one' }).lines]]).toEqual([102, ['two'], [101]]);
  });
});

describe('a link to the provider', () => {
  const steps = [{ number: 4, name: 'Test', status: 'failure', first_line: 101, last_line: 200, duration_s: 2 }];
  const meta = { steps } as unknown as LogMeta;
  const page = 'https://github.com/acme/api/actions/runs/1/job/2';

  it('names the step and the line in it', () => {
    expect(providerLink(meta, page, 112)).toBe(`${page}#step:4:12`);
  });

  it('is left out where the step or the page is not known', () => {
    expect(providerLink(meta, page, 300)).toBeNull();
    expect(providerLink(meta, 'https://ci.example.org/1', 112)).toBeNull();
    expect(providerLink(meta, null, 112)).toBeNull();
  });
});

describe('the end of a group', () => {
  it.each(['##[endgroup]', '::endgroup::'])('has no text where it is written %s', (text) => {
    expect(readable(text)).toBe('');
  });

  it('is only a line that begins so', () => {
    expect(readable('echo ##[endgroup]')).toBe('echo ##[endgroup]');
  });
});
