/** A JSON value as the rows of a tree. */

export interface JsonRow {
  /** Where it is, as one would write it: `.workflow_run.head_commit`. */
  path: string;
  level: number;
  name: string;
  /** A value in short, or how much is inside. */
  text: string;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  children: number;
}

function kindOf(value: unknown): JsonRow['kind'] {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' ? kind : 'object';
}

function entriesOf(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((one, index) => [String(index), one as unknown]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function inShort(value: unknown, kind: JsonRow['kind'], children: number): string {
  if (kind === 'object') return children === 0 ? '{}' : `{ ${children} }`;
  if (kind === 'array') return children === 0 ? '[]' : `[ ${children} ]`;
  return JSON.stringify(value);
}

function step(path: string, name: string, inArray: boolean): string {
  if (inArray) return `${path}[${name}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** The rows to show: children of what is open; with a text, every match and what leads to it. */
export function rowsOf(value: unknown, open: ReadonlySet<string>, text: string): JsonRow[] {
  const rows: JsonRow[] = [];
  const wanted = text.toLowerCase();
  const add = (name: string, inside: unknown, path: string, level: number): boolean => {
    const kind = kindOf(inside);
    const entries = entriesOf(inside);
    const row: JsonRow = { path, level, name, kind, children: entries.length, text: inShort(inside, kind, entries.length) };
    const matches =
      wanted === '' || name.toLowerCase().includes(wanted) ||
      (entries.length === 0 && row.text.toLowerCase().includes(wanted));
    const at = rows.push(row) - 1;
    if (wanted === '' && !open.has(path)) return true;
    let found = matches;
    for (const [key, one] of entries) {
      if (add(key, one, step(path, key, kind === 'array'), level + 1)) found = true;
    }
    if (!found) rows.length = at;
    return found;
  };
  for (const [key, one] of entriesOf(value)) add(key, one, step('', key, Array.isArray(value)), 1);
  return rows;
}

/** What is open at first: the outermost objects, so that their names can be seen. */
export function openAtFirst(value: unknown): Set<string> {
  const outer = entriesOf(value).filter(([, inside]) => kindOf(inside) === 'object');
  const [first] = outer;
  return new Set(first === undefined ? [] : [step('', first[0], false)]);
}
