/* The language that the reader chose last, where the browser keeps it. */
(() => {
  const radios = [...document.querySelectorAll("input.say")];
  try {
    const kept = localStorage.getItem("afterclose-language");
    radios.filter((radio) => radio.value === kept).forEach((radio) => { radio.checked = true; });
    radios.forEach((radio) => radio.addEventListener("change", () => {
      localStorage.setItem("afterclose-language", radio.value);
    }));
  } catch { /* it keeps nothing: the page speaks its own */ }
})();
