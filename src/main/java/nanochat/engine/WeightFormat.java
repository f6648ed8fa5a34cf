package nanochat.engine;

import java.lang.foreign.SegmentAllocator;
import nanochat.engine.kernel.Bf16Matrix;
import nanochat.engine.kernel.EmbeddingTable;
import nanochat.engine.kernel.F32Matrix;
import nanochat.engine.kernel.Int4Matrix;
import nanochat.engine.kernel.Int8Matrix;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.engine.kernel.Matrix;

/// How the engine keeps the matrices. Sums are in f32 whatever the format.
public enum WeightFormat {
    /// Single precision: the reference.
    F32,
    /// bfloat16, rounded to nearest even: half the memory traffic, so twice the tokens per second.
    BF16,
    /// Eight-bit integers with one f32 scale per output: a quarter of the traffic.
    INT8,
    /// Four-bit integers with one bf16 scale for every 32 inputs of an output: an eighth of the traffic and a little.
    INT4;

    /// A matrix in new memory: of zeros where that is an arena's.
    public Matrix matrix(SegmentAllocator memory, int outputs, int inputs) {
        return switch (this) {
            case F32 -> F32Matrix.of(memory, outputs, inputs);
            case BF16 -> Bf16Matrix.of(memory, outputs, inputs);
            case INT8 -> Int8Matrix.of(memory, outputs, inputs);
            case INT4 -> Int4Matrix.of(memory, outputs, inputs);
        };
    }

    /// How keys and values are kept beside such weights, unless somebody asks for another format: f32 beside f32, else bf16.
    public KeyValueFormat keysAndValues() {
        return this == F32 ? KeyValueFormat.F32 : KeyValueFormat.BF16;
    }

    /// A table of embeddings in new memory, like [#matrix]: f32 with f32 matrices, else bf16.
    EmbeddingTable embeddingTable(SegmentAllocator memory, int rows, int width) {
        return new EmbeddingTable(this != F32, memory, rows, width);
    }
}
