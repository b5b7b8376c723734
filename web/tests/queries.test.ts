import { describe, expect, it, vi } from 'vitest';
import { hasNew } from '~/api/queries';
import type { RepositoryItem } from '~/api/types';

vi.mock('~/api/boot', () => ({ boot: {}, startWith: () => ({}) }));

function repository(tracked: boolean, state: string | null): RepositoryItem {
  return { feed: { tracked, state } } as RepositoryItem;
}

describe('the list of repositories', () => {
  it.each(['new', null])('has a new one while one that is tracked is %s', (state) => {
    expect(hasNew([repository(true, 'ok'), repository(true, state)])).toBe(true);
  });

  it('has none once all were looked at, or where nobody looks', () => {
    expect(hasNew([repository(true, 'ok'), repository(true, 'not_found'), repository(false, null)])).toBe(false);
    expect(hasNew(undefined)).toBe(false);
  });
});
