package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One prepared matrix product of oneDNN: its shape is fixed, its operands change from call to call. Each worker has its own memory
/// objects, so that several may run the same product at once.
final class OneDnnProduct {
    private static final int ARGUMENT_BYTES = 16;

    private final MemorySegment sourceDescription;
    private final MemorySegment weightsDescription;
    private final MemorySegment destinationDescription;
    private final MemorySegment scratchpadDescription;
    private final MemorySegment primitive;
    private final long scratchpadBytes;
    private final Operands[] operands;

    private record Operands(MemorySegment source, MemorySegment weights, MemorySegment destination, MemorySegment scratchpad,
            MemorySegment arguments) {}

    OneDnnProduct(ProductShape shape, int workers) {
        this(shape, OneDnn.matrixDescription(inputType(shape), shape.k(), shape.n(), shape.bRowStride(), shape.bColumnStride()), workers);
    }

    /// @param weightsDescription how b lies in memory, whatever strides the shape gives it
    OneDnnProduct(ProductShape shape, MemorySegment weightsDescription, int workers) {
        int outputType = shape.bf16Output() ? OneDnn.BF16 : OneDnn.F32;
        this.weightsDescription = weightsDescription;
        sourceDescription = OneDnn.matrixDescription(inputType(shape), shape.m(), shape.k(), shape.aRowStride(), shape.aColumnStride());
        destinationDescription = OneDnn.matrixDescription(outputType, shape.m(), shape.n(), shape.cRowStride(), 1);
        MemorySegment description = OneDnn.productDescription(sourceDescription, weightsDescription, destinationDescription,
                shape.accumulate());
        primitive = OneDnn.primitive(description);
        scratchpadDescription = OneDnn.scratchpadDescription(description);
        scratchpadBytes = OneDnn.bytes(scratchpadDescription);
        operands = new Operands[workers];
    }

    private static int inputType(ProductShape shape) {
        return shape.bf16Inputs() ? OneDnn.BF16 : OneDnn.F32;
    }

    /// Scratch memory that [#run] needs.
    long scratchpadBytes() {
        return scratchpadBytes;
    }

    /// c (+)= a b on the calling thread, which is worker number `worker`.
    void run(int worker, MemorySegment stream, MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment scratchpad) {
        Operands mine = operands[worker];
        if (mine == null) {
            mine = newOperands();
            operands[worker] = mine;
        }
        OneDnn.setHandle(mine.source, a);
        OneDnn.setHandle(mine.weights, b);
        OneDnn.setHandle(mine.destination, c);
        OneDnn.setHandle(mine.scratchpad, scratchpad);
        OneDnn.execute(primitive, stream, 4, mine.arguments);
    }

    private Operands newOperands() {
        MemorySegment source = OneDnn.memory(sourceDescription);
        MemorySegment weights = OneDnn.memory(weightsDescription);
        MemorySegment destination = OneDnn.memory(destinationDescription);
        MemorySegment scratchpad = OneDnn.memory(scratchpadDescription);
        MemorySegment arguments = Arena.global().allocate(4L * ARGUMENT_BYTES, 8);
        putArgument(arguments, 0, OneDnn.ARGUMENT_SOURCE, source);
        putArgument(arguments, 1, OneDnn.ARGUMENT_WEIGHTS, weights);
        putArgument(arguments, 2, OneDnn.ARGUMENT_DESTINATION, destination);
        putArgument(arguments, 3, OneDnn.ARGUMENT_SCRATCHPAD, scratchpad);
        return new Operands(source, weights, destination, scratchpad, arguments);
    }

    private static void putArgument(MemorySegment arguments, int index, int argument, MemorySegment memory) {
        arguments.set(JAVA_INT, (long) index * ARGUMENT_BYTES, argument);
        arguments.set(ADDRESS, (long) index * ARGUMENT_BYTES + 8, memory);
    }
}
