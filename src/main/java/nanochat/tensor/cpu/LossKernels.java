package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import nanochat.data.Batch;
import nanochat.tensor.DType;
import nanochat.tensor.HostMemory;
import nanochat.tensor.LossWeights;
import nanochat.tensor.Tensor;

/// Softcapped cross entropy without ever holding the logits of a whole micro-batch: a panel of rows at a time goes through product,
/// softcap and one exponential pass, which leaves e^l dl/dz; the softmax's denominators are known only after the last column, so they
/// are multiplied into the rows of the two products that follow instead.
///
/// The target's own column is taken out of the panel and added apart in f32: there the gradient is p - 1, and bf16 would lose
/// what is left of it once the model is nearly sure.
final class LossKernels {
    /// Rows and columns of a block of logits: its f32 scores stay in a core's second-level cache.
    private static final int SLICE_ROWS = 256;
    private static final int BLOCK = VocabularyProducts.BLOCK;
    private static final int PANEL_ROWS = 2048;
    private static final long PANEL_BYTES = 128L << 20;
    private static final int SCORES = Team.KERNEL_SCRATCH;
    private static final int ROW_A = Team.KERNEL_SCRATCH + 1;
    private static final int ROW_B = Team.KERNEL_SCRATCH + 2;
    private static final int SLOPES = 0;
    private static final int SCALED_ROWS = 1;
    private static final int PACKED_ROWS = 2;
    private static final LossWeights ALIKE = new LossWeights.Uniform(1f);

    private final Team team;
    private final VocabularyProducts products;
    private final CountedRows counted = new CountedRows();
    private final Scratch panelMemory = new Scratch();
    private final float[] targetFactors = new float[PANEL_ROWS];

    LossKernels(Team team) {
        this.team = team;
        products = new VocabularyProducts(team);
    }

    void logits(Tensor logits, Tensor x, Tensor w) {
        int columns = logits.columns();
        VocabularyProducts.Weights weights = products.pack(w, columns, false);
        MemorySegment to = HostMemory.of(logits);
        team.run(Team.chunks(x.rows(), SLICE_ROWS) * weights.blocks(), (chunk, worker) -> {
            int block = chunk % weights.blocks();
            int row = chunk / weights.blocks() * SLICE_ROWS;
            int rows = Math.min(SLICE_ROWS, x.rows() - row);
            int width = weights.width(block);
            long first = (long) row * columns + (long) block * BLOCK;
            products.scores(worker, weights, block, x, row, rows, to, first, columns);
            for (int i = 0; i < rows; i++) {
                long index = first + (long) i * columns;
                SoftcapMath.tangents(to, index, width);
                RowMath.scale(to, index, to, index, SoftcapMath.logit(1f), width);
            }
        });
    }

    void crossEntropy(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        if (counted.find(targets, ALIKE)) {
            Tensor countedLosses = counted.losses(losses);
            crossEntropyOfAll(countedLosses, counted.x(x), w, counted.targets(targets), vocabularySize);
            counted.moveBack(countedLosses, losses);
        } else {
            crossEntropyOfAll(losses, x, w, targets, vocabularySize);
        }
    }

    private void crossEntropyOfAll(Tensor losses, Tensor x, Tensor w, Tensor targets, int vocabularySize) {
        Panel panel = new Panel(0, x.rows(), x, products.pack(w, vocabularySize, false), w, targets,
                ALIKE);
        team.rows(x.rows(), SLICE_ROWS, (first, last, worker) -> {
            MemorySegment scores = team.scratch(worker).floats(SCORES, (long) SLICE_ROWS * BLOCK);
            double[] totals = new double[last - first];
            float[] targetLogits = new float[last - first];
            for (int block = 0; block < panel.weights.blocks(); block++) {
                int width = panel.weights.width(block);
                products.scores(worker, panel.weights, block, x, first, last - first, scores, 0, width);
                for (int row = first; row < last; row++) {
                    long index = (long) (row - first) * width;
                    SoftcapMath.tangents(scores, index, width);
                    int target = panel.target(row) - block * BLOCK;
                    if (target >= 0 && target < width) {
                        targetLogits[row - first] = SoftcapMath.logit(RowMath.get(scores, index + target));
                    }
                    totals[row - first] += SoftcapMath.sumOfExponentials(scores, index, width);
                }
            }
            for (int row = first; row < last; row++) {
                boolean counts = panel.counts(row);
                RowMath.put(HostMemory.of(losses), row, counts ? (float) (Math.log(totals[row - first]) - targetLogits[row - first]) : 0f);
            }
        });
    }

    void crossEntropyWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w, Tensor targets,
            int vocabularySize, LossWeights weights) {
        if (counted.find(targets, weights)) {
            Tensor countedLosses = counted.losses(losses);
            Optional<Tensor> countedGradient = xGradient.map(counted::xGradient);
            crossEntropyOfAllWithGradient(countedLosses, countedGradient, wGradient, counted.x(x), w, counted.targets(targets),
                    vocabularySize, counted.weights(weights));
            counted.moveBack(countedLosses, losses);
            countedGradient.ifPresent(gradient -> counted.moveBack(gradient, xGradient.orElseThrow()));
        } else {
            crossEntropyOfAllWithGradient(losses, xGradient, wGradient, x, w, targets, vocabularySize, weights);
        }
    }

    private void crossEntropyOfAllWithGradient(Tensor losses, Optional<Tensor> xGradient, Optional<Tensor> wGradient, Tensor x, Tensor w,
            Tensor targets, int vocabularySize, LossWeights lossWeights) {
        int elementBytes = x.dtype().bytes();
        long mostRows = PANEL_BYTES / ((long) vocabularySize * elementBytes) / SLICE_ROWS * SLICE_ROWS;
        int panelRows = Math.clamp(mostRows, SLICE_ROWS, PANEL_ROWS);
        int largest = Math.min(panelRows, x.rows());
        MemorySegment slopes = panelMemory.bytes(SLOPES, (long) largest * vocabularySize * elementBytes);
        MemorySegment scaledRows = panelMemory.bytes(SCALED_ROWS, (long) largest * x.columns() * elementBytes);
        VocabularyProducts.Weights weights = products.pack(w, vocabularySize, xGradient.isPresent());
        for (int first = 0; first < x.rows(); first += panelRows) {
            Panel panel = new Panel(first, Math.min(panelRows, x.rows() - first), x, weights, w, targets,
                    lossWeights);
            team.rows(panel.rows, SLICE_ROWS,
                    (from, to, worker) -> slice(panel, from, to, worker, slopes, scaledRows, losses, xGradient));
            wGradient.ifPresent(gradient -> weightGradient(panel, slopes, scaledRows, gradient));
        }
    }

    /// Some rows of a micro-batch, from `first` on. The slopes of a panel stand block of columns by block of columns, because rows as long as
    /// the vocabulary would put the elements of one column a power of two apart, all in the same sets of the cache.
    private record Panel(int first, int rows, Tensor x, VocabularyProducts.Weights weights, Tensor w, Tensor targets,
            LossWeights lossWeights) {
        int target(int row) {
            return HostMemory.of(targets).getAtIndex(JAVA_INT, first + row);
        }

        float lossWeight(int row) {
            return RowWeights.weight(lossWeights, first + row);
        }

        boolean counts(int row) {
            return target(row) != Batch.IGNORED && RowWeights.counts(lossWeights, first + row);
        }

        boolean bf16() {
            return x.dtype() == DType.BF16;
        }

        int channels() {
            return x.columns();
        }

        /// Where the slopes of `row` begin in `block`.
        long slopes(int row, int block) {
            return (long) block * BLOCK * rows + (long) row * weights.width(block);
        }
    }

    /// The rows from..to-1 of a panel, block of columns by block of columns while its slopes are in the cache: the sums of their
    /// exponentials and sum(slopes w) for xGradient; at the end the losses, and the softmax's denominators multiplied in.
    private void slice(Panel panel, int from, int to, int worker, MemorySegment slopes, MemorySegment scaledRows, Tensor losses,
            Optional<Tensor> xGradient) {
        int rows = to - from;
        int channels = panel.channels();
        double[] totals = new double[rows];
        float[] targetTangents = new float[rows];
        for (int block = 0; block < panel.weights.blocks(); block++) {
            exponentials(panel, from, to, block, worker, slopes, totals, targetTangents);
            if (xGradient.isPresent()) {
                products.gradient(worker, panel.weights, block, slopes, panel.slopes(from, block), xGradient.get(), panel.first + from,
                        rows);
            }
        }
        FloatRow x = new FloatRow(panel.x, team.scratch(worker), ROW_A);
        FloatRow w = new FloatRow(panel.w, team.scratch(worker), ROW_B);
        for (int row = from; row < to; row++) {
            double total = totals[row - from];
            float tangent = targetTangents[row - from];
            float logit = SoftcapMath.logit(tangent);
            boolean counts = panel.counts(row);
            float weight = panel.lossWeight(row);
            float rowFactor = counts ? (float) (weight / total) : 0f;
            float targetFactor = counts ? (float) (weight * (Math.exp(logit) / total - 1) * SoftcapMath.slope(tangent)) : 0f;
            targetFactors[row] = targetFactor;
            RowMath.put(HostMemory.of(losses), panel.first + row, counts ? (float) (Math.log(total) - logit) : 0f);
            if (xGradient.isPresent()) {
                MemorySegment gradient = HostMemory.of(xGradient.get());
                long index = (long) (panel.first + row) * channels;
                RowMath.scale(gradient, index, gradient, index, rowFactor, channels);
                if (counts) {
                    w.read(panel.target(row));
                    RowMath.addScaled(gradient, index, w.segment(), w.index(), targetFactor, channels);
                }
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
        int column = block * BLOCK;
        int width = panel.weights.width(block);
        MemorySegment scores = team.scratch(worker).floats(SCORES, (long) SLICE_ROWS * BLOCK);
        products.scores(worker, panel.weights, block, panel.x, panel.first + from, to - from, scores, 0, width);
        for (int row = from; row < to; row++) {
            long index = (long) (row - from) * width;
            long slopesIndex = panel.slopes(row, block);
            int target = panel.target(row) - column;
            SoftcapMath.tangents(scores, index, width);
            if (target >= 0 && target < width) {
                targetTangents[row - from] = RowMath.get(scores, index + target);
            }
            totals[row - from] += SoftcapMath.exponentialSlopes(slopes, slopesIndex, panel.bf16(), scores, index, width);
            if (target >= 0 && target < width) {
                long zero = slopesIndex + target;
                if (panel.bf16()) {
                    RowMath.putBf16(slopes, zero, 0f);
                } else {
                    RowMath.put(slopes, zero, 0f);
                }
            }
        }
    }

    /// wGradient += slopes^T scaledRows, and targetFactor * x to the rows of the targets.
    private void weightGradient(Panel panel, MemorySegment slopes, MemorySegment scaledRows, Tensor wGradient) {
        int channels = panel.channels();
        MemorySegment gradient = HostMemory.of(wGradient);
        RightOperand operand = new RightOperand(panel.rows, channels, channels, 1, panel.bf16());
        long packedElements = team.products().packedElements(panel.rows, channels, panel.bf16());
        MemorySegment packedRows = panelMemory.bytes(PACKED_ROWS, packedElements * panel.x.dtype().bytes());
        team.pack(operand, scaledRows, packedRows);
        team.run(panel.weights.blocks(), (block, worker) -> {
            int first = block * BLOCK;
            int width = panel.weights.width(block);
            ProductShape shape = ProductShape.ofPacked(width, channels, panel.rows, 1, width, channels, panel.bf16(), false, true);
            team.products().run(worker, shape, slopes, panel.slopes(0, block), packedRows, 0, gradient, (long) first * channels);
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
        return panelMemory.allocatedBytes() + products.allocatedBytes() + counted.allocatedBytes();
    }

    void close() {
        products.close();
        counted.close();
        panelMemory.close();
    }
}
