/** The texts that put a badge into a README, whatever the workflow is called. */

interface Places {
  /** The address of the badge. */
  image: string;
  /** The page that it leads to. */
  page: string;
}

export type Format = 'markdown' | 'html' | 'asciidoc';

/** One text for each format. */
export function badgeTexts(name: string, { image, page }: Places): Record<Format, string> {
  return {
    markdown: `[![${inMarkdown(name)}](${unbracketed(image)})](${unbracketed(page)})`,
    html: `<a href="${inHtml(page)}"><img alt="${inHtml(name)}" src="${inHtml(image)}"></a>`,
    asciidoc: `image:${image}[${inAsciiDoc(name)},link=${page}]`,
  };
}

/** A bar ends a cell of a table, and an angle bracket begins a tag. */
function inMarkdown(text: string): string {
  return text.replace(/[\\[\]|<>*_`]/g, '\\$&');
}

function unbracketed(address: string): string {
  return address.replaceAll('(', '%28').replaceAll(')', '%29');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function inHtml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

/** Between quotation marks a comma ends nothing; a closing bracket does even there. */
function inAsciiDoc(text: string): string {
  const isPlain = !/[\],"=]/.test(text);
  return isPlain ? text : `"${text.replace(/[\]"]/g, '\\$&')}"`;
}
