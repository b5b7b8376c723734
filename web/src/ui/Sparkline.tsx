/** The small line of a number over the window. Decoration: the same is told by charts in full. */

interface Point {
  v: number | null;
  complete: boolean;
}

const width = 200;
const height = 28;
const margin = 3;

/** Up to 24 points between their own least and most; the unfinished last one is hollow. */
export function Sparkline({ points }: { points: readonly Point[] }) {
  const values = points.map((point) => point.v).filter((value) => value !== null);
  if (values.length < 2) return <div className="h-7" />;
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  const x = (index: number): number => margin + (index / (points.length - 1)) * (width - 2 * margin);
  const y = (value: number): number =>
    span === 0 ? height / 2 : height - margin - ((value - least) / span) * (height - 2 * margin);
  const last = points.at(-1);
  const solid = last?.complete === false ? points.slice(0, -1) : points;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      className="h-7 w-full overflow-visible"
    >
      <path
        d={pathOf(solid, x, y)}
        fill="none"
        stroke="var(--text-3)"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
      {last?.complete === false && last.v !== null && (
        <Unfinished from={solid} x={x} y={y} value={last.v} index={points.length - 1} />
      )}
    </svg>
  );
}

interface UnfinishedProps {
  from: readonly Point[];
  x: (index: number) => number;
  y: (value: number) => number;
  value: number;
  index: number;
}

function Unfinished({ from, x, y, value, index }: UnfinishedProps) {
  const before = from.at(-1)?.v;
  return (
    <>
      {before != null && (
        <path
          d={`M${x(index - 1)} ${y(before)}L${x(index)} ${y(value)}`}
          stroke="var(--text-3)"
          strokeWidth="1.5"
          strokeDasharray="2 3"
          vectorEffect="non-scaling-stroke"
        />
      )}
      {/* A line without length and with a round cap stays a circle however the picture is stretched. */}
      <Dot at={`M${x(index)} ${y(value)}h0`} size={6} color="var(--text-3)" />
      <Dot at={`M${x(index)} ${y(value)}h0`} size={3} color="var(--bg)" />
    </>
  );
}

function Dot({ at, size, color }: { at: string; size: number; color: string }) {
  return (
    <path d={at} stroke={color} strokeWidth={size} strokeLinecap="round" vectorEffect="non-scaling-stroke" />
  );
}

function pathOf(
  points: readonly Point[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let pen = 'M';
  points.forEach((point, index) => {
    if (point.v === null) {
      pen = 'M';
      return;
    }
    path += `${pen}${x(index).toFixed(1)} ${y(point.v).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}
