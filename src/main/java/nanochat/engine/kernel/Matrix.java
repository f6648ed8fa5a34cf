package nanochat.engine.kernel;

import java.lang.foreign.MemorySegment;

/// The weights of a linear layer, `outputs` x `inputs`, off-heap, laid out for streaming: outputs in panels of
/// [Tile#PANEL], within a panel one input after the other, filled up with zero outputs to whole blocks of [Tile#WIDTH]. A product
/// reads each panel once, front to back.
///
/// | format | weight of input k, output c | bytes a weight |
/// |---|---|---|
/// | f32 | float `[c/16][k][c%16]` | 4 |
/// | bf16 | short `[c/16][k/2][c%16][k%2]` | 2 |
/// | int8 | byte `[c/16][k][c%16]`, one scale per output | 1 |
/// | int4 | four bits, as [Int4Matrix] says, one scale per output and 32 inputs | 0.5625 |
///
/// (The first two are oneDNN's formats `BA16a16b` and `BA16a16b2a` when `inputs` is a multiple of 32.)
public sealed interface Matrix permits F32Matrix, NarrowMatrix {
    /// Bytes of scratch memory that [#multiplyRows] needs: one tile of floats.
    long SCRATCH_BYTES = 4L * Tile.WIDTH * Tile.WIDTH;

    int outputs();

    int inputs();

    /// The weights as they lie in memory.
    MemorySegment memory();

    /// Overwrites the weights of the outputs of block `block` ([Tile#WIDTH] of them, or what is left) by those of `source`, which has the same
    /// shape.
    void fill(BlockSource source, int block);

    /// Bytes that one product reads.
    default long bytes() {
        return memory().byteSize();
    }

    /// The weights of the first so many outputs, a multiple of [Tile#WIDTH] or all, where they are.
    Matrix first(int outputs);

    /// Number of blocks of [Tile#WIDTH] outputs.
    default int blocks() {
        return Tile.roundUp(outputs()) / Tile.WIDTH;
    }

    /// One row times panels `firstPanel` to before `endPanel` of each quarter of the matrix ([#blocks] panels each): reads `inputs` floats at
    /// address `x`, and zeros after them up to the next multiple of [Tile#WIDTH], and writes the outputs where they belong in the row at address
    /// `y`. Panel after panel, four streams run through all of memory without a break, and a single thread needs that many to read as fast as
    /// it can.
    ///
    /// @param scratch [#SCRATCH_BYTES] bytes
    void multiplyRow(int firstPanel, int endPanel, long x, long y, long scratch);

    /// `rows` rows times the neighbouring outputs of block `block`, which are written to address `y`, with the same bits however many rows
    /// there are and, but for int4, with those of [#multiplyRow]; strides in bytes. Each weight is fetched from memory once for all rows.
    void multiplyRows(int block, long x, long xStride, long y, long yStride, int rows, long scratch);
}
