/* Says so where the page's own script did not start: it cannot be read by a browser that is too old,
   or did not come. Old syntax on purpose: such a browser has to understand this file. */
window.onload = function () {
  var text = document.getElementById("cannot-start");
  if (text && document.documentElement.getAttribute("data-started") === null) {
    text.removeAttribute("hidden");
  }
};
