/** What is appended to the log on the screen, as the server tells of it. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { growthQuery } from '~/api/logs';
import type { LogGrowth, LogMeta } from '~/api/types';
import { onTopic } from '~/features/live/topics';
import type { LogSource } from '~/features/logs/logSource';

const lookEvery = 1000;

/** Hands what comes in to the source; `onReplaced` is called when the text on the screen is gone. */
export function useAppended(meta: LogMeta, source: LogSource, onReplaced: () => void): void {
  const client = useQueryClient();
  const shown = useRef({ etag: meta.etag ?? '', bytes: meta.bytes });
  const isOpen = !meta.complete;
  const look = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lookSoon = useEffectEvent(() => {
    look.current ??= setTimeout(() => {
      look.current = undefined;
      void client.invalidateQueries({ queryKey: ['log', String(meta.job_id)], exact: true });
    }, lookEvery);
  });
  const take = useEffectEvent((grown: LogGrowth) => {
    const { etag } = shown.current;
    if (grown.etag === etag) return;
    if (grown.before === etag) {
      shown.current = grown;
      source.append(grown.from_line, grown.lines, grown.text);
      lookSoon();
    } else if (grown.before === null) {
      onReplaced();
    } else {
      // Something lies between: it is asked for once the log is known to have changed.
      lookSoon();
    }
  });
  /** Ask for what the messages that were missed would have said. */
  const catchUp = useEffectEvent(() => {
    client.query(growthQuery(meta.job_id, shown.current)).then(
      (grown) => take(grown),
      () => lookSoon(),
    );
  });
  useEffect(() => {
    const leave = onTopic(`log:${meta.job_id}`, {
      hear: (type, data) => {
        if (type === 'log.appended') take(data as LogGrowth);
      },
      missed: () => lookSoon(),
    });
    // Something may have come in between the question for the log and now.
    if (isOpen) lookSoon();
    return () => {
      leave();
      clearTimeout(look.current);
      look.current = undefined;
    };
  }, [meta.job_id, isOpen]);
  useEffect(() => {
    if (meta.etag === shown.current.etag) return;
    // The message that leads from the one to the other may still be on its way.
    const timer = setTimeout(() => {
      if (meta.etag !== shown.current.etag) catchUp();
    }, lookEvery);
    return () => clearTimeout(timer);
  }, [meta.etag]);
}
