// Passkey ceremonies. The server puts the options (WebAuthn Level 3 JSON) on the form; the answer goes back in a field of the
// same form, so that every check is the server's. Texts for what can go wrong are already on the page, hidden.
(() => {
  const forms = document.querySelectorAll("form[data-passkey]");
  const supported =
    window.PublicKeyCredential &&
    PublicKeyCredential.parseRequestOptionsFromJSON &&
    PublicKeyCredential.parseCreationOptionsFromJSON;

  const show = (form, name) => {
    for (const text of form.querySelectorAll("[data-passkey-error]")) {
      text.hidden = text.dataset.passkeyError !== name;
    }
  };

  const finish = (form, credential) => {
    form.elements.namedItem("credential").value = JSON.stringify(credential.toJSON());
    form.submit();
  };

  const explain = (form, error) => {
    if (error.name === "AbortError") return;
    show(form, error.name === "InvalidStateError" ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
  };

  let waiting;
  const stopWaiting = () => {
    if (waiting) waiting.abort();
    waiting = undefined;
  };

  const ask = async (form) => {
    stopWaiting();
    show(form, "");
    const options = JSON.parse(form.dataset.options);
    try {
      const credential =
        form.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      finish(form, credential);
    } catch (error) {
      explain(form, error);
    }
  };

  // Offers passkeys in the autofill of the name field (conditional mediation), where the browser can.
  const offer = async (form) => {
    if (!PublicKeyCredential.isConditionalMediationAvailable) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable())) return;
    waiting = new AbortController();
    try {
      const options = JSON.parse(form.dataset.options);
      const credential = await navigator.credentials.get({
        mediation: "conditional",
        signal: waiting.signal,
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      });
      finish(form, credential);
    } catch (error) {
      if (error.name !== "AbortError" && error.name !== "NotAllowedError") show(form, "failed");
    }
  };

  for (const form of forms) {
    if (!supported) {
      show(form, "unsupported");
      continue;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    for (const button of form.querySelectorAll("[disabled]")) button.disabled = false;
    if (form.dataset.conditional === "yes") offer(form);
  }
})();
