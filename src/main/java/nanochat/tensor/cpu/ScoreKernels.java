package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Softmax and cross entropy of scores that lie in memory, row by row; unlike capped logits they may be of any size.
final class ScoreKernels {
    private static final int CHUNK_ROWS = 8;

    private final Team team;

    ScoreKernels(Team team) {
        this.team = team;
    }

    void softmax(Tensor scores) {
        int columns = scores.columns();
        MemorySegment memory = HostMemory.of(scores);
        team.rows(scores.rows(), CHUNK_ROWS, (first, last, _) -> {
            for (int row = first; row < last; row++) {
                softmax(memory, (long) row * columns, columns);
            }
        });
    }

    void crossEntropy(Tensor losses, Tensor logits, Tensor scores, Tensor targets, float weight) {
        int columns = scores.columns();
        MemorySegment probabilities = HostMemory.of(scores);
        MemorySegment slopes = HostMemory.of(logits);
        MemorySegment targetIds = HostMemory.of(targets);
        team.rows(scores.rows(), CHUNK_ROWS, (first, last, _) -> {
            for (int row = first; row < last; row++) {
                long index = (long) row * columns;
                int target = targetIds.getAtIndex(JAVA_INT, row);
                boolean counts = target != Batch.IGNORED;
                float targetScore = counts ? RowMath.get(probabilities, index + target) : 0f;
                float targetLogit = counts ? RowMath.get(slopes, index + target) : 0f;
                double logSumExp = softmax(probabilities, index, columns);
                SoftcapMath.slopes(slopes, index, probabilities, index, counts ? weight : 0f, columns);
                if (counts) {
                    float rest = weight * (RowMath.get(probabilities, index + target) - 1);
                    RowMath.put(slopes, index + target, rest * SoftcapMath.slopeOfLogit(targetLogit));
                }
                RowMath.put(HostMemory.of(losses), row, counts ? (float) (logSumExp - targetScore) : 0f);
            }
        });
    }

    /// In place.
    ///
    /// @return the logarithm of the sum of the row's exponentials
    private static double softmax(MemorySegment scores, long index, int columns) {
        float largest = RowMath.maximum(scores, index, columns);
        float sum = RowMath.exponentials(scores, index, 1f, largest, columns);
        RowMath.scale(scores, index, scores, index, 1 / sum, columns);
        return largest + Math.log(sum);
    }
}
