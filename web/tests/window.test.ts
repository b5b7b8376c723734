import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { globalFilter } from '~/api/filter';
import { zoomedOut } from '~/features/filters/window';

const now = '2026-11-20T12:00:00Z';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(now) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('zooming out', () => {
  it('doubles a window around its middle', () => {
    const window = zoomedOut({ from: '2026-11-02T00:00:00Z', to: '2026-11-04T00:00:00Z' });
    expect(window).toEqual({ range: undefined, from: '2026-11-01T00:00:00Z', to: '2026-11-05T00:00:00Z' });
  });

  it('ends at now at the latest', () => {
    const window = zoomedOut({ range: '24h' });
    expect(window).toEqual({ range: undefined, from: '2026-11-18T12:00:00Z', to: now });
    const ahead = zoomedOut({ from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' });
    expect(ahead).toEqual({ range: undefined, from: '2026-11-18T12:00:00Z', to: now });
  });
});

describe('a window of very many years', () => {
  it('is asked for as far as weeks of it can be drawn', () => {
    const asked = globalFilter({ from: '1999-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' });
    expect(asked).toMatchObject({ from: '2007-12-02T00:00:00Z', to: '2026-11-22T00:00:00Z' });
  });

  it('stays a window when it lies ahead', () => {
    const asked = globalFilter({ from: '2050-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' });
    expect(asked).toMatchObject({ from: '2050-01-01T00:00:00Z', to: '2050-01-08T00:00:00Z' });
  });

  it('is taken as it is when it is shorter', () => {
    const window = { from: '2010-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
    expect(globalFilter(window)).toMatchObject(window);
  });
});
