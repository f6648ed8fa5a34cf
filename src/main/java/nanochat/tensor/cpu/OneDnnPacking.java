package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import nanochat.io.Machine;

/// How oneDNN's products like their right operand best: in panels of 64 columns where it has products of 512-bit vectors for them. It makes
/// such panels itself before every product of an operand that lies otherwise, which costs a tenth of the product's time and more. Elsewhere
/// a packed operand lies column after column, which every product of oneDNN takes.
final class OneDnnPacking {
    private static final int ARGUMENT_BYTES = 16;

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
        private final MemorySegment fromDescription;
        private final MemorySegment toDescription;
        private final MemorySegment scratchpadDescription;
        private final MemorySegment primitive;
        private final long scratchpadBytes;
        private final Operands[] operands;

        private record Operands(MemorySegment from, MemorySegment to, MemorySegment scratchpad, MemorySegment arguments) {}

        Reorder(MemorySegment fromDescription, MemorySegment toDescription, int workers) {
            this.fromDescription = fromDescription;
            this.toDescription = toDescription;
            MemorySegment description = OneDnn.reorderDescription(fromDescription, toDescription);
            primitive = OneDnn.primitive(description);
            scratchpadDescription = OneDnn.scratchpadDescription(description);
            scratchpadBytes = OneDnn.bytes(scratchpadDescription);
            operands = new Operands[workers];
        }

        /// Scratch memory that [#run] needs.
        long scratchpadBytes() {
            return scratchpadBytes;
        }

        void run(int worker, MemorySegment stream, MemorySegment from, MemorySegment to, MemorySegment scratchpad) {
            Operands mine = operands[worker];
            if (mine == null) {
                mine = newOperands();
                operands[worker] = mine;
            }
            OneDnn.setHandle(mine.from, from);
            OneDnn.setHandle(mine.to, to);
            OneDnn.setHandle(mine.scratchpad, scratchpad);
            OneDnn.execute(primitive, stream, 3, mine.arguments);
        }

        private Operands newOperands() {
            MemorySegment from = OneDnn.memory(fromDescription);
            MemorySegment to = OneDnn.memory(toDescription);
            MemorySegment scratchpad = OneDnn.memory(scratchpadDescription);
            MemorySegment arguments = Arena.global().allocate(3L * ARGUMENT_BYTES, 8);
            putArgument(arguments, 0, OneDnn.ARGUMENT_SOURCE, from);
            putArgument(arguments, 1, OneDnn.ARGUMENT_DESTINATION, to);
            putArgument(arguments, 2, OneDnn.ARGUMENT_SCRATCHPAD, scratchpad);
            return new Operands(from, to, scratchpad, arguments);
        }

        private static void putArgument(MemorySegment arguments, int index, int argument, MemorySegment memory) {
            arguments.set(JAVA_INT, (long) index * ARGUMENT_BYTES, argument);
            arguments.set(ADDRESS, (long) index * ARGUMENT_BYTES + 8, memory);
        }
    }
}
