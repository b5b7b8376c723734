/** The log of a job while it is on the screen. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { firstWindowQuery } from '~/api/logs';
import { LogSource, type Loaded, type LogSize } from '~/features/logs/logSource';

/** Load a log; `around` is the line to show first. Both are decided once. */
export function useLog(size: LogSize, around: number): { log: Loaded; source: LogSource } {
  const client = useQueryClient();
  const [source] = useState(() => {
    const known = client.getQueryData(firstWindowQuery(String(size.jobId), around).queryKey);
    return new LogSource(size, known);
  });
  const [beginning] = useState(() => client.query(firstWindowQuery(String(size.jobId), around)));
  useEffect(() => {
    source.open(beginning);
    return () => source.close();
  }, [source, beginning]);
  const log = useSyncExternalStore(source.subscribe, source.getState);
  return { log, source };
}
