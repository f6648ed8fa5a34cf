package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import nanochat.tensor.DType;
import nanochat.tensor.cpu.PackedProducts;

/// Matrix products by oneDNN where it helps: weights narrower than f32 and so many rows that arithmetic is a limit too. Everything else goes
/// to [VectorProduct]. The only class here that needs the native library.
///
/// It multiplies in bf16 where the processor does, else in f32. bf16 weights lie as its bf16 products take them, and only long prompts have
/// them copied, panel by panel, to a layout it likes better; all others are widened, panel by panel.
///
/// In bf16 the rows are rounded first, so logits differ a little (by bf16's precision) from what one row alone would give; in f32 they differ in
/// the last bits, as oneDNN adds in another order.
public final class NativeProduct implements MatrixProduct {
    private static final int FEWEST_ROWS = 4;
    /// From so many rows on, bf16 weights are put into wide panels first: that costs about as much as multiplying ten rows and makes the rest a
    /// fifth faster.
    private static final int FEWEST_ROWS_WIDE = 128;
    /// From so many rows on, weights are widened for oneDNN.
    private static final int FEWEST_ROWS_WIDENED = 32;
    /// Rows are filled up to a multiple of this, and from [Rows#GRANULE] on of that, so that few shapes need be prepared.
    private static final int ROWS_STEP = 4;
    private static final int ROWS_A_TASK = 128;
    private static final int OUTPUTS_A_TASK = 256;

    private final Workers workers;
    private final PackedProducts products;
    private final VectorProduct others;
    private final Workers.Step roundStep = this::round;
    private final Workers.Step multiplyNarrowStep = this::multiplyNarrowPanels;
    private final Workers.Step multiplyWideStep = this::multiplyWidePanel;
    private MemorySegment rounded = MemorySegment.NULL;
    /// For each thread a wide panel, and a tile of widened weights on their way to it.
    private final MemorySegment[] panels;
    private final MemorySegment[] tiles;
    // The product under way.
    private NarrowMatrix weights = Bf16Matrix.NONE;
    private Rows x = Rows.NONE;
    private Rows y = Rows.NONE;
    private int rows;

    private NativeProduct(Workers workers, PackedProducts products) {
        this.workers = workers;
        this.products = products;
        this.others = new VectorProduct(workers);
        this.panels = new MemorySegment[workers.threads()];
        this.tiles = new MemorySegment[workers.threads()];
        Arrays.fill(panels, MemorySegment.NULL);
        Arrays.setAll(tiles, worker -> Arena.ofAuto().allocate(Matrix.SCRATCH_BYTES, 64));
    }

    /// This, where the machine has the library; else a [VectorProduct]. The library is loaded with the first product that it would compute.
    public static MatrixProduct orVector(Workers workers) {
        return new LateProduct(workers, PackedProducts.fastType());
    }

    /// The same with products of a type, BF16 or F32, whether they are fast here or not, loaded now.
    static MatrixProduct orVector(Workers workers, DType type) {
        return PackedProducts.open(workers.threads(), type)
                .<MatrixProduct>map(products -> new NativeProduct(workers, products))
                .orElseGet(() -> new VectorProduct(workers));
    }

    @Override
    public String description() {
        return "oneDNN in " + (inBf16() ? "bf16" : "f32");
    }

    @Override
    public void multiply(Matrix matrix, Rows from, Rows to, int count) {
        if (!(matrix instanceof NarrowMatrix narrow) || !helps(narrow, count, products.type())) {
            others.multiply(matrix, from, to, count);
            return;
        }
        weights = narrow;
        x = from;
        y = to;
        int step = count < Rows.GRANULE ? ROWS_STEP : Rows.GRANULE;
        rows = (count + step - 1) / step * step;
        if (inBf16()) {
            long bytes = 2L * rows * matrix.inputs();
            if (rounded.byteSize() < bytes) {
                rounded = Arena.ofAuto().allocate(bytes, 64);
            }
            workers.run((rows + Rows.GRANULE - 1) / Rows.GRANULE, roundStep);
        }
        if (inBf16() && narrow instanceof Bf16Matrix && rows < FEWEST_ROWS_WIDE) {
            workers.run(rowParts() * outputParts(), multiplyNarrowStep);
        } else {
            workers.run(weights.blocks(), multiplyWideStep);
        }
    }

    private boolean inBf16() {
        return products.type() == DType.BF16;
    }

    /// Whether products of that type with a matrix are faster than those of the Vector API.
    static boolean helps(Matrix matrix, int rows, DType type) {
        int fewestRows = type == DType.BF16 && matrix instanceof Bf16Matrix ? FEWEST_ROWS : FEWEST_ROWS_WIDENED;
        return matrix instanceof NarrowMatrix && rows >= fewestRows && matrix.inputs() % PackedProducts.INPUTS_MULTIPLE == 0;
    }

    /// All rows times one block of [PackedProducts#WIDE_OUTPUTS_MULTIPLE] outputs, a wide panel.
    private void multiplyWidePanel(int block, int worker) {
        int inputs = weights.inputs();
        long bytes = (long) products.type().bytes() * inputs * Tile.WIDTH;
        if (panels[worker].byteSize() < bytes) {
            panels[worker] = Arena.ofAuto().allocate(bytes, 64);
        }
        MemorySegment panel = panels[worker];
        fillPanel(block, panel.address(), tiles[worker].address());
        for (int row = 0; row < rows; row += ROWS_A_TASK) {
            int count = Math.min(ROWS_A_TASK, rows - row);
            long target = y.offset(row) + 4L * Tile.WIDTH * block;
            products.runWide(worker, count, Tile.WIDTH, inputs, input(row), inputStride(), panel, y.memory().asSlice(target),
                    (int) (y.stride() / Float.BYTES));
            weights.scale(block, y.memory().address() + target, y.stride(), count);
        }
    }

    /// Puts a block of weights together as oneDNN takes it.
    private void fillPanel(int block, long panel, long tile) {
        int inputs = weights.inputs();
        if (!inBf16()) {
            weights.widen(block, 0, inputs, panel);
        } else if (weights instanceof Bf16Matrix) {
            long bytes = 2L * inputs * Tile.WIDTH;
            VectorMath.interleaveFour(weights.memory().address() + block * bytes, bytes / 4, panel);
        } else {
            for (int k = 0; k < inputs; k += Tile.WIDTH) {
                int depth = Math.min(Tile.WIDTH, inputs - k);
                weights.widen(block, k, depth, tile);
                VectorMath.toBfloat16Pairs(tile, panel + 2L * k * Tile.WIDTH, depth);
            }
        }
    }

    private MemorySegment input(int row) {
        return inBf16() ? rounded.asSlice(2L * row * weights.inputs()) : x.memory().asSlice(x.offset(row));
    }

    /// Elements from a row of what is multiplied to the next.
    private int inputStride() {
        return inBf16() ? weights.inputs() : (int) (x.stride() / Float.BYTES);
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

    /// Some rows times some of the outputs of a bf16 matrix as it lies in memory.
    private void multiplyNarrowPanels(int task, int worker) {
        int firstRow = task % rowParts() * ROWS_A_TASK;
        int firstOutput = task / rowParts() * OUTPUTS_A_TASK;
        int outputs = Math.min(OUTPUTS_A_TASK, weights.blocks() * Tile.WIDTH - firstOutput);
        products.run(worker, Math.min(ROWS_A_TASK, rows - firstRow), outputs, weights.inputs(), input(firstRow),
                weights.memory().asSlice(2L * firstOutput * weights.inputs()), y.memory().asSlice(y.offset(firstRow) + 4L * firstOutput),
                (int) (y.stride() / Float.BYTES));
    }

    @Override
    public void close() {
        products.close();
    }
}
