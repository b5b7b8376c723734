import { describe, expect, it } from 'vitest';
import { howToOpen } from '~/lib/opening';

const click = { button: 0, ctrlKey: false, metaKey: false };

describe('a click on a row', () => {
  it('opens it here', () => {
    expect(howToOpen(click)).toBe('here');
  });

  it.each([{ ctrlKey: true }, { metaKey: true }, { button: 1 }])('opens it in a tab with %o', (how) => {
    expect(howToOpen({ ...click, ...how })).toBe('in a tab');
  });

  it('opens nothing with the right button', () => {
    expect(howToOpen({ ...click, button: 2 })).toBeNull();
  });
});
