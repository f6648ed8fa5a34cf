package nanochat.engine.kernel;

/// Weights in fewer bits than a float has, which have to be widened before they are multiplied.
public sealed interface NarrowMatrix extends Matrix permits Bf16Matrix, Int8Matrix, Int4Matrix {
    /// The weights of `depth` inputs from `first` on as the rows of a tile of floats, as they are before [#scale]. `first` is a multiple of
    /// [Tile#WIDTH]. What comes after `depth` up to the next multiple of 32 may be written over.
    void widen(int block, int first, int depth, long tile);

    /// Multiplies sums of products with what [#widen] gave by the scales of their outputs, where the format has some.
    default void scale(int block, long y, long yStride, int rows) {
    }

    /// [#multiplyRows] by tiles of widened weights: for so many rows that it costs less than to widen in registers.
    default void multiplyRowsWidened(int block, long x, long xStride, long y, long yStride, int rows, long scratch) {
        Tile.clear(y, yStride, rows);
        for (int k = 0; k < inputs(); k += Tile.WIDTH) {
            int depth = Math.min(Tile.WIDTH, inputs() - k);
            widen(block, k, depth, scratch);
            Tile.multiplyAdd(scratch, Tile.PANEL_STRIDE, Tile.ROW_STRIDE, depth, x + 4L * k, xStride, y, yStride, rows);
        }
        scale(block, y, yStride, rows);
    }
}
