package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;

/// One prepared matrix product of oneDNN: its shape is fixed, its operands change from call to call. Each worker has its own memory
/// objects, so that several may run the same product at once.
final class OneDnnProduct {
    private static final int[] ARGUMENTS = {OneDnn.ARGUMENT_SOURCE, OneDnn.ARGUMENT_WEIGHTS, OneDnn.ARGUMENT_DESTINATION,
        OneDnn.ARGUMENT_SCRATCHPAD};

    private final MemorySegment sourceDescription;
    private final MemorySegment weightsDescription;
    private final MemorySegment destinationDescription;
    private final MemorySegment scratchpadDescription;
    private final MemorySegment primitive;
    private final long scratchpadBytes;
    private final OneDnnArguments[] operands;

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
        operands = new OneDnnArguments[workers];
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
        OneDnnArguments mine = operands[worker];
        if (mine == null) {
            mine = new OneDnnArguments(ARGUMENTS, sourceDescription, weightsDescription, destinationDescription, scratchpadDescription);
            operands[worker] = mine;
        }
        mine.set(0, a);
        mine.set(1, b);
        mine.set(2, c);
        mine.set(3, scratchpad);
        mine.execute(primitive, stream);
    }
}
