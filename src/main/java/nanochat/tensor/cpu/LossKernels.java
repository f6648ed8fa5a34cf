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
    private static final int SLICE_ROWS = 128;
    private static final int BLOCK_COLUMNS = 1024;
    private static final int PANEL_ROWS = 1024;
    private static final long PANEL_BYTES = 128L << 20;
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int ROW_A = Team.KERNEL_SCRATCH + 1;
    private static final int ROW_B = Team.KERNEL_SCRATCH + 2;
    private static final int SLOPES = 0;
    private static final int SCALED_ROWS = 1;

    private final Team team;
    private final Scratch panelMemory = new Scratch();
    private final float[] targetFactors = new float[PANEL_ROWS];

    LossKernels(Team team) {
        this.team = team;
    }

    void logits(Tensor logits, Tensor x, Tensor w) {
        int columns = logits.columns();
        int blocks = Team.chunks(columns, BLOCK_COLUMNS);
        team.run(Team.chunks(x.rows(), SLICE_ROWS) * blocks, (chunk, worker) -> {
            int row = chunk / blocks * SLICE_ROWS;
            int rows = Math.min(SLICE_ROWS, x.rows() - row);
            int column = chunk % blocks * BLOCK_COLUMNS;
            int width = Math.min(BLOCK_COLUMNS, columns - column);
            scores(worker, HostMemory.of(logits), (long) row * columns + column, columns, x, row, rows, w, column, width);
            for (int i = 0; i < rows; i++) {
                long index = (long) (row + i) * columns + column;
                SoftcapMath.tangents(HostMemory.of(logits), index, width);
                RowMath.scale(HostMemory.of(logits), index, HostMemory.of(logits), index, SoftcapMath.logit(1f), width);
            }
        });
    }

    void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        Panel panel = new Panel(0, x.rows(), vocabularySize, x, w, targets);
        team.rows(x.rows(), SLICE_ROWS, (first, last, worker) -> {
            MemorySegment scores = team.scratch(worker).floats(SCORES, (long) SLICE_ROWS * BLOCK_COLUMNS);
            double[] totals = new double[last - first];
            float[] targetLogits = new float[last - first];
            for (int block = 0; block < panel.blocks(); block++) {
                int column = block * BLOCK_COLUMNS;
                int width = panel.width(block);
                scores(worker, scores, 0, width, x, first, last - first, w, column, width);
                for (int row = first; row < last; row++) {
                    long index = (long) (row - first) * width;
                    SoftcapMath.tangents(scores, index, width);
                    int target = panel.target(row) - column;
                    if (target >= 0 && target < width) {
                        targetLogits[row - first] = SoftcapMath.logit(RowMath.get(scores, index + target));
                    }
                    totals[row - first] += SoftcapMath.sumOfExponentials(scores, index, width);
                }
            }
            for (int row = first; row < last; row++) {
                boolean counts = panel.target(row) != Batch.IGNORED;
                RowMath.put(HostMemory.of(losses), row, counts ? (float) (Math.log(totals[row - first]) - targetLogits[row - first]) : 0f);
            }
        });
    }

    void crossEntropyWithGradient(Tensor losses, Tensor xGradient, Tensor wGradient, Tensor x, Tensor w, Tensor targets,
            int vocabularySize, float scale) {
        int elementBytes = x.dtype().bytes();
        long mostRows = PANEL_BYTES / ((long) vocabularySize * elementBytes) / SLICE_ROWS * SLICE_ROWS;
        int panelRows = Math.clamp(mostRows, SLICE_ROWS, PANEL_ROWS);
        int largest = Math.min(panelRows, x.rows());
        MemorySegment slopes = panelMemory.bytes(SLOPES, (long) largest * vocabularySize * elementBytes);
        MemorySegment scaledRows = panelMemory.bytes(SCALED_ROWS, (long) largest * x.columns() * elementBytes);
        for (int first = 0; first < x.rows(); first += panelRows) {
            Panel panel = new Panel(first, Math.min(panelRows, x.rows() - first), vocabularySize, x, w, targets);
            team.rows(panel.rows, SLICE_ROWS,
                    (from, to, worker) -> slice(panel, from, to, worker, slopes, scaledRows, losses, xGradient, scale));
            weightGradient(panel, slopes, scaledRows, wGradient);
        }
    }

    /// Some rows of a micro-batch, from `first` on. The slopes of a panel stand block of columns by block of columns, because rows as long as
    /// the vocabulary would put the elements of one column a power of two apart, all in the same sets of the cache.
    private record Panel(int first, int rows, int vocabularySize, Tensor x, Tensor w, Tensor targets) {
        int target(int row) {
            return HostMemory.of(targets).getAtIndex(JAVA_INT, first + row);
        }

        boolean bf16() {
            return x.dtype() == DType.BF16;
        }

        int channels() {
            return x.columns();
        }

        int blocks() {
            return Team.chunks(vocabularySize, BLOCK_COLUMNS);
        }

        /// Columns of block `block`.
        int width(int block) {
            return Math.min(BLOCK_COLUMNS, vocabularySize - block * BLOCK_COLUMNS);
        }

        /// Where the slopes of `row` begin in `block`.
        long slopes(int row, int block) {
            return (long) block * BLOCK_COLUMNS * rows + (long) row * width(block);
        }
    }

    private void scores(int worker, MemorySegment to, long toIndex, int toStride, Tensor x, int row, int rows, Tensor w, int column,
            int width) {
        int in = x.columns();
        ProductShape shape = new ProductShape(rows, width, in, in, 1, 1, in, toStride, x.dtype() == DType.BF16, false, false);
        team.products().run(worker, shape, HostMemory.of(x), (long) row * in, HostMemory.of(w), (long) column * in, to, toIndex);
    }

    /// The rows from..to-1 of a panel, block of columns by block of columns while its slopes are in the cache: the sums of their
    /// exponentials and sum(slopes w) for xGradient; at the end the losses, and the softmax's denominators multiplied in.
    private void slice(Panel panel, int from, int to, int worker, MemorySegment slopes, MemorySegment scaledRows, Tensor losses,
            Tensor xGradient, float scale) {
        int rows = to - from;
        int channels = panel.channels();
        double[] totals = new double[rows];
        float[] targetTangents = new float[rows];
        long gradientIndex = (long) (panel.first + from) * channels;
        for (int block = 0; block < panel.blocks(); block++) {
            int width = panel.width(block);
            exponentials(panel, from, to, block, worker, slopes, totals, targetTangents);
            ProductShape shape = new ProductShape(rows, channels, width, width, 1, channels, 1, channels, panel.bf16(), false, block > 0);
            team.products().run(worker, shape, slopes, panel.slopes(from, block), HostMemory.of(panel.w),
                    (long) block * BLOCK_COLUMNS * channels, HostMemory.of(xGradient), gradientIndex);
        }
        FloatRow x = new FloatRow(panel.x, team.scratch(worker), ROW_A);
        FloatRow w = new FloatRow(panel.w, team.scratch(worker), ROW_B);
        for (int row = from; row < to; row++) {
            double total = totals[row - from];
            float tangent = targetTangents[row - from];
            float logit = SoftcapMath.logit(tangent);
            boolean counts = panel.target(row) != Batch.IGNORED;
            float rowFactor = counts ? (float) (scale / total) : 0f;
            float targetFactor = counts ? (float) (scale * (Math.exp(logit) / total - 1) * SoftcapMath.slope(tangent)) : 0f;
            targetFactors[row] = targetFactor;
            RowMath.put(HostMemory.of(losses), panel.first + row, counts ? (float) (Math.log(total) - logit) : 0f);
            long index = (long) (panel.first + row) * channels;
            RowMath.scale(HostMemory.of(xGradient), index, HostMemory.of(xGradient), index, rowFactor, channels);
            if (counts) {
                w.read(panel.target(row));
                RowMath.addScaled(HostMemory.of(xGradient), index, w.segment(), w.index(), targetFactor, channels);
            }
            x.read(panel.first + row);
            if (panel.bf16()) {
                RowMath.narrowScaled(scaledRows, (long) row * channels, x.segment(), x.index(), rowFactor, channels);
            } else {
                RowMath.scale(scaledRows, (long) row * channels, x.segment(), x.index(), rowFactor, channels);
            }
        }
    }

    /// Scores, softcap and exponentials of one block; the targets' own slopes are set to zero.
    private void exponentials(Panel panel, int from, int to, int block, int worker, MemorySegment slopes, double[] totals,
            float[] targetTangents) {
        int column = block * BLOCK_COLUMNS;
        int width = panel.width(block);
        MemorySegment scores = team.scratch(worker).floats(SCORES, (long) SLICE_ROWS * BLOCK_COLUMNS);
        scores(worker, scores, 0, width, panel.x, panel.first + from, to - from, panel.w, column, width);
        for (int row = from; row < to; row++) {
            long index = (long) (row - from) * width;
            long slopesIndex = panel.slopes(row, block);
            int target = panel.target(row) - column;
            SoftcapMath.tangents(scores, index, width);
            if (target >= 0 && target < width) {
                targetTangents[row - from] = RowMath.get(scores, index + target);
            }
            totals[row - from] += SoftcapMath.exponentialSlopes(scores, index, width);
            if (target >= 0 && target < width) {
                RowMath.put(scores, index + target, 0);
            }
            if (panel.bf16()) {
                RowMath.narrowScaled(slopes, slopesIndex, scores, index, 1f, width);
            } else {
                RowMath.scale(slopes, slopesIndex, scores, index, 1f, width);
            }
        }
    }

    /// wGradient += slopes^T scaledRows, and targetFactor * x to the rows of the targets.
    private void weightGradient(Panel panel, MemorySegment slopes, MemorySegment scaledRows, Tensor wGradient) {
        int channels = panel.channels();
        MemorySegment gradient = HostMemory.of(wGradient);
        team.run(panel.blocks(), (block, worker) -> {
            int first = block * BLOCK_COLUMNS;
            int width = panel.width(block);
            ProductShape shape = new ProductShape(width, channels, panel.rows, 1, width, channels, 1, channels, panel.bf16(), false, true);
            team.products().run(worker, shape, slopes, panel.slopes(0, block), scaledRows, 0, gradient, (long) first * channels);
            FloatRow x = new FloatRow(panel.x, team.scratch(worker), ROW_A);
            for (int row = 0; row < panel.rows; row++) {
                int target = panel.target(row);
                if (target >= first && target < first + width) {
                    x.read(panel.first + row);
                    RowMath.addScaled(gradient, (long) target * channels, x.segment(), x.index(), targetFactors[row], channels);
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
