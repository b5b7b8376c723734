/** How wide an element is, kept up to date. */

import { useLayoutEffect, useRef, useState, type RefObject } from 'react';

/** Returns where to put the reference, and the width in pixels (0 before it is known). */
export function useWidth<E extends HTMLElement>(): [RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return;
    setWidth(watched.clientWidth);
    const observer = new ResizeObserver(() => {
      setWidth(watched.clientWidth);
    });
    observer.observe(watched);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [element, width];
}
