package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// The products with lm_head, block of the vocabulary by block: scores x w^T and, on the way back, slopes w. The weights of a block are packed
/// once for all rows of a micro-batch.
final class VocabularyProducts {
    /// Tokens of the vocabulary in a block.
    static final int BLOCK = 512;
    private static final int FOR_SCORES = 0;
    private static final int FOR_GRADIENT = 1;

    private final Team team;
    private final Scratch memory = new Scratch();

    VocabularyProducts(Team team) {
        this.team = team;
    }

    /// The first `size` rows of lm_head [V, C], packed; good until the next ones are packed.
    ///
    /// @param forScores   what [#scores] reads
    /// @param forGradient what [#gradient] reads
    record Weights(int size, int channels, boolean bf16, MemorySegment forScores, MemorySegment forGradient) {
        int blocks() {
            return Team.chunks(size, BLOCK);
        }

        /// Tokens in block `block`.
        int width(int block) {
            return Math.min(BLOCK, size - block * BLOCK);
        }
    }

    /// @param withGradient whether [#gradient] will be asked for
    Weights pack(Tensor w, int size, boolean withGradient) {
        int channels = w.columns();
        boolean bf16 = w.dtype() == DType.BF16;
        int bytes = w.dtype().bytes();
        int blocks = Team.chunks(size, BLOCK);
        MemorySegment forScores = memory.bytes(FOR_SCORES, blocks * scoresElements(channels, bf16) * bytes);
        MemorySegment forGradient = withGradient
                ? memory.bytes(FOR_GRADIENT, blocks * gradientElements(channels, bf16) * bytes)
                : MemorySegment.NULL;
        Weights weights = new Weights(size, channels, bf16, forScores, forGradient);
        Products products = team.products();
        team.run(blocks, (block, worker) -> {
            int width = weights.width(block);
            long from = (long) block * BLOCK * channels;
            products.pack(worker, new RightOperand(channels, width, 1, channels, bf16), HostMemory.of(w), from, forScores,
                    block * scoresElements(channels, bf16));
            if (withGradient) {
                products.pack(worker, new RightOperand(width, channels, channels, 1, bf16), HostMemory.of(w), from, forGradient,
                        block * gradientElements(channels, bf16));
            }
        });
        return weights;
    }

    private long scoresElements(int channels, boolean bf16) {
        return team.products().packedElements(channels, BLOCK, bf16);
    }

    private long gradientElements(int channels, boolean bf16) {
        return team.products().packedElements(BLOCK, channels, bf16);
    }

    /// scores [rows, width of the block] = x w^T, f32, for `rows` rows of x from `row` on.
    void scores(int worker, Weights weights, int block, Tensor x, int row, int rows, MemorySegment scores, long index, int stride) {
        int channels = weights.channels;
        ProductShape shape = ProductShape.ofPacked(rows, weights.width(block), channels, channels, 1, stride, weights.bf16, false, false);
        team.products().run(worker, shape, HostMemory.of(x), (long) row * channels, weights.forScores,
                block * scoresElements(channels, weights.bf16), scores, index);
    }

    /// xGradient [rows, C] (+)= slopes [rows, width of the block] w, for `rows` rows of xGradient from `row` on; the first block replaces.
    void gradient(int worker, Weights weights, int block, MemorySegment slopes, long slopesIndex, Tensor xGradient, int row, int rows) {
        int channels = weights.channels;
        int width = weights.width(block);
        ProductShape shape = ProductShape.ofPacked(rows, channels, width, width, 1, channels, weights.bf16, false, block > 0);
        team.products().run(worker, shape, slopes, slopesIndex, weights.forGradient,
                block * gradientElements(channels, weights.bf16), HostMemory.of(xGradient), (long) row * channels);
    }

    long allocatedBytes() {
        return memory.allocatedBytes();
    }

    void close() {
        memory.close();
    }
}
