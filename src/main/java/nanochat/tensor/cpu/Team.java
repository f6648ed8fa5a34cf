package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// The threads of a backend, the scratch memory of each, and the matrix products they run.
final class Team implements AutoCloseable {
    /// Scratch pieces from here to [#KERNEL_SCRATCH] belong to the matrix products.
    static final int PRODUCT_SCRATCH = 0;
    /// The first piece that kernels may use.
    static final int KERNEL_SCRATCH = 4;

    private static final int LARGEST_PACKED_IN_SINGLE_PANELS = 4096;

    /// The rows first..last-1, done by one worker.
    @FunctionalInterface
    interface RowsTask {
        void run(int first, int last, int worker);
    }

    private final Workers workers;
    private final Scratch[] scratch;
    private final Products products;

    Team(int threads, Products.Factory productsFactory) {
        workers = new Workers(threads);
        scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch();
        }
        products = productsFactory.create(scratch);
    }

    int threads() {
        return workers.count();
    }

    Scratch scratch(int worker) {
        return scratch[worker];
    }

    Products products() {
        return products;
    }

    /// Runs the chunks 0..chunks-1.
    void run(int chunks, Workers.Task task) {
        workers.run(chunks, task);
    }

    /// Splits `rows` into chunks of `chunkRows`: the same chunks whatever the number of threads.
    void rows(int rows, int chunkRows, RowsTask task) {
        workers.run(chunks(rows, chunkRows), (chunk, worker) -> {
            int first = chunk * chunkRows;
            task.run(first, Math.min(rows, first + chunkRows), worker);
        });
    }

    /// Packs a right operand of many products, all workers together.
    void pack(RightOperand operand, MemorySegment b, MemorySegment packed) {
        int width = Products.PANEL_COLUMNS * (1 + operand.n() / LARGEST_PACKED_IN_SINGLE_PANELS);
        rows(operand.n(), width, (first, last, worker) -> products.pack(worker, operand.columns(last - first), b,
                (long) first * operand.columnStride(), packed, products.packedElements(operand.k(), first, operand.bf16())));
    }

    static int chunks(int rows, int chunkRows) {
        return (rows + chunkRows - 1) / chunkRows;
    }

    long allocatedBytes() {
        long bytes = 0;
        for (Scratch each : scratch) {
            bytes += each.allocatedBytes();
        }
        return bytes;
    }

    @Override
    public void close() {
        workers.close();
        for (Scratch each : scratch) {
            each.close();
        }
    }
}
