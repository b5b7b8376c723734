/** What the server already wrote into the page, so that the first words need no round trip. */

import type { Me, Meta, Verdict } from '~/api/types';

interface Boot {
  meta?: Meta;
  me?: Me;
  verdict?: Verdict;
}

function readBoot(): Boot {
  const text = document.getElementById('boot')?.textContent ?? '';
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

export const boot: Boot = readBoot();
