/** What is appended to the log on the screen, as the server tells of it. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { LogMeta } from '~/api/types';
import { onTopic } from '~/features/live/topics';
import type { LogSource } from '~/features/logs/logSource';

/** Data of `log.appended`. */
export interface Appended {
  job_id: number;
  from_line: number;
  text: string | null;
  lines: number;
  etag: string;
  /** The text that it goes on; null when this is another one. */
  before: string | null;
}

const lookEvery = 1000;

/** Hands what comes in to the source; `onReplaced` is called when the text on the screen is gone. */
export function useAppended(meta: LogMeta, source: LogSource, onReplaced: () => void): void {
  const client = useQueryClient();
  const etag = useRef(meta.etag);
  const isOpen = !meta.complete;
  const look = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lookSoon = useEffectEvent(() => {
    look.current ??= setTimeout(() => {
      look.current = undefined;
      void client.invalidateQueries({ queryKey: ['log', String(meta.job_id)], exact: true });
    }, lookEvery);
  });
  const hear = useEffectEvent((appended: Appended) => {
    if (appended.etag === etag.current) return;
    if (appended.before !== etag.current) {
      onReplaced();
      return;
    }
    etag.current = appended.etag;
    source.append(appended.from_line, appended.lines, appended.text);
    lookSoon();
  });
  useEffect(() => {
    const leave = onTopic(`log:${meta.job_id}`, {
      hear: (type, data) => {
        if (type === 'log.appended') hear(data as Appended);
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
  const replaced = useEffectEvent(onReplaced);
  useEffect(() => {
    if (meta.etag === etag.current) return;
    // The message that leads from the one to the other may still be on its way.
    const timer = setTimeout(() => {
      if (meta.etag !== etag.current) replaced();
    }, lookEvery);
    return () => clearTimeout(timer);
  }, [meta.etag]);
}
