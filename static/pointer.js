const IDLE_MS = 5_000;

/** Hides a mouse pointer that nobody moves. */
export function hideIdlePointer() {
  let timer = 0;
  function wake() {
    document.body.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => document.body.classList.add("idle"), IDLE_MS);
  }
  addEventListener("pointermove", wake, { passive: true });
  wake();
}
