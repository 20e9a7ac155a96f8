/**
 * The live page's script: puts in the parts that the server sends when they have changed. What is open stays open, and what
 * has the focus keeps it.
 */
export const liveScript = `
const token = new URLSearchParams(location.search).get('token');
const source = new EventSource('/events?token=' + encodeURIComponent(token));
const shown = new Map();
const focusable = 'a, button, summary, [tabindex]';
source.addEventListener('parts', ({ data }) => {
  for (const [id, text] of Object.entries(JSON.parse(data))) {
    const part = id === 'intro' ? document.getElementById(id) : document.querySelector('#' + id + ' > .body');
    if (shown.get(id) === text) continue;
    shown.set(id, text);
    const open = [...part.querySelectorAll('details')].map((details) => details.open);
    const focus = [...part.querySelectorAll(focusable)].indexOf(document.activeElement);
    part.innerHTML = text;
    part.querySelectorAll('details').forEach((details, i) => { details.open = open[i] === true; });
    if (focus >= 0) part.querySelectorAll(focusable)[focus]?.focus();
  }
});
source.addEventListener('error', () => document.body.classList.add('lost'));
source.addEventListener('open', () => document.body.classList.remove('lost'));
`;
