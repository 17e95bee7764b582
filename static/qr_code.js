/**
 * QR codes (ISO/IEC 18004) of links: bytes, error correction M, versions 1 to 10. Made in the page,
 * so that the server draws no pictures of what anybody asks for.
 */

// By version, from 1: all codewords, those of correction in each block, blocks, alignment patterns.
/** @type {[number, number, number, number[]][]} */
const VERSIONS = [
  [26, 10, 1, []],
  [44, 16, 1, [6, 18]],
  [70, 26, 1, [6, 22]],
  [100, 18, 2, [6, 26]],
  [134, 24, 2, [6, 30]],
  [172, 16, 4, [6, 34]],
  [196, 18, 4, [6, 22, 38]],
  [242, 22, 4, [6, 24, 42]],
  [292, 22, 5, [6, 26, 46]],
  [346, 26, 5, [6, 28, 50]],
];
/** @type {((x: number, y: number) => boolean)[]} */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/**
 * The rows of a code, true where it is dark; null where the text is too long. Without a mask, the one
 * that leaves the fewest patterns a reader may stumble over.
 * @type {(text: string, mask?: number) => boolean[][] | null}
 */
export function makeCode(text, mask) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = VERSIONS.findIndex(([all, correction, blocks], index) =>
    bytes.length + (index < 9 ? 2 : 3) <= all - correction * blocks) + 1;
  if (version === 0) return null;
  const bits = interleave(encodeBytes(bytes, version), version)
    .flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((place) => ((byte >> place) & 1) === 1));
  const masks = mask === undefined ? MASKS.keys() : [mask];
  const codes = [...masks].map((one) => draw(bits, version, one));
  return codes.reduce((best, code) => (penalty(code) < penalty(best) ? code : best));
}

/** @type {(bytes: number[], version: number) => number[]} */
function encodeBytes(bytes, version) {
  const [all, correction, blocks] = VERSIONS[version - 1];
  const room = all - correction * blocks;
  const digits = (/** @type {number} */ value, /** @type {number} */ length) =>
    value.toString(2).padStart(length, "0");
  const bits = ["0100", digits(bytes.length, version < 10 ? 8 : 16),
    ...bytes.map((byte) => digits(byte, 8)), "0000"].join("");
  const filled = bits.slice(0, room * 8).padEnd(Math.min(room, Math.ceil(bits.length / 8)) * 8, "0");
  const words = (filled.match(/.{8}/g) ?? []).map((one) => parseInt(one, 2));
  for (let pad = 0; words.length < room; pad ^= 1) words.push(pad === 0 ? 0xec : 0x11);
  return words;
}

/** @type {(words: number[], version: number) => number[]} the blocks and their correction, in turn */
function interleave(words, version) {
  const [, correction, count] = VERSIONS[version - 1];
  const short = Math.floor(words.length / count);
  const longer_from = count - (words.length % count);
  const divisor = makeDivisor(correction);
  let taken = 0;
  const blocks = Array.from({ length: count }, (_, block) => {
    const length = short + (block >= longer_from ? 1 : 0);
    return words.slice(taken, (taken += length));
  });
  const corrections = blocks.map((block) => divide(block, divisor));
  /** @type {(lists: number[][]) => number[]} */
  const inTurn = (lists) => Array.from({ length: Math.max(...lists.map((one) => one.length)) })
    .flatMap((_, place) => lists.filter((one) => place < one.length).map((one) => one[place]));
  return [...inTurn(blocks), ...inTurn(corrections)];
}

/** @type {(a: number, b: number) => number} in the field of 256 that QR codes reckon in */
function multiply(a, b) {
  let product = 0;
  for (let place = 7; place >= 0; place -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> place) & 1) * a;
  }
  return product;
}

/** @type {(degree: number) => number[]} */
function makeDivisor(degree) {
  const divisor = [...Array(degree - 1).fill(0), 1];
  for (let step = 0, root = 1; step < degree; step += 1, root = multiply(root, 2)) {
    for (let place = 0; place < degree; place += 1) {
      divisor[place] = multiply(divisor[place], root) ^ (divisor[place + 1] ?? 0);
    }
  }
  return divisor;
}

/** @type {(words: number[], divisor: number[]) => number[]} the remainder */
function divide(words, divisor) {
  const rest = Array(divisor.length).fill(0);
  for (const word of words) {
    const factor = word ^ rest.shift();
    rest.push(0);
    divisor.forEach((one, place) => (rest[place] ^= multiply(one, factor)));
  }
  return rest;
}

/** @type {(bits: boolean[], version: number, mask: number) => boolean[][]} */
function draw(bits, version, mask) {
  const size = 17 + 4 * version;
  /** @type {(boolean | null)[][]} null: not a pattern, room for data */
  const cells = Array.from({ length: size }, () => Array(size).fill(null));
  /** @type {(x: number, y: number, dark: boolean) => void} */
  const set = (x, y, dark) => {
    if (x >= 0 && y >= 0 && x < size && y < size) cells[y][x] = dark;
  };
  /** @type {(cx: number, cy: number, radius: number, light: number[]) => void} rings around a place */
  const drawRings = (cx, cy, radius, light) => {
    for (let y = -radius; y <= radius; y += 1) {
      for (let x = -radius; x <= radius; x += 1) {
        set(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
      }
    }
  };
  for (let place = 0; place < size; place += 1) {
    set(6, place, place % 2 === 0);
    set(place, 6, place % 2 === 0);
  }
  const corners = [[3, 3], [size - 4, 3], [3, size - 4]];
  for (const [x, y] of corners) drawRings(x, y, 4, [2, 4]);
  const middles = VERSIONS[version - 1][3];
  const last = size - 7;
  for (const y of middles) {
    for (const x of middles) {
      const at_corner = (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
      if (!at_corner) drawRings(x, y, 2, [1]);
    }
  }
  drawFormat(set, size, mask);
  if (version >= 7) drawVersion(set, size, version);
  fillData(cells, bits, mask);
  return /** @type {boolean[][]} */ (cells);
}

/** @type {(value: number, bits: number, generator: number) => number} a value with its BCH code */
function protect(value, bits, generator) {
  let rest = value;
  for (let step = 0; step < bits; step += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * generator);
  return (value << bits) | rest;
}

/** @type {(set: (x: number, y: number, dark: boolean) => void, size: number, mask: number) => void} */
function drawFormat(set, size, mask) {
  const bits = protect(mask, 10, 0x537) ^ 0x5412; // correction M is 0
  for (let place = 0; place < 15; place += 1) {
    const dark = ((bits >> place) & 1) === 1;
    if (place < 8) set(size - 1 - place, 8, dark);
    else set(8, size - 15 + place, dark);
    const along = [0, 1, 2, 3, 4, 5, 7, 8, 7, 5, 4, 3, 2, 1, 0][place];
    if (place < 8) set(8, along, dark);
    else set(along, 8, dark);
  }
  set(8, size - 8, true);
}

/** @type {(set: (x: number, y: number, dark: boolean) => void, size: number, version: number) => void} */
function drawVersion(set, size, version) {
  const bits = protect(version, 12, 0x1f25);
  for (let place = 0; place < 18; place += 1) {
    const dark = ((bits >> place) & 1) === 1;
    const [near, far] = [Math.floor(place / 3), size - 11 + (place % 3)];
    set(far, near, dark);
    set(near, far, dark);
  }
}

/** @type {(cells: (boolean | null)[][], bits: boolean[], mask: number) => void} in columns of two, up and down */
function fillData(cells, bits, mask) {
  const size = cells.length;
  let next = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const is_upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = is_upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (cells[y][x] !== null) continue;
        cells[y][x] = (bits[next] ?? false) !== MASKS[mask](x, y);
        next += 1;
      }
    }
  }
}

/** @type {(code: boolean[][]) => number} runs, blocks and false corners; and how uneven it is */
function penalty(code) {
  const size = code.length;
  const columns = code.map((_, x) => code.map((row) => row[x]));
  let sum = 0;
  let dark = 0;
  for (const line of [...code, ...columns]) {
    const text = line.map((one) => (one ? "1" : "0")).join("");
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * [...text.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  code.forEach((row, y) => row.forEach((one, x) => {
    if (one) dark += 1;
    if (x > 0 && y > 0 && one === row[x - 1] && one === code[y - 1][x] && one === code[y - 1][x - 1]) {
      sum += 3;
    }
  }));
  return sum + 10 * Math.floor((Math.abs(dark * 2 - size * size) * 10) / (size * size));
}
