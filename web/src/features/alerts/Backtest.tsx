/** What a rule would have done: a sentence, and the readings with the threshold and the spans. */

import type { RulePreview } from '~/api/types';

const width = 600;
const height = 80;

/** The sentence says it all; the drawing shows when. */
export function Backtest({ preview }: { preview: RulePreview }) {
  return (
    <div>
      <p role="status" className="font-medium">{preview.detail}</p>
      {preview.series.length > 1 && <Drawing preview={preview} />}
    </div>
  );
}

function Drawing({ preview }: { preview: RulePreview }) {
  const from = Date.parse(preview.from);
  const to = Date.parse(preview.to);
  const most = Math.max(preview.threshold, ...preview.series.map((point) => point.value)) * 1.1;
  const x = (at: string): number => ((Date.parse(at) - from) / (to - from)) * width;
  const y = (value: number): number => height - (value / most) * height;
  const line = preview.series
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`)
    .join('');
  return (
    <figure className="mt-2">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" className="h-20 w-full">
        {preview.firings.map((span) => {
          const start = Math.max(0, x(span.from));
          const end = span.to === null ? width : x(span.to);
          return (
            <rect key={`${span.from} ${span.repo ?? ''} ${span.workflow ?? ''} ${span.branch ?? ''}`} x={start} y="0" width={Math.max(1, end - start)} height={height} fill="var(--fail-tint)" />
          );
        })}
        <path d={`M0 ${y(preview.threshold)}H${width}`} stroke="var(--fail)" strokeDasharray="4 4" vectorEffect="non-scaling-stroke" />
        <path d={line} fill="none" stroke="var(--text-2)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className="text-caption text-ink-2">
        The last 14 days of {preview.series_of ?? 'everything'}; the dashed line is the threshold.
      </figcaption>
    </figure>
  );
}
