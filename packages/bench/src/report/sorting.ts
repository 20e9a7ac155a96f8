/** The page's script: heads of tables become buttons that sort by their column, numbers by value and dashes last. */
export const sorting = `
for (const table of document.querySelectorAll('table.data')) {
  const body = table.tBodies[0];
  if (body.rows.length < 3) continue;
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number.parseFloat(text.replace(/,/g, '').replace('−', '-'));
    return text === '–' ? null : Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => a === null ? 1 : b === null ? -1 : typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((a, b) => {
        const [left, right] = [value(a, column), value(b, column)];
        return compare(left, right) * (down && left !== null && right !== null ? -1 : 1);
      });
      body.append(...rows);
    });
  });
}
`;
