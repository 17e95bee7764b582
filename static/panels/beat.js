/** The total, the way to the goal and the bars move together: their sums agree to the eye. */
export const FIGURES_EVERY_MS = 500;
