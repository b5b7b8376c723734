import { describe, expect, it } from 'vitest';
import { namedTicks } from '~/features/charts/buckets';
import { placeName } from '~/features/alerts/rules/Backtest';

describe('the names under an axis', () => {
  it('leaves out a name that the edge would cut off', () => {
    const named = namedTicks(25, 780, 'hour');
    const shown = Array.from({ length: 25 }, (_one, index) => index).filter(named);
    expect(shown).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  });

  it('names every bucket where there is room', () => {
    const named = namedTicks(7, 1300, 'day');
    expect([0, 1, 2, 3, 4, 5, 6].every(named)).toBe(true);
  });
});

describe('the place of a firing', () => {
  const span = { from: '2026-01-01T00:00:00Z', to: null };
  it('reads as the server writes the place that is drawn', () => {
    expect(placeName({ ...span, repo: 'acme/api', workflow: 'CI', branch: 'main' })).toBe('CI of acme/api on main');
    expect(placeName({ ...span, repo: 'acme/api', workflow: null, branch: null })).toBe('acme/api');
    expect(placeName({ ...span, repo: null, workflow: null, branch: null })).toBe('Pulseboard');
  });
});
