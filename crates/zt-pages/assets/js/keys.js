// Keyboard: `/` goes to the search field, `g` and a letter jump to a page, `?` explains.
(() => {
  let jumping = false;
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (jumping) {
      jumping = false;
      const target = document.querySelector(`a[data-jump="${CSS.escape(event.key)}"]`);
      if (target) {
        event.preventDefault();
        target.click();
      }
      return;
    }
    if (event.key === "g") {
      jumping = true;
      setTimeout(() => (jumping = false), 1200);
    } else if (event.key === "/") {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    }
  });
})();
