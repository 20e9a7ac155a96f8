/** Floor of a weight scale, so that a channel of zeros still has one (decision: such a channel is kept). */
export const smallestScale = 1e-12;
