/** Resolving by hand, with a question first where it would not last. */

import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { read } from '~/api/client';
import type { Alert } from '~/api/types';
import { resolve } from '~/features/alerts/actions';

const ResolveDialog = lazy(() => import('~/features/alerts/ResolveDialog'));

export interface Resolving {
  ask: (alerts: readonly Alert[]) => void;
  /** Being asked, which a button says without giving up the focus: the dialog gives it back. */
  busy: boolean;
  /** The question, while there is one. */
  dialog: ReactNode;
}

/** The server says whether a condition still holds; what is over is resolved without a question. */
export function useResolving(done?: () => void): Resolving {
  const client = useQueryClient();
  const [asked, setAsked] = useState<{ alerts: readonly Alert[]; holding: number } | null>(null);
  const [busy, setBusy] = useState(false);
  const finish = (alerts: readonly Alert[]): void => {
    setAsked(null);
    void resolve(client, alerts);
    done?.();
  };
  const ask = async (alerts: readonly Alert[]): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const holding = await countHolding(alerts);
    setBusy(false);
    if (holding === 0 && alerts.length === 1) finish(alerts);
    else setAsked({ alerts, holding });
  };
  return {
    ask: (alerts) => void ask(alerts),
    busy,
    dialog: asked !== null && (
      <Suspense fallback={null}>
        <ResolveDialog
          many={asked.alerts.length}
          holding={asked.holding}
          resolve={() => { finish(asked.alerts); }}
          close={() => { setAsked(null); }}
        />
      </Suspense>
    ),
  };
}

/** Of how many the condition is true now; one that cannot be asked counts as true. */
async function countHolding(alerts: readonly Alert[]): Promise<number> {
  const answers = await Promise.all(
    alerts.map(({ id }) =>
      read('/api/v1/alerts/{alert_id}', { path: { alert_id: id } }).then(
        (alert) => alert.still_holds,
        () => true,
      ),
    ),
  );
  return answers.filter(Boolean).length;
}
