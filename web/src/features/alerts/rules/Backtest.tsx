/** What a rule would have done: a sentence, the readings with the threshold, and each time. */

import { clsx } from 'clsx';
import type { RulePreview } from '~/api/types';
import { percent } from '~/lib/numbers';
import { duration, lasting, since } from '~/lib/time';
import { useZone } from '~/ui/zone';

const width = 600;
const height = 80;
const mostListed = 5;

/** The sentence says it all; the drawing shows when, the list where. */
export function Backtest({ preview }: { preview: RulePreview }) {
  return (
    <>
      <p role="status" className="text-section font-semibold">{preview.detail}</p>
      {!preview.complete && (
        <p className="text-control text-warn">There was too much to look at all of it.</p>
      )}
      {preview.series.length > 1 && <Drawing preview={preview} />}
      <Firings preview={preview} />
    </>
  );
}

/** A reading in the unit of its rule. */
export function reading(value: number, unit: string): string {
  if (unit === 'fraction') return percent(value);
  if (unit === 'seconds') return duration(value);
  if (unit === 'failures') return `${value} ${value === 1 ? 'failure' : 'failures'}`;
  return `${Number(value.toFixed(1))} ${unit === 'minutes' ? 'min' : 'h'}`;
}

/** The line of readings over the window, the threshold, and the spans that fire. */
export function Drawing({ preview }: { preview: RulePreview }) {
  const from = Date.parse(preview.from);
  const to = Date.parse(preview.to);
  const most = Math.max(preview.threshold, ...preview.series.map((point) => point.value)) * 1.15;
  const x = (at: string): number => ((Date.parse(at) - from) / (to - from)) * width;
  const y = (value: number): number => height - (value / most) * height;
  const at = (y(preview.threshold) / height) * 100;
  // Beneath a low line its words would lie on those under the drawing.
  const isLow = at > 70;
  const drawn = preview.firings.filter((span) => placeName(span) === (preview.series_of ?? placeName(span)));
  const line = preview.series
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`)
    .join('');
  return (
    <figure className="mt-2">
      <div className="relative">
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" className="h-24 w-full border-b border-line-strong">
          {drawn.map((span, index) => {
            const start = Math.max(0, x(span.from));
            const end = span.to === null ? width : x(span.to);
            return (
              <rect key={index} x={start} y="0" width={Math.max(2, end - start)} height={height} fill="var(--fail-tint)" />
            );
          })}
          <path d={`M0 ${y(preview.threshold)}H${width}`} stroke="var(--fail)" strokeDasharray="4 4" vectorEffect="non-scaling-stroke" />
          <path d={line} fill="none" stroke="var(--text-2)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
        </svg>
        <span
          aria-hidden="true"
          className={clsx('absolute left-0 bg-surface pr-1 text-micro text-fail', isLow ? '-translate-y-full' : 'translate-y-0.5')}
          style={{ top: `${at}%` }}
        >
          {reading(preview.threshold, preview.unit)}
        </span>
      </div>
      <figcaption className="mt-1 text-caption text-ink-2">
        {preview.series_of ?? 'Everything'}: readings as a line, the threshold dashed
        {drawn.length > 0 && ', firing shaded'}.
      </figcaption>
    </figure>
  );
}

/** The name of a place as the server writes it; `series_of` is such a name. */
export function placeName({ repo, workflow, branch }: RulePreview['firings'][number]): string {
  if (repo === null) return 'Pulseboard';
  const where = workflow === null ? repo : `${workflow} of ${repo}`;
  return branch === null ? where : `${where} on ${branch}`;
}

function Firings({ preview }: { preview: RulePreview }) {
  const { zone, hours } = useZone();
  if (preview.firings.length === 0) return null;
  const now = Date.parse(preview.to);
  const newest = [...preview.firings].sort((a, b) => b.from.localeCompare(a.from));
  const rest = newest.length - mostListed;
  return (
    <ul className="mt-2 flex flex-col gap-1 text-control">
      {newest.slice(0, mostListed).map((span, index) => (
        <li key={index} className="flex flex-wrap justify-between gap-x-3">
          <span className="min-w-0 break-words">
            {[span.repo, span.workflow, span.branch].filter((part) => part !== null).join(' · ') || 'Everything'}
          </span>
          <span className="text-ink-2">
            {since(span.from, zone, now, hours)}, for{' '}
            {lasting(((span.to === null ? now : Date.parse(span.to)) - Date.parse(span.from)) / 1000)}
          </span>
        </li>
      ))}
      {rest > 0 && <li className="text-ink-2">and {rest} more</li>}
    </ul>
  );
}
