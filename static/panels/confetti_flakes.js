/** Confetti as it flies: drawn on any canvas, of a page or of a worker. */

const FADE_MS = 1_500;
// Half the frames are enough for confetti.
const FRAME_MS = 30;

/**
 * @typedef {{width: number, height: number, lasts_ms: number, pieces: number, colours: string[]}} Throw
 * @typedef {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} Pen
 */

/**
 * Draws frame after frame until it is over, or the function that this returns is called.
 * @type {(pen: Pen, wanted: Throw, end: () => void) => () => void}
 */
export function flyConfetti(pen, { width, height, lasts_ms, pieces, colours }, end) {
  const size = Math.max(6, Math.min(width, height) / 70);
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
      colour: colours[index % colours.length],
    };
  });
  const began_ms = performance.now();
  let last_ms = began_ms;
  let timer = setTimeout(draw, FRAME_MS);

  function draw() {
    const now_ms = performance.now();
    if (now_ms - began_ms >= lasts_ms) return end();
    timer = setTimeout(draw, FRAME_MS);
    const seconds = Math.min(0.05, Math.max(0, now_ms - last_ms) / 1000);
    last_ms = now_ms;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.globalAlpha = Math.min(1, (began_ms + lasts_ms - now_ms) / FADE_MS);
    for (const flake of flakes) {
      const drag = Math.exp(-1.1 * seconds);
      flake.vx *= drag;
      flake.vy = flake.vy * drag + height * 0.75 * seconds;
      flake.x += flake.vx * seconds;
      flake.y += flake.vy * seconds;
      flake.turn += flake.spin * seconds;
      if (flake.y > height + flake.size) continue;
      const [cos, sin] = [Math.cos(flake.turn), Math.sin(flake.turn)];
      const flat = Math.cos(flake.turn * 1.7);
      pen.setTransform(cos, sin, -sin * flat, cos * flat, flake.x, flake.y);
      pen.fillStyle = flake.colour;
      pen.fillRect(-flake.size / 2, -flake.size / 3, flake.size, flake.size * 0.66);
    }
  }

  return () => clearTimeout(timer);
}
