// Live views: the server says that something changed, the part is fetched again. What is shown is always what the server
// drew; a lost connection is said aloud, and the browser connects again by itself.
(() => {
  const mark = document.querySelector("[data-live]");
  if (!mark) return;
  const texts = { open: mark.dataset.open, lost: mark.dataset.lost };
  const say = (state) => {
    mark.dataset.state = state;
    mark.textContent = texts[state];
  };
  const source = new EventSource(mark.dataset.live);
  let pending;
  const refresh = () => {
    pending = undefined;
    for (const part of document.querySelectorAll("[hx-trigger~='refresh']")) htmx.trigger(part, "refresh");
  };
  source.addEventListener("open", () => {
    say("open");
  });
  source.addEventListener("changed", () => {
    // Many changes within a moment make one drawing.
    pending ??= setTimeout(refresh, 150);
  });
  source.addEventListener("error", () => say("lost"));
  addEventListener("pagehide", () => source.close());
})();
