package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;

/// Matrix products by oneDNN. A product of a new shape is prepared when it is first asked for.
final class OneDnnProducts implements Products {
    private final ConcurrentHashMap<ProductShape, OneDnnProduct> prepared = new ConcurrentHashMap<>();
    private final MemorySegment[] streams;
    private final Scratch[] scratch;

    /// @throws OneDnn.NativeException when the library does not load
    OneDnnProducts(Scratch[] scratch) {
        requireLibrary();
        this.scratch = scratch;
        streams = new MemorySegment[scratch.length];
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
    public void run(int worker, ProductShape shape, MemorySegment a, long aOffset, MemorySegment b, long bOffset, MemorySegment c,
            long cOffset) {
        MemorySegment stream = streams[worker];
        if (stream == null) {
            OneDnn.useOneThread();
            stream = OneDnn.newStream();
            streams[worker] = stream;
        }
        OneDnnProduct product = prepared.get(shape);
        if (product == null) {
            product = prepared.computeIfAbsent(shape, missing -> new OneDnnProduct(missing, streams.length));
        }
        int inputBytes = shape.bf16Inputs() ? 2 : 4;
        int outputBytes = shape.bf16Output() ? 2 : 4;
        MemorySegment scratchpad = scratch[worker].bytes(Team.PRODUCT_SCRATCH, product.scratchpadBytes());
        product.run(worker, stream, operand(a, aOffset * inputBytes, shape.aElements() * inputBytes),
                operand(b, bOffset * inputBytes, shape.bElements() * inputBytes),
                operand(c, cOffset * outputBytes, shape.cElements() * outputBytes), scratchpad);
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
