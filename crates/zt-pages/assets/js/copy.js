// Copy and print buttons. They are hidden until this runs: without it there is nothing they could do.
(() => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const items = source.querySelectorAll("li");
      const text = items.length ? Array.from(items, (item) => item.textContent.trim()).join("\n") : source.textContent.trim();
      await navigator.clipboard.writeText(text);
      const label = button.querySelector("[data-done]");
      const before = label.textContent;
      label.textContent = label.dataset.done;
      setTimeout(() => (label.textContent = before), 2000);
    });
  }
  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
