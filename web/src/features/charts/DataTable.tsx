/** A chart as a table: the same numbers for those who would rather read them. */

import type { ReactNode } from 'react';

interface DataTableProps {
  caption: string;
  heads: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}

/** The first column names the row; numbers stand to the right. */
export function DataTable({ caption, heads, rows }: DataTableProps) {
  return (
    <div
      className="max-h-72 overflow-auto"
      tabIndex={0}
      role="region"
      aria-label={`Table: ${caption}`}
    >
      <table className="w-full text-control">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-bg">
          <tr>
            {heads.map((head, index) => (
              <th
                key={head}
                scope="col"
                className={`border-b border-line px-2 py-1 text-caption font-medium text-ink-2 ${index === 0 ? 'text-left' : 'text-right'}`}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} className="border-b border-line last:border-0">
              {row.map((cell, column) =>
                column === 0 ? (
                  <th key={column} scope="row" className="px-2 py-1 text-left font-normal">
                    {cell}
                  </th>
                ) : (
                  <td key={column} className="px-2 py-1 text-right">
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
