// Gives htmx the one Trusted Types policy of these pages and takes evaluation away from it.
// What htmx parses is HTML of this very origin (its own default, "same-origin"), drawn by our templates; the content policy
// of the page forbids anything inline, so a parsed fragment can run nothing.
(() => {
  const refuse = function () {
    throw new TypeError("evaluation is refused on these pages");
  };
  const policy =
    typeof trustedTypes === "undefined"
      ? { createHTML: (html) => html, createScript: refuse }
      : trustedTypes.createPolicy("sekisho-htmx", { createHTML: (html) => html, createScript: refuse });
  htmx.registerExtension("sekisho", {
    init: (api) => api.initSecurity(policy, refuse, refuse),
  });
})();
