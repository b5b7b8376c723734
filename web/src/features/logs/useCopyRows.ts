/** Copying across rows: clean text, also of rows that have been scrolled out of sight. */

import { useEffect, useRef, type RefObject } from 'react';
import { stripCodes } from '~/features/logs/ansi';
import { copyLines } from '~/features/logs/LogFooter';
import type { LineRange } from '~/features/logs/hash';
import { unstamp } from '~/features/logs/lines';
import type { LogSource } from '~/features/logs/logSource';

interface Place {
  line: number;
  /** How far into what the line shows. */
  offset: number;
}

/** Takes over Ctrl+C in the log where a selection goes over several lines, or lines are chosen. */
export function useCopyRows(
  box: RefObject<HTMLElement | null>,
  source: LogSource,
  chosen: LineRange | null,
): void {
  const marked = useRef<{ anchor: Place; focus: Place } | null>(null);
  useEffect(() => {
    // Rows out of sight are gone from the page, and what was selected in them with them: where
    // the selection began is remembered for as long as it grows.
    let anchor: { node: Node; place: Place } | null = null;
    const note = (): void => {
      const selection = document.getSelection();
      const { anchorNode, focusNode } = selection ?? {};
      if (selection === null || anchorNode == null || focusNode == null || selection.isCollapsed) {
        marked.current = null;
        anchor = null;
        return;
      }
      const begin = placeOf(anchorNode, selection.anchorOffset, box.current);
      const end = placeOf(focusNode, selection.focusOffset, box.current);
      if (begin !== null && (anchor === null || anchorNode.isConnected)) anchor = { node: anchorNode, place: begin };
      marked.current = anchor === null || end === null ? null : { anchor: anchor.place, focus: end };
    };
    const copy = (event: ClipboardEvent): void => {
      const between = marked.current;
      if (between === null) {
        const isInLog = box.current?.contains(document.activeElement) === true;
        if (chosen === null || !isInLog || document.getSelection()?.isCollapsed === false) return;
        event.preventDefault();
        void copyLines(source, chosen);
        return;
      }
      const [begin, end] = inOrder(between.anchor, between.focus);
      if (begin.line === end.line) return;
      event.preventDefault();
      const lines = [];
      for (let line = begin.line; line <= end.line; line += 1) lines.push(source.held(line));
      if (lines.some((line) => line === undefined)) {
        void copyLines(source, { from: begin.line, to: end.line });
        return;
      }
      const shown = lines.map((line) => stripCodes(unstamp(line ?? '').text));
      shown[shown.length - 1] = (shown.at(-1) ?? '').slice(0, end.offset);
      shown[0] = (shown[0] ?? '').slice(begin.offset);
      event.clipboardData?.setData('text/plain', shown.join('\n'));
    };
    document.addEventListener('selectionchange', note);
    document.addEventListener('copy', copy);
    return () => {
      document.removeEventListener('selectionchange', note);
      document.removeEventListener('copy', copy);
    };
  }, [box, source, chosen]);
}

function placeOf(node: Node, offset: number, box: HTMLElement | null): Place | null {
  const element = node instanceof Element ? node : node.parentElement;
  const row = element?.closest<HTMLElement>('[data-line]');
  if (row == null || box?.contains(row) !== true) return null;
  const line = Number(row.dataset.line);
  const words = row.querySelector('[data-text]');
  if (words?.contains(node) !== true) return { line, offset: 0 };
  const range = document.createRange();
  range.setStart(words, 0);
  range.setEnd(node, offset);
  return { line, offset: range.toString().length };
}

function inOrder(one: Place, other: Place): [Place, Place] {
  const isFirst = one.line < other.line || (one.line === other.line && one.offset <= other.offset);
  return isFirst ? [one, other] : [other, one];
}
