/** The views every instance has. */

import type { View } from '~/api/types';

function builtIn(id: number, slug: string, name: string, path: string, search: string): View {
  const always = { shared: true, pinned: false, created_at: '', updated_at: '' };
  return { id, slug, name, path, search, ...always };
}

export const builtInViews: readonly View[] = [
  builtIn(-1, 'red-on-default', 'Red on default', '/runs', '?status=failure'),
  builtIn(-2, 'slow-today', 'Slow today', '/runs', '?range=24h&sort=-duration'),
  builtIn(-3, 'run-again', 'Run more than once', '/runs', '?branch=@any&min_attempt=2'),
  builtIn(-4, 'everything-today', 'Everything today', '/runs', '?branch=@any&range=24h'),
];
