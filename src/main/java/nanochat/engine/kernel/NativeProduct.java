package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import nanochat.tensor.cpu.PackedProducts;

/// Matrix products by oneDNN where it helps: bf16 weights and a few rows or more, so that arithmetic is a limit too. Everything else goes to
/// [VectorProduct]. The weights are shared: their layout is one that oneDNN takes as it is, and
/// only long prompts have them copied, panel by panel, to one it likes better. The only class here that needs the native library.
///
/// The rows are rounded to bf16 first, so logits differ a little (by bf16's precision) from what one row alone would give.
public final class NativeProduct implements MatrixProduct {
    private static final int FEWEST_ROWS = 4;
    /// Rows are filled up to a multiple of this, and from [Rows#GRANULE] on of that, so that few shapes need be prepared.
    private static final int ROWS_STEP = 4;
    private static final int ROWS_A_TASK = 128;
    private static final int OUTPUTS_A_TASK = 256;
    /// From so many rows on, weights are put into wide panels first: that costs about as much as multiplying ten rows and makes the rest a fifth
    /// faster.
    private static final int FEWEST_ROWS_WIDE = 128;

    private final Workers workers;
    private final PackedProducts products;
    private final VectorProduct others;
    private final Workers.Step roundStep = this::round;
    private final Workers.Step multiplyStep = this::multiplyPart;
    private final Workers.Step multiplyWideStep = this::multiplyWidePanel;
    private MemorySegment rounded = MemorySegment.NULL;
    /// A wide panel for each thread.
    private final MemorySegment[] panels;
    // The product under way.
    private Matrix weights = F32Matrix.NONE;
    private Rows x = Rows.NONE;
    private Rows y = Rows.NONE;
    private int rows;

    private NativeProduct(Workers workers, PackedProducts products) {
        this.workers = workers;
        this.products = products;
        this.others = new VectorProduct(workers);
        this.panels = new MemorySegment[workers.threads()];
        Arrays.fill(panels, MemorySegment.NULL);
    }

    /// This, where the machine has the library and bf16 products; else a [VectorProduct].
    public static MatrixProduct orVector(Workers workers) {
        return PackedProducts.open(workers.threads())
                .<MatrixProduct>map(products -> new NativeProduct(workers, products))
                .orElseGet(() -> new VectorProduct(workers));
    }

    @Override
    public void multiply(Matrix matrix, Rows from, Rows to, int count) {
        if (count < FEWEST_ROWS || !(matrix instanceof Bf16Matrix) || matrix.inputs() % PackedProducts.INPUTS_MULTIPLE != 0) {
            others.multiply(matrix, from, to, count);
            return;
        }
        weights = matrix;
        x = from;
        y = to;
        int step = count < Rows.GRANULE ? ROWS_STEP : Rows.GRANULE;
        rows = (count + step - 1) / step * step;
        long bytes = 2L * rows * matrix.inputs();
        if (rounded.byteSize() < bytes) {
            rounded = Arena.ofAuto().allocate(bytes, 64);
        }
        workers.run((rows + Rows.GRANULE - 1) / Rows.GRANULE, roundStep);
        if (rows >= FEWEST_ROWS_WIDE) {
            workers.run(weights.blocks(), multiplyWideStep);
        } else {
            workers.run(rowParts() * outputParts(), multiplyStep);
        }
    }

    /// All rows times one block of [PackedProducts#WIDE_OUTPUTS_MULTIPLE] outputs, a wide panel.
    private void multiplyWidePanel(int block, int worker) {
        long bytes = 2L * weights.inputs() * Tile.WIDTH;
        if (panels[worker].byteSize() < bytes) {
            panels[worker] = Arena.ofAuto().allocate(bytes, 64);
        }
        MemorySegment panel = panels[worker];
        VectorMath.interleaveFour(weights.memory().address() + block * bytes, bytes / 4, panel.address());
        for (int row = 0; row < rows; row += ROWS_A_TASK) {
            products.runWide(worker, Math.min(ROWS_A_TASK, rows - row), Tile.WIDTH, weights.inputs(),
                    rounded.asSlice(2L * row * weights.inputs()), panel, y.memory().asSlice(y.offset(row) + 4L * Tile.WIDTH * block),
                    (int) (y.stride() / Float.BYTES));
        }
    }

    private int rowParts() {
        return (rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
    }

    private int outputParts() {
        return (weights.blocks() * Tile.WIDTH + OUTPUTS_A_TASK - 1) / OUTPUTS_A_TASK;
    }

    private void round(int task, int worker) {
        for (int row = task * Rows.GRANULE; row < Math.min(rows, (task + 1) * Rows.GRANULE); row++) {
            VectorMath.toBfloat16(x.address(row), rounded.address() + 2L * row * weights.inputs(), weights.inputs());
        }
    }

    private void multiplyPart(int task, int worker) {
        int firstRow = task % rowParts() * ROWS_A_TASK;
        int firstOutput = task / rowParts() * OUTPUTS_A_TASK;
        int outputs = Math.min(OUTPUTS_A_TASK, weights.blocks() * Tile.WIDTH - firstOutput);
        products.run(worker, Math.min(ROWS_A_TASK, rows - firstRow), outputs, weights.inputs(),
                rounded.asSlice(2L * firstRow * weights.inputs()), weights.memory().asSlice(2L * firstOutput * weights.inputs()),
                y.memory().asSlice(y.offset(firstRow) + 4L * firstOutput), (int) (y.stride() / Float.BYTES));
    }

    @Override
    public void close() {
        products.close();
    }
}
