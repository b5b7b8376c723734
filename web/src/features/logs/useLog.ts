/** The log of a job while it is on the screen. */

import { useEffect, useState, useSyncExternalStore } from 'react';
import { LogSource, type Loaded, type LogSize } from '~/features/logs/logSource';

/** Load a log; `around` is the line to show first. Both are decided once. */
export function useLog(size: LogSize, around: number): { log: Loaded; source: LogSource } {
  const [source] = useState(() => new LogSource(size));
  const [opening] = useState(around);
  useEffect(() => {
    source.open(opening);
    return () => source.close();
  }, [source, opening]);
  const log = useSyncExternalStore(source.subscribe, source.getState);
  return { log, source };
}
