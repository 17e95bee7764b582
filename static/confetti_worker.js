/** Confetti is drawn here, beside the page's own work. */
import { flyConfetti } from "./panels/confetti_flakes.js";

addEventListener("message", ({ data: { canvas, wanted } }) => {
  const pen = /** @type {OffscreenCanvas} */ (canvas).getContext("2d");
  if (pen) flyConfetti(pen, wanted, () => postMessage("over"));
});
