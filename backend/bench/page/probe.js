// Runs in the page, before anything of its own: what the bench has to see from inside.
(() => {
  let sockets = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...how) {
      super(...how);
      sockets += 1;
    }
  };
  performance.setResourceTimingBufferSize(10_000);

  const rows = () => [...document.querySelectorAll('lapse-entry-row')];
  const text = (element, selector) => element?.querySelector(selector)?.textContent.trim() ?? '';
  const title = (element, selector) => element?.querySelector(selector)?.title ?? '';

  // What is seen of the table is full of rows: the frame that is drawn next shows the first page.
  const observer = new MutationObserver(() => {
    const [first] = rows();
    if (!first) return;
    const seen = document.querySelector('[role=grid]').clientHeight / parseFloat(first.style.height);
    if (rows().length < seen) return;
    observer.disconnect();
    performance.mark('bench:first-page');
  });
  observer.observe(document, { childList: true, subtree: true });

  const lists = () =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('/entries'));

  const inOrder = (elements) => elements.sort((a, b) => a.offsetTop - b.offsetTop || placeOf(a) - placeOf(b));
  const placeOf = (element) => new DOMMatrix(element.style.transform).m42;

  window.lapseBench = {
    /**
     * A pixel that is another one in every frame. Without it nothing is drawn where nothing has changed, and what a
     * page could have drawn would not show.
     */
    blink() {
      const pixel = document.createElement('div');
      pixel.style.cssText =
        'position: fixed; top: 0; left: 0; width: 1px; height: 1px; background: grey; will-change: transform';
      document.body.append(pixel);
      let frame = 0;
      const draw = () => {
        pixel.style.transform = `translateX(${(frame += 1) % 2}px)`;
        requestAnimationFrame(draw);
      };
      draw();
    },

    /** When the answer to the first list call came: its first byte (ms since the navigation). */
    answeredAt: () => lists()[0]?.responseStart,

    shows: () => ({
      total: Number(text(document, 'lapse-entry-table .count').replace(/\D/g, '')),
      rows: inOrder(rows()).map((row) => ({ key: text(row, '.key'), expiresAt: title(row, '.expires') })),
      events: inOrder([...document.querySelectorAll('lapse-event-feed li')]).map((line) => ({
        type: text(line, '.type'),
        key: text(line, '.key'),
        at: title(line, '.time'),
      })),
      sockets,
      // Those that begin from the top: a page that has lost nothing lists once.
      lists: lists().filter(({ name }) => !new URL(name).searchParams.has('after')).length,
    }),
  };
})();
