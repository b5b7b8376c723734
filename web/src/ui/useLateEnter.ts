/** Enter pressed before the list of what was typed is there takes its first entry when it is. */

import { useEffect, useEffectEvent, useRef } from 'react';

/**
 * For a list that is still asked for. `take` is called once its answer is there, unless the text
 * has changed since; `leave` where the list is closed before that.
 */
export function useLateEnter(
  text: string,
  isComing: boolean,
  take: (event: TakenKey) => void,
  leave?: (event: TakenKey) => void,
): (event: TakenKey) => void {
  const waiting = useRef<{ text: string; event: TakenKey } | null>(null);
  const takeNow = useEffectEvent(take);
  useEffect(() => {
    const asked = waiting.current;
    if (asked === null) return;
    if (asked.text === text && isComing) return;
    waiting.current = null;
    if (asked.text === text) takeNow(asked.event);
  });
  const takeLater = useEffectEvent(() => {
    if (waiting.current?.text === text) leave?.(waiting.current.event);
  });
  useEffect(() => () => { takeLater(); }, []);
  return ({ altKey, ctrlKey, metaKey }) => {
    waiting.current = { text, event: { altKey, ctrlKey, metaKey } };
  };
}

/** What was held together with Enter. */
export type TakenKey = Readonly<Record<'altKey' | 'ctrlKey' | 'metaKey', boolean>>;
