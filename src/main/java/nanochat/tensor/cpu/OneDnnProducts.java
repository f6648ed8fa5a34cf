package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;

/// Matrix products by oneDNN. A product of a new shape is prepared when it is first asked for.
final class OneDnnProducts implements Products {
    private final ConcurrentHashMap<ProductShape, OneDnnProduct> prepared = new ConcurrentHashMap<>();
    private final MemorySegment[] streams;
    private final Scratch[] scratch;
    private final OneDnnPacking packing;

    /// @throws OneDnn.NativeException when the library does not load
    OneDnnProducts(Scratch[] scratch) {
        requireLibrary();
        this.scratch = scratch;
        streams = new MemorySegment[scratch.length];
        packing = new OneDnnPacking(scratch.length);
    }

    /// Loads the library. The error comes out of the initialization of [OneDnn] or of a class it needs, so it has to be caught outside of it.
    ///
    /// @throws OneDnn.NativeException when it does not load
    static void requireLibrary() {
        try {
            OneDnn.load();
        } catch (LinkageError e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
            throw new OneDnn.NativeException("oneDNN does not load on " + platform + " (" + reason.getMessage() + ")", reason);
        }
    }

    @Override
    public long packedElements(int k, int n, boolean bf16) {
        return packing.elements(k, n, bf16);
    }

    @Override
    public void pack(int worker, RightOperand operand, MemorySegment b, long bOffset, MemorySegment packed, long packedOffset) {
        OneDnnPacking.Reorder reorder = packing.reorder(operand);
        int bytes = operand.bf16() ? 2 : 4;
        long elements = packing.elements(operand.k(), operand.n(), operand.bf16());
        MemorySegment scratchpad = scratch[worker].bytes(Team.PRODUCT_SCRATCH, reorder.scratchpadBytes());
        reorder.run(worker, stream(worker), operand(b, bOffset * bytes, operand.elements() * bytes),
                operand(packed, packedOffset * bytes, elements * bytes), scratchpad);
    }

    @Override
    public void run(int worker, ProductShape shape, MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment c,
            long cOffset) {
        MemorySegment stream = stream(worker);
        OneDnnProduct product = prepared.get(shape);
        if (product == null) {
            product = prepared.computeIfAbsent(shape, this::newProduct);
        }
        int inputBytes = shape.bf16Inputs() ? 2 : 4;
        int outputBytes = shape.bf16Output() ? 2 : 4;
        long bElements = shape.isPacked() ? packing.elements(shape.k(), shape.n(), shape.bf16Inputs()) : shape.bElements();
        MemorySegment scratchpad = scratch[worker].bytes(Team.PRODUCT_SCRATCH, product.scratchpadBytes());
        product.run(worker, stream, operand(a, aOffset * inputBytes, shape.aElements() * inputBytes),
                operand(b, bOffset * inputBytes, bElements * inputBytes), operand(c, cOffset * outputBytes, shape.cElements()
                        * outputBytes),
                scratchpad);
    }

    private OneDnnProduct newProduct(ProductShape shape) {
        return shape.isPacked()
                ? new OneDnnProduct(shape, packing.description(shape.k(), shape.n(), shape.bf16Inputs()), streams.length)
                : new OneDnnProduct(shape, streams.length);
    }

    private MemorySegment stream(int worker) {
        MemorySegment stream = streams[worker];
        if (stream == null) {
            OneDnn.useOneThread();
            stream = OneDnn.newStream();
            streams[worker] = stream;
        }
        return stream;
    }

    /// The checked slice: native code would not notice the end of a tensor.
    private static MemorySegment operand(MemorySegment tensor, long offset, long bytes) {
        return tensor.asSlice(offset, bytes);
    }

    @Override
    public String description() {
        return "oneDNN";
    }
}
