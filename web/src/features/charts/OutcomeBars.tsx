/** Outcomes over time as stacked bars, with failures on the baseline so that they compare. */

import { useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import type { OutcomeBucket } from '~/api/types';
import { bucketName, bucketTick, intoBucket, namedTicks } from '~/features/charts/buckets';
import { useBrush } from '~/features/charts/useBrush';
import { axisSteps, count, counted, percent } from '~/lib/numbers';
import { howToOpen, openTab } from '~/lib/opening';
import { useLatestSearch } from '~/lib/router';
import { keepGlobal, stringifySearch, type Granularity } from '~/lib/search';
import { StatusIcon } from '~/ui/StatusIcon';
import { useWidth } from '~/ui/useWidth';
import { useZone } from '~/ui/zone';

export const axisWidth = 44;
const height = 176;
const tickHeight = 22;
const top = 8;

interface OutcomeBarsProps {
  buckets: readonly OutcomeBucket[];
  gran: Granularity;
  share: boolean;
  cursor: number | null;
  onCursor: (index: number | null) => void;
  onWindow: (window: { from: string; to: string }) => void;
}

/** A bar is a link to its runs; arrows move between bars, Shift and arrows choose a stretch. */
export function OutcomeBars(props: OutcomeBarsProps) {
  const { buckets, gran, share, cursor, onCursor } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const { zone, hours } = useZone();
  const plotWidth = Math.max(0, width - axisWidth);
  const max = share ? 1 : Math.max(1, ...buckets.map((bucket) => bucket.total));
  const steps = share ? [0, 0.25, 0.5, 0.75, 1] : axisSteps(max);
  const full = steps.at(-1) ?? 1;
  const plot = height - tickHeight - top;
  const y = (value: number): number => top + plot - (value / full) * plot;
  const slot = plotWidth / Math.max(1, buckets.length);
  const isNamed = namedTicks(buckets.length, plotWidth, gran);
  return (
    <div ref={frame} className="relative" style={{ height }}>
      <svg width={width} height={height} aria-hidden="true" className="absolute inset-0 text-micro">
        <Stripes />
        {steps.map((step) => (
          <g key={step}>
            <line x1={axisWidth} x2={width} y1={y(step)} y2={y(step)} stroke="var(--border)" />
            <text x={axisWidth - 8} y={y(step) + 4} textAnchor="end" fill="var(--text-2)">
              {share ? `${step * 100} %` : count(step)}
            </text>
          </g>
        ))}
        {width > 0 &&
          buckets.map((bucket, index) => (
            <Bar
              key={bucket.start}
              bucket={bucket}
              share={share}
              left={axisWidth + index * slot}
              slot={slot}
              y={y}
              lit={cursor === index}
            />
          ))}
        {buckets.map(
          (bucket, index) =>
            isNamed(index) && (
              <text
                key={bucket.start}
                x={axisWidth + (index + 0.5) * slot}
                y={height - 6}
                textAnchor="middle"
                fill="var(--text-2)"
              >
                {bucketTick(bucket, gran, zone, hours)}
              </text>
            ),
        )}
      </svg>
      <Links {...props} slot={slot} />
      {cursor !== null && buckets[cursor] !== undefined && (
        <HoverCard
          bucket={buckets[cursor]}
          title={bucketName(buckets[cursor], gran, zone, hours)}
          left={axisWidth + (cursor + 0.5) * slot}
          width={width}
          onClose={() => {
            onCursor(null);
          }}
        />
      )}
    </div>
  );
}

function Stripes() {
  return (
    <defs>
      <pattern id="fail-stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" fill="var(--fail-fill)" />
        <rect width="1.5" height="5" fill="var(--bg)" />
      </pattern>
      <pattern id="open-stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
        <rect width="1.5" height="5" fill="var(--neutral-edge)" />
      </pattern>
    </defs>
  );
}

interface BarProps {
  bucket: OutcomeBucket;
  share: boolean;
  left: number;
  slot: number;
  y: (value: number) => number;
  lit: boolean;
}

function Bar({ bucket, share, left, slot, y, lit }: BarProps) {
  const gap = slot > 12 ? Math.min(slot * 0.24, 14) : 1;
  const barWidth = Math.max(1, Math.min(slot - gap, 64));
  const x = left + (slot - barWidth) / 2;
  const base = share ? Math.max(1, bucket.total) : 1;
  const rest = bucket.cancelled + bucket.other;
  const parts = [
    { key: 'failure', value: bucket.failure, fill: 'url(#fail-stripes)', stroke: 'var(--fail-edge)' },
    { key: 'success', value: bucket.success, fill: 'var(--ok-fill)', stroke: 'var(--ok-edge)' },
    { key: 'rest', value: rest, fill: 'none', stroke: 'var(--neutral-edge)', dash: '2 2' },
    { key: 'open', value: bucket.open, fill: 'url(#open-stripes)', stroke: 'var(--neutral-edge)', dash: '2 2' },
  ];
  let below = 0;
  return (
    <g opacity={bucket.complete ? 1 : 0.75}>
      {lit && (
        <rect x={left} y={top} width={slot} height={y(0) - top} fill="var(--hover)" rx="3" />
      )}
      {parts.map((part) => {
        if (part.value === 0) return null;
        const from = y(below / base);
        below += part.value;
        const to = y(below / base);
        return (
          <rect
            key={part.key}
            x={x + 0.5}
            y={to + 0.5}
            width={Math.max(0.5, barWidth - 1)}
            height={Math.max(1, from - to - 1)}
            fill={part.fill}
            stroke={part.stroke}
            strokeDasharray={part.dash}
          />
        );
      })}
    </g>
  );
}

function describe(bucket: OutcomeBucket, name: string): string {
  const finished = bucket.success + bucket.failure;
  const rate = finished === 0 ? '' : `, ${percent(bucket.success / finished)} passed`;
  return `${name}: ${counted(bucket.total, 'run')}, ${count(bucket.failure)} failed${rate}`;
}

/** One link over every bar; the focus moves among them with the arrow keys. */
function Links(props: OutcomeBarsProps & { slot: number }) {
  const { buckets, gran, slot, onCursor } = props;
  const { zone, hours } = useZone();
  const navigate = useNavigate();
  const latest = useLatestSearch();
  const row = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState(buckets.length - 1);
  const brush = useBrush(buckets, props.onWindow);
  const here = Math.min(stop, buckets.length - 1);
  const open = (bucket: OutcomeBucket, event: MouseEvent): void => {
    const how = howToOpen(event);
    const search = { ...keepGlobal(latest()), ...intoBucket(bucket) };
    if (how === 'in a tab') openTab(`/runs${stringifySearch(search)}`);
    else if (how === 'here') void navigate({ to: '/runs', search });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (brush.onKey(event, here)) {
      event.preventDefault();
      return;
    }
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: buckets.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const target = Math.max(0, Math.min(buckets.length - 1, next));
    setStop(target);
    row.current?.querySelectorAll('button')[target]?.focus();
  };
  return (
    <div
      ref={row}
      role="group"
      aria-label="Outcomes by time; arrows move, Shift and arrows choose a stretch, Enter opens it"
      className="absolute right-0 flex touch-pan-y"
      style={{ left: axisWidth, top: 0, bottom: tickHeight }}
      onKeyDown={onKeyDown}
      onPointerDown={brush.onPointerDown}
      onPointerMove={brush.onPointerMove}
      onPointerUp={brush.onPointerUp}
      onPointerCancel={brush.onPointerCancel}
      onPointerLeave={() => {
        onCursor(null);
      }}
    >
      {buckets.map((bucket, index) => (
        <button
          key={bucket.start}
          type="button"
          tabIndex={index === here ? 0 : -1}
          aria-label={describe(bucket, bucketName(bucket, gran, zone, hours))}
          className={clsx(
            'h-full min-w-0 flex-1 focus-inside',
            brush.chosen !== null &&
              index >= brush.chosen.first &&
              index <= brush.chosen.last &&
              'chosen-stretch',
          )}
          style={{ maxWidth: slot }}
          onPointerEnter={() => {
            onCursor(index);
          }}
          onFocus={() => {
            setStop(index);
            onCursor(index);
          }}
          onBlur={() => {
            onCursor(null);
          }}
          onClick={(event) => {
            open(bucket, event);
          }}
          onAuxClick={(event) => {
            open(bucket, event);
          }}
        />
      ))}
    </div>
  );
}

interface HoverCardProps {
  bucket: OutcomeBucket;
  title: string;
  left: number;
  width: number;
  onClose: () => void;
}

function HoverCard({ bucket, title, left, width }: HoverCardProps) {
  const lines = [
    { status: 'failure', word: 'Failed', value: bucket.failure },
    { status: 'success', word: 'Passed', value: bucket.success },
    { status: 'cancelled', word: 'Cancelled', value: bucket.cancelled },
    { status: 'skipped', word: 'Other', value: bucket.other },
    { status: 'running', word: 'Not finished', value: bucket.open },
  ] as const;
  const onLeft = left > width / 2;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute top-1 z-10 w-44 rounded-control border border-line bg-raised p-2 text-caption shadow-float"
      style={onLeft ? { right: width - left + 14 } : { left: left + 14 }}
    >
      <p className="mb-1 font-semibold">{title}</p>
      {lines.map(
        (line) =>
          (line.value > 0 || line.status === 'failure' || line.status === 'success') && (
            <p key={line.status} className="flex items-center gap-1.5">
              <StatusIcon status={line.status} size={12} />
              <span className="text-ink-2">{line.word}</span>
              <span className="ml-auto">{count(line.value)}</span>
            </p>
          ),
      )}
      <p className="mt-1 flex border-t border-line pt-1">
        <span className="text-ink-2">Runs</span>
        <span className="ml-auto font-semibold">{count(bucket.total)}</span>
      </p>
    </div>
  );
}
