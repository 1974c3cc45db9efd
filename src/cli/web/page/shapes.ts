import uPlot from 'uplot';

/** A count holds for the whole of its bucket. */
export const stepped: uPlot.Series.PathBuilder = (
  uPlot.paths.stepped as NonNullable<typeof uPlot.paths.stepped>
)({
  align: 1,
});

/** Diagonal stripes, for what did not arrive: seen as different also where colours are not. */
export function striped(line: string, ground: string): () => CanvasPattern | string {
  return () => {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 8;
    const context = tile.getContext('2d');
    if (context === null) return line;
    context.fillStyle = ground;
    context.fillRect(0, 0, 8, 8);
    context.strokeStyle = line;
    context.lineWidth = 2;
    for (const shift of [-8, 0, 8]) {
      context.beginPath();
      context.moveTo(shift - 1, 9);
      context.lineTo(shift + 9, -1);
      context.stroke();
    }
    return context.createPattern(tile, 'repeat') ?? line;
  };
}
