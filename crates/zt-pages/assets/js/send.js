// A form that only carries an answer on. Without this, its button does the same.
for (const form of document.querySelectorAll("form[data-send]")) form.submit();
