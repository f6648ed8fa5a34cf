package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import nanochat.data.Batch;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.Tensor;

/// Softcapped cross entropy without ever holding the logits of a whole micro-batch: a panel of rows at a time goes through product,
/// softcap and one exponential pass, which leaves e^l dl/dz; the softmax's denominators are known only after the last column, so they
/// are multiplied into the rows of the two products that follow instead.
///
/// The target's own column is taken out of the panel and added apart in f32: there the gradient is p - 1, and bf16 would lose
/// what is left of it once the model is nearly sure.
final class LossKernels {
    /// Rows and columns of a block of logits: its f32 scores stay in a core's second-level cache.
    private static final int BLOCK_ROWS = 128;
    private static final int BLOCK_COLUMNS = 1024;
    /// Rows of the products that follow.
    private static final int SLICE_ROWS = 256;
    private static final int PANEL_ROWS = 1024;
    private static final long PANEL_BYTES = 128L << 20;
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int SHARED = 0;

    private final Team team;
    private final Scratch panelMemory = new Scratch();
    private float[] blockSums = new float[0];
    private final float[] targetLogits = new float[PANEL_ROWS];
    private final float[] rowFactors = new float[PANEL_ROWS];
    private final float[] targetFactors = new float[PANEL_ROWS];

    LossKernels(Team team) {
        this.team = team;
    }

    void logits(Tensor logits, Tensor x, Tensor w) {
        int columns = logits.columns();
        int blocks = Team.chunks(columns, BLOCK_COLUMNS);
        team.run(Team.chunks(x.rows(), BLOCK_ROWS) * blocks, (chunk, worker) -> {
            int row = chunk / blocks * BLOCK_ROWS;
            int rows = Math.min(BLOCK_ROWS, x.rows() - row);
            int column = chunk % blocks * BLOCK_COLUMNS;
            int width = Math.min(BLOCK_COLUMNS, columns - column);
            scores(worker, HostMemory.of(logits), (long) row * columns + column, columns, x, row, rows, w, column, width);
            for (int i = 0; i < rows; i++) {
                SoftcapMath.logits(HostMemory.of(logits), (long) (row + i) * columns + column, width);
            }
        });
    }

    void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        for (int first = 0; first < x.rows(); first += PANEL_ROWS) {
            Panel panel = new Panel(first, Math.min(PANEL_ROWS, x.rows() - first), vocabularySize, x, w, targets);
            exponentialPass(panel, MemorySegment.NULL);
            storeLosses(panel, losses, 0f);
        }
    }

    void crossEntropyWithGradient(Tensor losses, Tensor xGradient, Tensor wGradient, Tensor x, Tensor w, Tensor targets,
            int vocabularySize, float scale) {
        int elementBytes = x.dtype().bytes();
        long mostRows = PANEL_BYTES / ((long) vocabularySize * elementBytes) / SLICE_ROWS * SLICE_ROWS;
        int panelRows = Math.clamp(mostRows, SLICE_ROWS, PANEL_ROWS);
        int largest = Math.min(panelRows, x.rows());
        MemorySegment slopes = panelMemory.bytes(SHARED, (long) largest * vocabularySize * elementBytes);
        MemorySegment scaledRows = panelMemory.bytes(SHARED + 1, (long) largest * x.columns() * elementBytes);
        for (int first = 0; first < x.rows(); first += panelRows) {
            Panel panel = new Panel(first, Math.min(panelRows, x.rows() - first), vocabularySize, x, w, targets);
            exponentialPass(panel, slopes);
            storeLosses(panel, losses, scale);
            inputGradient(panel, slopes, scaledRows, xGradient);
            weightGradient(panel, slopes, scaledRows, wGradient);
        }
    }

    /// Some rows of a micro-batch, from `first` on.
    private record Panel(int first, int rows, int vocabularySize, Tensor x, Tensor w, Tensor targets) {
        int target(int row) {
            return HostMemory.of(targets).getAtIndex(JAVA_INT, first + row);
        }

        boolean bf16() {
            return x.dtype() == DType.BF16;
        }

        int width() {
            return x.columns();
        }

        int blocks() {
            return Team.chunks(vocabularySize, BLOCK_COLUMNS);
        }
    }

    private void scores(int worker, MemorySegment to, long toIndex, int toStride, Tensor x, int row, int rows, Tensor w, int column,
            int width) {
        int in = x.columns();
        ProductShape shape = new ProductShape(rows, width, in, in, 1, 1, in, toStride, x.dtype() == DType.BF16, false, false);
        team.products().run(worker, shape, HostMemory.of(x), (long) row * in, HostMemory.of(w), (long) column * in, to, toIndex);
    }

    /// Fills blockSums and targetLogits, and `slopes` unless it is NULL.
    private void exponentialPass(Panel panel, MemorySegment slopes) {
        int blocks = panel.blocks();
        int columns = panel.vocabularySize;
        int rowBlocks = Team.chunks(panel.rows, BLOCK_ROWS);
        if (blockSums.length < panel.rows * blocks) {
            blockSums = new float[panel.rows * blocks];
        }
        float[] sums = blockSums;
        team.run(rowBlocks * blocks, (chunk, worker) -> {
            int block = chunk / rowBlocks;
            int firstRow = chunk % rowBlocks * BLOCK_ROWS;
            int rows = Math.min(BLOCK_ROWS, panel.rows - firstRow);
            int column = block * BLOCK_COLUMNS;
            int width = Math.min(BLOCK_COLUMNS, columns - column);
            MemorySegment scores = team.scratch(worker).floats(SCORES, (long) BLOCK_ROWS * BLOCK_COLUMNS);
            scores(worker, scores, 0, width, panel.x, panel.first + firstRow, rows, panel.w, column, width);
            for (int i = 0; i < rows; i++) {
                int row = firstRow + i;
                long index = (long) i * width;
                int target = panel.target(row) - column;
                if (target >= 0 && target < width) {
                    targetLogits[row] = SoftcapMath.logit(RowMath.get(scores, index + target));
                }
                sums[row * blocks + block] = exponentials(panel, slopes, (long) row * columns + column, scores, index, width);
                if (target >= 0 && target < width && !slopes.equals(MemorySegment.NULL)) {
                    clear(panel, slopes, (long) row * columns + column + target);
                }
            }
        });
    }

    private static float exponentials(Panel panel, MemorySegment slopes, long slopesIndex, MemorySegment scores, long index, int width) {
        if (slopes.equals(MemorySegment.NULL)) {
            return SoftcapMath.sumOfExponentials(scores, index, width);
        }
        return panel.bf16()
                ? SoftcapMath.exponentialSlopesBf16(slopes, slopesIndex, scores, index, width)
                : SoftcapMath.exponentialSlopes(slopes, slopesIndex, scores, index, width);
    }

    private static void clear(Panel panel, MemorySegment slopes, long index) {
        if (panel.bf16()) {
            RowMath.putBf16(slopes, index, 0);
        } else {
            RowMath.put(slopes, index, 0);
        }
    }

    private void storeLosses(Panel panel, Tensor losses, float scale) {
        int blocks = panel.blocks();
        for (int row = 0; row < panel.rows; row++) {
            double total = 0;
            for (int block = 0; block < blocks; block++) {
                total += blockSums[row * blocks + block];
            }
            boolean counts = panel.target(row) != Batch.IGNORED;
            float logit = targetLogits[row];
            RowMath.put(HostMemory.of(losses), panel.first + row, counts ? (float) (Math.log(total) - logit) : 0f);
            rowFactors[row] = counts ? (float) (scale / total) : 0f;
            targetFactors[row] = counts ? (float) (scale * (Math.exp(logit) / total - 1) * SoftcapMath.slope(logit)) : 0f;
        }
    }

    /// xGradient = rowFactor * slopes w + targetFactor * w[target]; leaves rowFactor * x in scaledRows.
    private void inputGradient(Panel panel, MemorySegment slopes, MemorySegment scaledRows, Tensor xGradient) {
        int width = panel.width();
        int columns = panel.vocabularySize;
        MemorySegment gradient = HostMemory.of(xGradient);
        team.rows(panel.rows, SLICE_ROWS, (first, last, worker) -> {
            ProductShape shape = new ProductShape(last - first, width, columns, columns, 1, width, 1, width, panel.bf16(), false, false);
            team.products().run(worker, shape, slopes, (long) first * columns, HostMemory.of(panel.w), 0, gradient,
                    (long) (panel.first + first) * width);
            FloatRow x = new FloatRow(panel.x, team.scratch(worker), SCORES);
            FloatRow w = new FloatRow(panel.w, team.scratch(worker), SCORES + 1);
            for (int row = first; row < last; row++) {
                long index = (long) (panel.first + row) * width;
                RowMath.scale(gradient, index, gradient, index, rowFactors[row], width);
                if (panel.target(row) != Batch.IGNORED) {
                    w.read(panel.target(row));
                    RowMath.addScaled(gradient, index, w.segment(), w.index(), targetFactors[row], width);
                }
                x.read(panel.first + row);
                if (panel.bf16()) {
                    RowMath.narrowScaled(scaledRows, (long) row * width, x.segment(), x.index(), rowFactors[row], width);
                } else {
                    RowMath.scale(scaledRows, (long) row * width, x.segment(), x.index(), rowFactors[row], width);
                }
            }
        });
    }

    /// wGradient += slopes^T scaledRows, and targetFactor * x to the rows of the targets.
    private void weightGradient(Panel panel, MemorySegment slopes, MemorySegment scaledRows, Tensor wGradient) {
        int width = panel.width();
        int columns = panel.vocabularySize;
        MemorySegment gradient = HostMemory.of(wGradient);
        team.rows(columns, BLOCK_COLUMNS, (first, last, worker) -> {
            ProductShape shape = new ProductShape(last - first, width, panel.rows, 1, columns, width, 1, width, panel.bf16(), false, true);
            team.products().run(worker, shape, slopes, first, scaledRows, 0, gradient, (long) first * width);
            FloatRow x = new FloatRow(panel.x, team.scratch(worker), SCORES);
            for (int row = 0; row < panel.rows; row++) {
                int target = panel.target(row);
                if (target >= first && target < last) {
                    x.read(panel.first + row);
                    RowMath.addScaled(gradient, (long) target * width, x.segment(), x.index(), targetFactors[row], width);
                }
            }
        });
    }

    long allocatedBytes() {
        return panelMemory.allocatedBytes();
    }

    void close() {
        panelMemory.close();
    }
}
