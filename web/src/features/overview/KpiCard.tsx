/** One number of the overview as a card: a link whose name is the whole sentence. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { metaQuery } from '~/api/queries';
import type { Kpi } from '~/api/types';
import { describeKpi, type KpiKey } from '~/features/overview/kpiText';
import { useSearchParams } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { Bone } from '~/ui/Card';
import { DemoBadge } from '~/ui/DemoBadge';
import { Sparkline } from '~/ui/Sparkline';

export const kpiCardClass =
  'flex min-h-[166px] min-w-0 flex-col gap-1 rounded-card border border-line bg-bg p-3 hover:border-line-strong';

const targets: Readonly<Record<KpiKey, (before: Search) => Search>> = {
  success_rate: (before) => ({ ...keepGlobal(before), status: ['failure'] }),
  total_runs: keepGlobal,
  avg_duration: (before) => ({ ...keepGlobal(before), sort: '-duration' }),
  failed_24h: (before) => {
    const { from: _from, to: _to, ...kept } = keepGlobal(before);
    return { ...kept, range: '24h', status: ['failure'] };
  },
};

const inks: Readonly<Record<string, string>> = { better: 'text-ok', worse: 'text-fail' };

interface KpiCardProps {
  name: KpiKey;
  kpi: Kpi | undefined;
  /** How long the window is. */
  days: number;
}

/** Value, change against the period before, small line, and what was counted. */
export function KpiCard({ name, kpi, days }: KpiCardProps) {
  if (kpi === undefined) return <KpiBones />;
  const text = describeKpi(name, kpi, days);
  return (
    <Link to="/runs" search={targets[name]} className={kpiCardClass}>
      <span className="sr-only">{text.sentence}</span>
      <span aria-hidden="true" className="contents">
        <KpiTitle>{text.title}</KpiTitle>
        <span className="text-kpi font-semibold tracking-tight">{text.value}</span>
        <span className={clsx('truncate text-caption', inks[text.meaning] ?? 'text-ink-2')}>
          {text.change}
        </span>
        <Sparkline points={kpi.series ?? []} />
        <span className="text-caption text-ink-2">{text.basis}</span>
      </span>
    </Link>
  );
}

/** The name of a card's number, and whether what it counts is made up. */
export function KpiTitle({ children }: { children: string }) {
  const { data: meta } = useQuery(metaQuery);
  const { demo } = useSearchParams();
  return (
    <span className="flex min-w-0 items-center justify-between gap-2 text-caption font-medium text-ink-2">
      <span className="min-w-0 break-words sm:truncate">{children}</span>
      {(meta?.demo === true || demo !== undefined) && <DemoBadge />}
    </span>
  );
}

/** The room of a card whose number is on its way. */
export function KpiBones({ className }: { className?: string | undefined }) {
  return (
    <div className={clsx(kpiCardClass, className)} data-skeleton aria-hidden="true">
      <Bone className="h-4 w-24" />
      <Bone className="h-8 w-28" />
      <Bone className="h-4 w-32" />
      <Bone className="mt-1 h-6 w-full" />
      <Bone className="h-4 w-28" />
    </div>
  );
}
