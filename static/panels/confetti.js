import { COLOURS } from "../colours.js";
import { flyConfetti } from "./confetti_flakes.js";

// No more pixels than this are enough for confetti, also on a 4K wall.
const MAX_WIDTH = 960;

/**
 * Confetti in front of everything, for `lasts_ms`; the canvas is gone afterwards. A worker draws it, so
 * that the figures go on; where the browser has none that can, it is drawn here.
 * @type {(parent: HTMLElement, lasts_ms: number, pieces: number) => () => void}
 */
export function throwConfetti(parent, lasts_ms, pieces) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const scale = Math.min(1, MAX_WIDTH / innerWidth);
  const width = (canvas.width = Math.round(innerWidth * scale));
  const height = (canvas.height = Math.round(innerHeight * scale));
  const style = getComputedStyle(document.body);
  const colours = Array.from({ length: COLOURS }, (_, index) =>
    style.getPropertyValue(`--colour-${index}`).trim() || "#fff");
  const wanted = { width, height, lasts_ms, pieces, colours };
  let stopDrawing = () => {};
  parent.prepend(canvas);

  function stop() {
    stopDrawing();
    canvas.remove();
  }

  if ("transferControlToOffscreen" in canvas) {
    const worker = new Worker("static/confetti_worker.js", { type: "module" });
    const sheet = canvas.transferControlToOffscreen();
    worker.addEventListener("message", stop);
    worker.postMessage({ canvas: sheet, wanted }, [sheet]);
    stopDrawing = () => worker.terminate();
    return stop;
  }
  const pen = /** @type {HTMLCanvasElement} */ (canvas).getContext("2d");
  if (pen) stopDrawing = flyConfetti(pen, wanted, stop);
  return stop;
}
