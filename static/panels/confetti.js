import { COLOURS } from "../colours.js";

const FADE_MS = 1_500;
// Half the frames and no more pixels than this are enough for confetti, also on a 4K wall.
const FRAME_MS = 30;
const MAX_WIDTH = 960;

/**
 * Confetti in front of everything, for `lasts_ms`; the canvas is gone afterwards.
 * @type {(parent: HTMLElement, lasts_ms: number, pieces: number) => () => void}
 */
export function throwConfetti(parent, lasts_ms, pieces) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  if (!context) return () => {};
  const scale = Math.min(1, MAX_WIDTH / innerWidth);
  const width = (canvas.width = innerWidth * scale);
  const height = (canvas.height = innerHeight * scale);
  const size = Math.max(6, Math.min(width, height) / 70);
  const style = getComputedStyle(document.body);
  const colours = Array.from({ length: COLOURS }, (_, index) =>
    style.getPropertyValue(`--colour-${index}`).trim() || "#fff");
  const flakes = Array.from({ length: pieces }, (_, index) => {
    const from_left = index % 2 === 0;
    return {
      x: from_left ? 0 : width,
      y: height * (0.55 + Math.random() * 0.35),
      vx: (from_left ? 1 : -1) * width * (0.12 + Math.random() * 0.5),
      vy: -height * (0.55 + Math.random() * 0.75),
      turn: Math.random() * 6,
      spin: (Math.random() - 0.5) * 9,
      size: size * (0.6 + Math.random() * 0.8),
      colour: colours[index % COLOURS],
    };
  });
  parent.prepend(canvas);
  const began_ms = performance.now();
  let last_ms = began_ms;
  let frame = requestAnimationFrame(draw);

  /** @type {(now_ms: number) => void} */
  function draw(now_ms) {
    if (!context || now_ms - began_ms >= lasts_ms) return stop();
    frame = requestAnimationFrame(draw);
    if (now_ms - last_ms < FRAME_MS) return;
    const seconds = Math.min(0.05, Math.max(0, now_ms - last_ms) / 1000);
    last_ms = now_ms;
    context.clearRect(0, 0, width, height);
    context.globalAlpha = Math.min(1, (began_ms + lasts_ms - now_ms) / FADE_MS);
    for (const flake of flakes) {
      const drag = Math.exp(-1.1 * seconds);
      flake.vx *= drag;
      flake.vy = flake.vy * drag + height * 0.75 * seconds;
      flake.x += flake.vx * seconds;
      flake.y += flake.vy * seconds;
      flake.turn += flake.spin * seconds;
      context.setTransform(1, 0, 0, 1, flake.x, flake.y);
      context.rotate(flake.turn);
      context.scale(1, Math.cos(flake.turn * 1.7));
      context.fillStyle = flake.colour;
      context.fillRect(-flake.size / 2, -flake.size / 3, flake.size, flake.size * 0.66);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  function stop() {
    cancelAnimationFrame(frame);
    canvas.remove();
  }
  return stop;
}
