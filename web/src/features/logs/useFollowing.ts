/** Staying at the end of a log that grows, until one scrolls back. */

import { useCallback, useEffect, useState } from 'react';
import type { Following } from '~/features/logs/LogFooter';

/** `toEnd` shows the last line; it is called whenever one has come in and one follows. */
export function useFollowing(isOpen: boolean, startsOn: boolean, total: number, toEnd: () => void): Following {
  const [isOn, setIsOn] = useState(isOpen && startsOn);
  const [left, setLeft] = useState(total);
  const isFollowing = isOpen && isOn;
  useEffect(() => {
    if (isFollowing) toEnd();
    // The end has moved with the lines, not with who takes one there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isFollowing, total]);
  const stop = useCallback(() => {
    setIsOn(false);
    setLeft(total);
  }, [total]);
  return {
    isOpen,
    isOn: isFollowing,
    missed: isFollowing ? 0 : Math.max(total - left, 0),
    go: () => {
      setIsOn(true);
      toEnd();
    },
    stop,
  };
}
