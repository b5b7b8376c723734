/** Durations over time on a canvas (uPlot), loaded when a chart is first drawn. */

import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
// Before uPlot, which asks for the language as it is loaded.
import '~/lib/language';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { DurationBucket } from '~/api/types';
import { bucketName, bucketTick, namedTicks } from '~/features/charts/buckets';
import { axisWidth } from '~/features/charts/OutcomeBars';
import { useBrush, type Brush } from '~/features/charts/useBrush';
import { announce } from '~/lib/announce';
import { durationSteps } from '~/lib/numbers';
import { themeInForce, usePreferences } from '~/lib/preferences';
import type { Granularity } from '~/lib/search';
import { duration } from '~/lib/time';
import { Segmented } from '~/ui/Segmented';
import { forcedColours, useMedia } from '~/ui/useMedia';
import { useWidth } from '~/ui/useWidth';
import { useZone } from '~/ui/zone';

const height = 128;

type Measure = 'avg' | 'p50' | 'p95';

const measures: Readonly<Record<Measure, (bucket: DurationBucket) => number | null>> = {
  avg: (bucket) => bucket.avg_s,
  p50: (bucket) => bucket.p50_s,
  p95: (bucket) => bucket.p95_s,
};

const names = { avg: 'Average', p50: 'p50', p95: 'p95' } as const;

interface DurationLinesProps {
  buckets: readonly DurationBucket[];
  gran: Granularity;
  cursor: number | null;
  onCursor: (index: number | null) => void;
  onWindow: (window: { from: string; to: string }) => void;
}

/** One line, chosen among average, p50 and p95; the cursor is shared with the chart above. */
export default function DurationLines(props: DurationLinesProps) {
  const { buckets, gran, cursor, onCursor } = props;
  const [measure, setMeasure] = useState<Measure>('avg');
  const [frame, width] = useWidth<HTMLDivElement>();
  const { zone, hours } = useZone();
  const values = useMemo(() => buckets.map(measures[measure]), [buckets, measure]);
  const at = cursor === null ? undefined : buckets[cursor];
  const value = cursor === null ? null : values[cursor];
  const say = (index: number): void => {
    const bucket = buckets[index];
    if (bucket === undefined) return;
    const length = values[index];
    onCursor(index);
    announce(
      `${bucketName(bucket, gran, zone, hours)}: ${length == null ? 'no finished run' : duration(length)}`,
    );
  };
  const brush = useBrush(buckets, props.onWindow);
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = buckets.length - 1;
    const here = cursor ?? last;
    if (brush.onKey(event, here)) {
      event.preventDefault();
      return;
    }
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    say(Math.max(0, Math.min(last, next)));
  };
  return (
    <div className="mt-2 border-t border-line pt-2">
      <div className="mb-1 flex items-center gap-3">
        <h3 className="text-caption font-medium text-ink-2">Duration of finished runs</h3>
        <span className="text-caption">
          {at !== undefined && value != null && (
            <>
              <span className="text-ink-2">{bucketName(at, gran, zone, hours)}: </span>
              <span className="font-semibold">{duration(value)}</span>
              <span className="text-ink-2"> over {at.n} runs</span>
            </>
          )}
        </span>
        <span className="ml-auto">
          <Segmented<Measure>
            label="Measure of duration"
            choices={(['avg', 'p50', 'p95'] as const).map((key) => ({ value: key, label: names[key] }))}
            value={measure}
            onChange={setMeasure}
          />
        </span>
      </div>
      <div
        ref={frame}
        role="group"
        aria-roledescription="chart"
        aria-label={`${names[measure]} duration by time; arrows move, Shift and arrows choose a stretch, Enter opens it`}
        tabIndex={0}
        className="relative"
        style={{ height }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          onCursor(null);
        }}
      >
        {width > 0 && <Canvas {...props} values={values} width={width} />}
        <Stretch chosen={brush.chosen} count={buckets.length} />
      </div>
    </div>
  );
}

/** What the brush has chosen so far, over the plot. */
function Stretch({ chosen, count }: { chosen: Brush['chosen']; count: number }) {
  if (chosen === null) return null;
  const share = (buckets: number): string => `${(100 * buckets) / count}%`;
  return (
    <div aria-hidden="true" className="pointer-events-none absolute inset-y-0 right-0" style={{ left: axisWidth }}>
      <div
        data-stretch
        className="chosen-stretch absolute inset-y-0"
        style={{ left: share(chosen.first), width: share(chosen.last - chosen.first + 1) }}
      />
    </div>
  );
}

interface CanvasProps extends DurationLinesProps {
  values: readonly (number | null)[];
  width: number;
}

function Canvas({ buckets, gran, values, width, cursor, onCursor }: CanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const moved = useRef(onCursor);
  const { zone, hours } = useZone();
  const { theme } = usePreferences();
  const inForce = themeInForce(theme);
  const isForced = useMedia(forcedColours);
  useEffect(() => {
    moved.current = onCursor;
  });
  useEffect(() => {
    const target = holder.current;
    if (target === null) return;
    const isNamed = namedTicks(buckets.length, width - axisWidth, gran);
    const made = new uPlot(
      optionsFor({
        width,
        count: buckets.length,
        max: Math.max(1, ...values.filter((value) => value !== null)),
        tick: (index) => {
          const bucket = buckets[index];
          return bucket === undefined || !isNamed(index)
            ? ''
            : bucketTick(bucket, gran, zone, hours);
        },
        onMove: (index) => {
          moved.current(index);
        },
      }),
      [buckets.map((_bucket, index) => index + 0.5), [...values]],
      target,
    );
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
    // The colours are read from the page when the chart is made, so a new theme makes it anew.
  }, [buckets, values, width, gran, zone, hours, inForce, isForced]);
  useEffect(() => {
    const made = chart.current;
    if (made === null || made.cursor.idx === cursor) return;
    const left = cursor === null ? -10 : made.valToPos(cursor + 0.5, 'x');
    made.setCursor({ left, top: cursor === null ? -10 : 10 }, false);
  }, [cursor]);
  return (
    <div
      ref={holder}
      aria-hidden="true"
      onPointerLeave={() => {
        onCursor(null);
      }}
    />
  );
}

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

interface Wanted {
  width: number;
  count: number;
  max: number;
  tick: (index: number) => string;
  onMove: (index: number | null) => void;
}

function optionsFor({ width, count, max, tick, onMove }: Wanted): uPlot.Options {
  const steps = durationSteps(max, 3);
  const line = color('--series-1');
  const text = color('--text-2');
  const grid = { stroke: color('--border'), width: 1 };
  const font = `11px ${getComputedStyle(document.body).fontFamily}`;
  return {
    width,
    height,
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: line } },
    scales: {
      x: { time: false, range: [0, count] },
      y: { range: [0, steps.at(-1) ?? 1] },
    },
    axes: [
      {
        stroke: text,
        font,
        size: 22,
        gap: 4,
        grid: { show: false },
        ticks: { show: false },
        splits: () => Array.from({ length: count }, (_one, index) => index + 0.5),
        values: (_chart, splits) => splits.map((at) => tick(Math.floor(at))),
      },
      {
        stroke: text,
        font,
        size: axisWidth,
        gap: 8,
        grid,
        ticks: { show: false },
        splits: () => steps,
        values: (_chart, splits) => splits.map(axisDuration),
      },
    ],
    series: [
      {},
      {
        stroke: line,
        width: 2,
        points: { show: count <= 60, size: 5, fill: color('--bg'), stroke: line },
      },
    ],
    hooks: {
      setCursor: [
        (made) => {
          onMove(made.cursor.idx ?? null);
        },
      ],
    },
  };
}

/** `90` is `1m 30s` in a tip, and `1.5m` beside an axis. */
function axisDuration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${seconds / 60}m`;
  return `${seconds / 3600}h`;
}
