/** Instants and durations in words, in the zone that was chosen. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let made = formats.get(key);
  if (made === undefined) {
    made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    formats.set(key, made);
  }
  return made;
}

export type Hours = 12 | 24;

/** `14:02`, or `2:02 pm`. */
export function timeOfDay(at: string | number, zone: string, hours: Hours = 24): string {
  const options = { hour: '2-digit', minute: '2-digit', hour12: hours === 12 } as const;
  return format(zone, options).format(new Date(at));
}

/** `14:02:07`. */
export function exactTime(at: string | number, zone: string, hours: Hours = 24): string {
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return format(zone, { ...clock, hour12: hours === 12 }).format(new Date(at));
}

/** `Fri 20 Nov`; with the year when that of `now` is another. */
export function dayName(at: string | number, zone: string, now?: number): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short' } as const;
  const date = new Date(at);
  const sameYear = now === undefined || date.getUTCFullYear() === new Date(now).getUTCFullYear();
  return format(zone, sameYear ? options : { ...options, year: 'numeric' })
    .format(date)
    .replace(',', '');
}

/** `20 Nov`, with the year when it is not this one. */
export function shortDate(at: string | number, zone: string, now: number): string {
  const date = new Date(at);
  const sameYear = date.getUTCFullYear() === new Date(now).getUTCFullYear();
  const options = { day: 'numeric', month: 'short' } as const;
  return format(zone, sameYear ? options : { ...options, year: 'numeric' }).format(date);
}

/** `Fri 20 Nov 2026, 14:02:07 GMT+1`: everything there is to say. */
export function fullTime(at: string | number, zone: string, hours: Hours = 24): string {
  const options = {
    ...({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const),
    ...({ hour: '2-digit', minute: '2-digit', second: '2-digit' } as const),
    timeZoneName: 'short',
    hour12: hours === 12,
  } as const;
  return format(zone, options).format(new Date(at));
}

/** `20/11/2026` in the zone: tells whether two instants are of one day. */
export function dayKey(at: string | number, zone: string): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return format(zone, options).format(new Date(at));
}

/** How many times the calendar of the zone has turned its page from one instant to the other. */
function daysBetween(before: string | number, after: string | number, zone: string): number {
  const midnight = (at: string | number): number => {
    const [day, month, year] = dayKey(at, zone).split('/').map(Number);
    return Date.UTC(year ?? 0, (month ?? 1) - 1, day);
  };
  // Of days in UTC each is as long as the other; where clocks change they are not.
  return (midnight(after) - midnight(before)) / 86_400_000;
}

/** `09:42`, `yesterday 09:42`, `Tue 17 Nov 09:42`, `Wed 27 Aug 2025 09:42`. */
export function since(at: string | number, zone: string, now: number, hours: Hours = 24): string {
  const time = timeOfDay(at, zone, hours);
  const days = daysBetween(at, now, zone);
  if (days === 0) return time;
  if (days === 1) return `yesterday ${time}`;
  return `${dayName(at, zone, now)} ${time}`;
}

/** `2026-11-20T14:02`: what the clocks of a zone show, as a date input wants it. */
export function wallClock(at: string | number, zone: string): string {
  const options = {
    ...({ year: 'numeric', month: '2-digit', day: '2-digit' } as const),
    ...({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const),
  };
  const parts = new Map(format(zone, options).formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** The instant at which the clocks of a zone show that, in milliseconds; NaN for nonsense. */
export function instantOf(wall: string, zone: string): number {
  const wanted = Date.parse(`${wall}Z`);
  if (Number.isNaN(wanted)) return NaN;
  const shift = (at: number): number => Date.parse(`${wallClock(at, zone)}Z`) - Math.floor(at / 60_000) * 60_000;
  // The second look is for the hours around a change of the clocks.
  return wanted - shift(wanted - shift(wanted));
}

const minute = 60;
const hour = 3600;
const day = 86_400;

/** `0.8s`, `48s`, `7m 48s`, `1h 04m`, `3d 02h`. */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  const length = Math.abs(seconds);
  if (length < 10 && length !== Math.round(length)) return `${sign}${length.toFixed(1)}s`;
  const whole = Math.round(length);
  if (whole < minute) return `${sign}${whole}s`;
  if (whole < hour) return `${sign}${Math.floor(whole / minute)}m ${two(whole % minute)}s`;
  if (whole < day) {
    return `${sign}${Math.floor(whole / hour)}h ${two(Math.floor((whole % hour) / minute))}m`;
  }
  return `${sign}${Math.floor(whole / day)}d ${two(Math.floor((whole % day) / hour))}h`;
}

/** `1:04` or `1:04:09`: a length that is still growing. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = `${two(Math.floor((whole % hour) / minute))}:${two(whole % minute)}`;
  if (whole < hour) return `${Math.floor(whole / minute)}:${two(whole % minute)}`;
  return `${Math.floor(whole / hour)}:${rest}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `just now`, `12 s ago`, `4 min ago`, `3 h ago`, `2 days ago`; after a week the date. */
export function ago(at: string | number, now: number, zone: string): string {
  const seconds = Math.round((now - new Date(at).getTime()) / 1000);
  if (seconds < -90) return `in ${roughly(-seconds)}`;
  if (seconds < 5) return 'just now';
  if (seconds >= 7 * day) return shortDate(at, zone, now);
  return `${roughly(seconds)} ago`;
}

/** `12 s`, `4 min`, `3 h`, `2 days`. */
export function roughly(seconds: number): string {
  if (seconds < minute) return `${Math.round(seconds)} s`;
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`;
  if (seconds < day) return `${Math.floor(seconds / hour)} h`;
  const days = Math.floor(seconds / day);
  return days === 1 ? '1 day' : `${days} days`;
}

/** `3 h 12 min`, `2 days 4 h`: two units, for how long something has lasted. */
export function lasting(seconds: number): string {
  if (seconds < hour) return roughly(Math.max(0, seconds));
  if (seconds < day) {
    const minutes = Math.floor((seconds % hour) / minute);
    return minutes === 0 ? roughly(seconds) : `${Math.floor(seconds / hour)} h ${minutes} min`;
  }
  const hours = Math.floor((seconds % day) / hour);
  return hours === 0 ? roughly(seconds) : `${roughly(seconds)} ${hours} h`;
}
