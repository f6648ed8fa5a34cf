package nanochat.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Matrix products on the Vector API, for one row (bound by memory) to hundreds (bound by arithmetic). For one caller at a time.
public final class VectorProduct implements MatrixProduct {
    /// Rows that one task computes with a block of weights: enough to forget the cost of unpacking the weights, few enough to stay in
    /// the second-level cache.
    private static final int ROWS_A_TASK = 128;

    /// For one row a task is a run of neighbouring panels, read in one go: few tasks, but enough that no thread waits long for the last one.
    private static final int TASKS_PER_THREAD = 4;
    private static final int MOST_PANELS_A_TASK = 32;

    private final Workers workers;
    private final MemorySegment[] scratch;
    private final Workers.Step blockStep = this::multiplyBlock;
    private final Workers.Step panelStep = this::multiplyPanels;
    // The product under way.
    private Matrix weights = F32Matrix.NONE;
    private Rows x = Rows.NONE;
    private Rows y = Rows.NONE;
    private int rows;
    private int panelsPerTask;

    public VectorProduct(Workers workers) {
        this.workers = workers;
        this.scratch = new MemorySegment[workers.threads()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = Arena.ofAuto().allocate(Matrix.SCRATCH_BYTES, 64);
        }
    }

    @Override
    public String description() {
        return "Vector API";
    }

    @Override
    public void multiply(Matrix weights, Rows x, Rows y, int rows) {
        this.weights = weights;
        this.x = x;
        this.y = y;
        this.rows = rows;
        if (rows == 1) {
            panelsPerTask = Math.clamp(weights.blocks() / (TASKS_PER_THREAD * workers.threads()), 1, MOST_PANELS_A_TASK);
            workers.run((weights.blocks() + panelsPerTask - 1) / panelsPerTask, panelStep);
        } else {
            workers.run(weights.blocks() * tasksPerBlock(), blockStep);
        }
    }

    private void multiplyPanels(int task, int worker) {
        int end = Math.min(weights.blocks(), (task + 1) * panelsPerTask);
        weights.multiplyRow(task * panelsPerTask, end, x.address(0), y.address(0), scratch[worker].address());
    }

    private int tasksPerBlock() {
        return (rows + ROWS_A_TASK - 1) / ROWS_A_TASK;
    }

    private void multiplyBlock(int task, int worker) {
        int block = task / tasksPerBlock();
        int first = task % tasksPerBlock() * ROWS_A_TASK;
        weights.multiplyRows(block, x.address(first), x.stride(), y.address(first) + 4L * Tile.WIDTH * block, y.stride(),
                Math.min(ROWS_A_TASK, rows - first), scratch[worker].address());
    }

    @Override
    public void close() {
        // its scratch memory goes with it
    }
}
