"use strict";
// The chat's page: shows what is said, says why it was cut, and comes back by itself.
(() => {
  const status = document.querySelector("[role=status]");
  const talk = document.querySelector("ol.talk");
  const form = document.querySelector("form");
  let socket;

  function show(from, text) {
    const line = document.createElement("li");
    const who = document.createElement("b");
    who.textContent = from;
    line.append(who, text);
    talk.append(line);
    line.scrollIntoView({ block: "end" });
  }

  function connect() {
    socket = new WebSocket(`wss://${location.host}/socket`);
    socket.addEventListener("open", () => {
      status.dataset.state = "open";
      status.textContent = status.dataset.open;
    });
    socket.addEventListener("message", (event) => {
      const { from, text } = JSON.parse(event.data);
      show(from, text);
    });
    socket.addEventListener("close", (event) => {
      status.dataset.state = "closed";
      status.dataset.code = event.code;
      status.dataset.reason = event.reason;
      status.textContent = `${status.dataset.closed} (${event.code} ${event.reason})`;
      setTimeout(connect, 3000);
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (text && socket.readyState === WebSocket.OPEN) {
      socket.send(text);
      form.reset();
    }
  });
  connect();
})();
