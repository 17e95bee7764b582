/**
 * Sounds for a milestone and for thanks, made here: nothing is loaded. Browsers stay silent until
 * somebody has clicked on the page, or are started with a flag; until then the screen says so.
 *
 * @typedef {"milestone" | "thanks"} Sound
 */
import { setHidden } from "./dom.js";

/** @type {Record<Sound, {hertz: number, at: number, lasts: number}[]>} times in seconds */
const NOTES = {
  milestone: [523.25, 659.25, 783.99, 1046.5].map((hertz, place) =>
    ({ hertz, at: place * 0.13, lasts: place === 3 ? 1.4 : 0.5 })),
  thanks: [659.25, 987.77].map((hertz, place) => ({ hertz, at: place * 0.12, lasts: 0.7 })),
};
const ATTACK_SECONDS = 0.012;
// Overtones, and how loud: a bell more than a beep.
const PARTIALS = [[1, 0.6], [2, 0.22], [3, 0.08]];

/**
 * Has a sound begin now. Together all notes stay below the loudest that can be.
 * @type {(audio: BaseAudioContext, sound: Sound, volume: number) => void} `volume` 0 to 1
 */
export function ring(audio, sound, volume) {
  for (const { hertz, at, lasts } of NOTES[sound]) {
    const start = audio.currentTime + at;
    for (const [multiple, share] of PARTIALS) {
      const tone = new OscillatorNode(audio, { frequency: hertz * multiple });
      const gain = new GainNode(audio, { gain: 0 });
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(share * volume * 0.5, start + ATTACK_SECONDS);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + lasts / multiple);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + lasts);
    }
  }
}

/**
 * Returns what plays a sound; `button` is there while the browser keeps silent. With a volume of 0
 * there is no sound at all.
 * @type {(volume: number, button: HTMLElement) => (sound: Sound) => void}
 */
export function createSound(volume, button) {
  if (!(volume > 0)) return () => {};
  const audio = new AudioContext();

  function tell() {
    setHidden(button, audio.state === "running");
    document.documentElement.dataset.sound = audio.state;
  }

  function wake() {
    void audio.resume();
  }

  audio.addEventListener("statechange", tell);
  addEventListener("pointerdown", wake);
  addEventListener("keydown", wake);
  tell();
  return (sound) => {
    // What could not be heard in its moment is not made up for.
    if (audio.state !== "running") return;
    ring(audio, sound, volume);
    document.documentElement.dataset.played = sound;
  };
}
