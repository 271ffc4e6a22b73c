/* "Next" and "previous" of a page lead here, for only the index knows which pages there are: go on to the one that is meant. */
(() => {
  const meant = /^#(after|before)-/.test(location.hash) && document.getElementById(location.hash.slice(1));
  if (meant) location.replace(meant.closest("a").href);
})();
