import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen } from '~/lib/keys';

class Node extends EventTarget {}

let page: EventTarget;
const ends: (() => void)[] = [];

function press(key: string): void {
  const event = new Event('keydown', { cancelable: true });
  page.dispatchEvent(Object.assign(event, { key }));
}

/** Listens for `keys` alone and notes under `name` that they arrived. */
function hear(keys: string, name: string, rank: 'page' | 'shell', heard: string[]): void {
  const handle = (pressed: string): boolean => {
    if (pressed !== keys) return false;
    heard.push(name);
    return true;
  };
  ends.push(listen({ handle, has: (start) => keys.startsWith(start) }, rank));
}

describe('keys that two parts listen for', () => {
  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal('window', page);
    vi.stubGlobal('HTMLElement', Node);
  });
  afterEach(() => {
    ends.splice(0).forEach((end) => { end(); });
    vi.unstubAllGlobals();
  });

  it.each([
    ['before', ['shell', 'page']],
    ['after', ['page', 'shell']],
  ] as const)('belong to the page when the shell came up %s it', (_, order) => {
    const heard: string[] = [];
    for (const rank of order) hear('g g', rank, rank, heard);
    press('g');
    press('g');
    expect(heard).toEqual(['page']);
  });

  it('belong to the part of the page that came last, and to the shell when it is gone', () => {
    const heard: string[] = [];
    hear('r', 'shell', 'shell', heard);
    hear('r', 'list', 'page', heard);
    hear('r', 'panel', 'page', heard);
    press('r');
    ends.splice(1).forEach((end) => { end(); });
    press('r');
    expect(heard).toEqual(['panel', 'shell']);
  });
});
