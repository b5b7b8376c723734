/** A part whose code comes later, and that is drawn at once when the code was fetched ahead. */

import { lazy, useState, type ComponentType } from 'react';
import { prefetch, prefetchWhenQuiet } from '~/lib/missingFile';

interface LatePart<Props> {
  /** Waits for its code inside a `Part`; without waiting when the code is there. */
  Part: ComponentType<Props>;
  /** Fetch the code: it is likely to be wanted in a moment. */
  fetch: () => void;
  /** Fetch the code while nobody waits for anything; returns the way to think better of it. */
  fetchWhenQuiet: () => () => void;
}

/**
 * Make a part out of its import.
 *
 * `lazy` alone waits even for code that is there, and React then holds the part back for the third
 * of a second by which it keeps placeholders from flickering.
 */
export function latePart<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): LatePart<Props> {
  let loaded: ComponentType<Props> | null = null;
  const loadOnce = async (): Promise<{ default: ComponentType<Props> }> => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const Waiting = lazy(loadOnce) as ComponentType<Props>;
  return {
    Part: function Late(props: Props) {
      // Chosen once: a part that changed its type while it is shown would lose its state.
      const [Shown] = useState<ComponentType<Props>>(() => loaded ?? Waiting);
      return <Shown {...props} />;
    },
    fetch: () => { prefetch(loadOnce); },
    fetchWhenQuiet: () => prefetchWhenQuiet(loadOnce),
  };
}
