package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import nanochat.io.Machine;

/// How oneDNN's products like their right operand best: in panels of 64 columns where it has products of 512-bit vectors for them. It makes
/// such panels itself before every product of an operand that lies otherwise, which costs a tenth of the product's time and more. Elsewhere
/// a packed operand lies column after column, which every product of oneDNN takes.
final class OneDnnPacking {
    private final ConcurrentHashMap<RightOperand, Reorder> prepared = new ConcurrentHashMap<>();
    private final boolean panels = Lanes.WIDTH == 16;
    private final boolean panelsOfPairs = panels && Machine.current().bf16Products();
    private final int workers;

    OneDnnPacking(int workers) {
        this.workers = workers;
    }

    /// The layout of a packed operand [k, n].
    MemorySegment description(int k, int n, boolean bf16) {
        int type = bf16 ? OneDnn.BF16 : OneDnn.F32;
        return inPanels(bf16) ? OneDnn.panelsDescription(type, k, n) : OneDnn.matrixDescription(type, k, n, 1, k);
    }

    /// See [Products#packedElements].
    long elements(int k, int n, boolean bf16) {
        if (!inPanels(bf16)) {
            return (long) k * n;
        }
        return multiple(k, bf16 ? 32 : 16) * multiple(n, Products.PANEL_COLUMNS);
    }

    private boolean inPanels(boolean bf16) {
        return bf16 ? panelsOfPairs : panels;
    }

    private static long multiple(int count, int unit) {
        return (count + unit - 1L) / unit * unit;
    }

    Reorder reorder(RightOperand operand) {
        Reorder reorder = prepared.get(operand);
        return reorder == null ? prepared.computeIfAbsent(operand, this::newReorder) : reorder;
    }

    private Reorder newReorder(RightOperand operand) {
        int type = operand.bf16() ? OneDnn.BF16 : OneDnn.F32;
        MemorySegment from = OneDnn.matrixDescription(type, operand.k(), operand.n(), operand.rowStride(), operand.columnStride());
        return new Reorder(from, description(operand.k(), operand.n(), operand.bf16()), workers);
    }

    /// One prepared change of layout. Each worker has its own memory objects, so that several may run it at once.
    static final class Reorder {
        private static final int[] ARGUMENTS = {OneDnn.ARGUMENT_SOURCE, OneDnn.ARGUMENT_DESTINATION, OneDnn.ARGUMENT_SCRATCHPAD};

        private final MemorySegment fromDescription;
        private final MemorySegment toDescription;
        private final MemorySegment scratchpadDescription;
        private final MemorySegment primitive;
        private final long scratchpadBytes;
        private final OneDnnArguments[] operands;

        Reorder(MemorySegment fromDescription, MemorySegment toDescription, int workers) {
            this.fromDescription = fromDescription;
            this.toDescription = toDescription;
            MemorySegment description = OneDnn.reorderDescription(fromDescription, toDescription);
            primitive = OneDnn.primitive(description);
            scratchpadDescription = OneDnn.scratchpadDescription(description);
            scratchpadBytes = OneDnn.bytes(scratchpadDescription);
            operands = new OneDnnArguments[workers];
        }

        /// Scratch memory that [#run] needs.
        long scratchpadBytes() {
            return scratchpadBytes;
        }

        void run(int worker, MemorySegment stream, MemorySegment from, MemorySegment to, MemorySegment scratchpad) {
            OneDnnArguments mine = operands[worker];
            if (mine == null) {
                mine = new OneDnnArguments(ARGUMENTS, fromDescription, toDescription, scratchpadDescription);
                operands[worker] = mine;
            }
            mine.set(0, from);
            mine.set(1, to);
            mine.set(2, scratchpad);
            mine.execute(primitive, stream);
        }
    }
}
