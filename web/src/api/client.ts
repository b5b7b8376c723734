/** How the page asks the server: typed by the generated schema, one error for everything. */

import type { paths } from '~/api/schema';

export type Query = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[] | null | undefined>
>;

type Answer<Operation> = Operation extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : Operation extends { responses: { 201: { content: { 'application/json': infer Body } } } }
    ? Body
    : never;

/** Every path that can be read, with what it answers. */
export type Readable = {
  [Path in keyof paths]: paths[Path] extends { get: infer Operation } ? Answer<Operation> : never;
};

const base = (import.meta.env.VITE_API_URL as string | undefined)?.replace(/\/$/, '') ?? '';

/** What the server (or the way to it) answered instead of what was asked for. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly fields: readonly { field: string; message: string }[];

  constructor(problem: {
    status: number;
    title: string;
    detail: string;
    requestId?: string | null;
    retryAfter?: number | null;
    fields?: readonly { field: string; message: string }[];
  }) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.title = problem.title;
    this.requestId = problem.requestId ?? null;
    this.retryAfter = problem.retryAfter ?? null;
    this.fields = problem.fields ?? [];
  }

  /** Whether asking again may help: the network failed, or the server did. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The address of a path with its query, as `fetch` and links take it. */
export function addressOf(path: string, query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    if (Array.isArray(value)) for (const one of value) parts.append(name, String(one));
    else parts.append(name, String(value));
  }
  const text = parts.toString();
  return base + path + (text === '' ? '' : `?${text}`);
}

/** The address of the live socket. */
export function socketAddress(path: string): string {
  const url = new URL(base + path, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

interface ReadOptions {
  /** Values for the `{names}` in the path. */
  path?: Readonly<Record<string, string | number>>;
  query?: Query;
  signal?: AbortSignal;
}

/** Read a path of the API. */
export function read<Path extends keyof Readable>(
  path: Path,
  options: ReadOptions = {},
): Promise<Readable[Path]> {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(options.path?.[name] ?? ''),
  );
  return ask(addressOf(filled, options.query), { signal: options.signal ?? null });
}

/** Change something: the answer's body, or `null` when there is none. */
export function send<Body>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Body> {
  if (body === undefined) return ask(base + path, { method });
  const headers = { 'Content-Type': 'application/json' };
  return ask(base + path, { method, body: JSON.stringify(body), headers });
}

/** Send a file as it is. */
export function sendText<Body>(path: string, text: string, type: string): Promise<Body> {
  return ask(base + path, { method: 'POST', body: text, headers: { 'Content-Type': type } });
}

interface Asked extends RequestInit {
  headers?: Record<string, string>;
}

async function ask<Body>(address: string, init: Asked): Promise<Body> {
  const headers = { Accept: 'application/json', ...init.headers };
  let response: Response;
  try {
    response = await fetch(address, { ...init, headers, credentials: 'same-origin' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError({
      status: 0,
      title: 'No answer',
      detail: 'The server does not answer. Check the network, or whether it is running.',
    });
  }
  if (!response.ok) throw await readProblem(response);
  if (response.status === 204) return null as Body;
  return (await readJson(response)) as Body;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new ApiError({
      status: 502,
      title: 'Not our answer',
      detail: 'Something between this page and the server answered in its place.',
    });
  }
}

interface Problem {
  title?: string;
  detail?: string;
  request_id?: string;
  errors?: { field: string; message: string }[] | null;
}

async function readProblem(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const retryAfter = Number(response.headers.get('Retry-After'));
  return new ApiError({
    status: response.status,
    title: problem.title ?? response.statusText,
    detail: problem.detail ?? `The server answered ${response.status}.`,
    requestId: problem.request_id ?? response.headers.get('X-Request-ID'),
    retryAfter: retryAfter > 0 ? retryAfter : null,
    fields: problem.errors ?? [],
  });
}
