// Puts the text of a chosen file into a field. Hidden until this runs: without it the text is pasted.
(() => {
  for (const input of document.querySelectorAll("input[data-into]")) {
    const place = input.closest("[data-upload]");
    const tooLong = place.querySelector("[data-too-long]");
    place.hidden = false;
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      tooLong.hidden = file.size <= Number(input.dataset.most);
      if (tooLong.hidden) document.getElementById(input.dataset.into).value = await file.text();
      input.value = "";
    });
  }
})();
