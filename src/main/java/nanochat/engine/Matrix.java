package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The weights of a linear layer, `outputs` x `inputs`, read-only, off-heap, laid out for streaming: outputs in panels of
/// [Tile#PANEL], within a panel one input after the other, filled up with zero outputs to whole blocks of [Tile#WIDTH]. A product
/// reads each panel once, front to back.
///
/// | format | weight of input k, output c | bytes a weight |
/// |---|---|---|
/// | f32 | float `[c/16][k][c%16]` | 4 |
/// | bf16 | short `[c/16][k/2][c%16][k%2]` | 2 |
/// | int8 | byte `[c/16][k][c%16]`, one scale per output | 1 |
///
/// (The first two are oneDNN's formats `BA16a16b` and `BA16a16b2a` when `inputs` is a multiple of 32.)
public sealed interface Matrix permits F32Matrix, Bf16Matrix, Int8Matrix {
    /// Bytes of scratch memory that [#multiplyRows] needs: one tile of floats.
    long SCRATCH_BYTES = 4L * Tile.WIDTH * Tile.WIDTH;

    /// Up to so many rows, weights are unpacked where they are used; more rows make it worth while to unpack a tile first.
    int MOST_ROWS_UNPACKED_IN_REGISTERS = 16;

    /// Converts row-major f32 weights, one matrix below the other; all have the same number of inputs.
    static Matrix of(WeightFormat format, Arena arena, SourceTensor... parts) {
        BlockSource source = new BlockSource(parts);
        return switch (format) {
            case F32 -> F32Matrix.of(arena, source);
            case BF16 -> Bf16Matrix.of(arena, source);
            case INT8 -> Int8Matrix.of(arena, source);
        };
    }

    int outputs();

    int inputs();

    /// The weights as they lie in memory.
    MemorySegment memory();

    WeightFormat format();

    /// Bytes that one product reads.
    long bytes();

    /// Number of blocks of [Tile#WIDTH] outputs.
    default int blocks() {
        return Tile.roundUp(outputs()) / Tile.WIDTH;
    }

    /// One row times block `block`: reads `inputs` floats at address `x`, writes [Tile#WIDTH] floats at address `y`.
    void multiplyRow(int block, long x, long y);

    /// The same for `rows` rows with the same bits as a result; strides in bytes. Each weight is fetched from memory once for all of them.
    void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch);
}
