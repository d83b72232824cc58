"use strict";
// The expenses' page: what it shows goes when the session does, and not when somebody next clicks.
(() => {
  const status = document.querySelector("[role=status]");
  const shown = document.querySelector(".while");
  const again = document.querySelector(".again");
  const source = new EventSource("/session");

  function ended() {
    source.close();
    status.dataset.state = "closed";
    status.textContent = status.dataset.closed;
    shown.remove();
    again.hidden = false;
  }

  source.addEventListener("open", () => {
    status.dataset.state = "open";
    status.textContent = status.dataset.open;
  });
  source.addEventListener("ended", ended);
  source.addEventListener("error", () => {
    // While the application is away the browser tries again by itself; a refusal is the end.
    if (source.readyState === EventSource.CLOSED) ended();
  });
})();
