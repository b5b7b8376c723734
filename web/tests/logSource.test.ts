import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '~/api/client';
import { growthQuery } from '~/api/logs';
import { LogSource } from '~/features/logs/logSource';
import type { Reply, Request } from '~/features/logs/messages';

/** A worker that has been told to read, and answers nothing by itself. */
class SilentWorker {
  static latest: SilentWorker;
  readonly told: Request[] = [];
  private hear: (event: { data: Reply }) => void = () => undefined;

  constructor() {
    SilentWorker.latest = this;
  }

  addEventListener(_type: string, hear: (event: { data: Reply }) => void): void {
    this.hear = hear;
  }

  postMessage(asked: Request): void {
    this.told.push(asked);
  }

  terminate(): void {
    this.hear = () => undefined;
  }

  say(reply: Reply): void {
    this.hear({ data: reply });
  }
}

describe('a log being read', () => {
  let source: LogSource;

  beforeEach(() => {
    vi.stubGlobal('Worker', SilentWorker);
    vi.stubGlobal('matchMedia', () => ({ matches: false }));
    vi.stubGlobal('window', { location: { href: 'http://server/runs/1/jobs/2' } });
    source = new LogSource({ jobId: 2, lines: 3, bytes: 30, etag: null });
    source.load(1);
    SilentWorker.latest.say({ kind: 'progress', last: 3, bytes: 30, isDone: true });
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('answers with the lines of its worker', async () => {
    const lines = source.lines(1, 3);
    const asked = SilentWorker.latest.told.at(-1);
    expect(asked).toMatchObject({ kind: 'lines', first: 1, last: 3 });
    SilentWorker.latest.say({ kind: 'lines', id: 1, first: 1, lines: ['a', 'b', 'c'] });
    await expect(lines).resolves.toEqual(['a', 'b', 'c']);
  });

  it('tells who waits for lines or matches that it is read anew', async () => {
    const lines = source.lines(1, 3);
    const matches = source.search({ term: 'x', isRegex: false, isCaseSensitive: false });
    source.load(1);
    await expect(lines).rejects.toThrow('read anew');
    await expect(matches).rejects.toThrow('read anew');
  });

  it('leaves nobody waiting when it is closed', async () => {
    const lines = source.lines(1, 3);
    source.close();
    await expect(lines).rejects.toThrow('read anew');
    await expect(source.lines(1, 3)).rejects.toThrow('not being read');
  });
});

describe('asking what a log has grown by', () => {
  const { retry, retryDelay } = growthQuery(2, { etag: 'a', bytes: 1 });
  const busy = new ApiError({ status: 503, title: 'Busy', detail: 'Later' });

  it('goes on for minutes, ever less often, and not for ever', () => {
    const mayRetry = retry as (failures: number, error: ApiError) => boolean;
    const delay = retryDelay as (failures: number) => number;
    const waits: number[] = [];
    while (waits.length < 100 && mayRetry(waits.length, busy)) waits.push(delay(waits.length) / 1000);
    expect(waits).toEqual([3, 6, 12, 24, 30, 30, 30, 30]);
  });

  it('stops at once when asking again cannot help', () => {
    const gone = new ApiError({ status: 404, title: 'Not found', detail: 'Gone' });
    expect((retry as (failures: number, error: ApiError) => boolean)(0, gone)).toBe(false);
  });
});
