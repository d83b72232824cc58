"use strict";
// The status board's page: EventSource comes back by itself, also after it was cut.
(() => {
  const status = document.querySelector("[role=status]");
  const rows = document.querySelector("tbody");
  const cells = new Map();

  function connect() {
    const source = new EventSource("/stream");
    source.addEventListener("open", () => {
      status.dataset.state = "open";
      status.textContent = status.dataset.open;
    });
    source.addEventListener("line", (event) => {
      const { line, made } = JSON.parse(event.data);
      if (!cells.has(line)) {
        const row = rows.insertRow();
        row.insertCell().textContent = `L-${line}`;
        const cell = row.insertCell();
        cell.className = "number";
        cells.set(line, cell);
      }
      cells.get(line).textContent = made.toLocaleString();
    });
    source.addEventListener("error", () => {
      status.dataset.state = "closed";
      status.textContent = status.dataset.closed;
      // A refusal ends an EventSource for good: begin anew.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    });
  }
  connect();
})();
