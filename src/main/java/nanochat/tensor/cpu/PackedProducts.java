package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import nanochat.io.Machine;

/// Products of bf16 rows with bf16 weights that were packed beforehand, by oneDNN, on the calling thread: for inference, which keeps its
/// weights in such a form and may run without the native library too.
///
/// Packed weights of `k` inputs and `n` outputs are the shorts `[n / w][k / 2][n % w][k % 2]` in panels of a width w of 16, or of 64, which
/// oneDNN multiplies a fifth faster.
public final class PackedProducts implements AutoCloseable {
    /// The number of inputs must be a multiple of this.
    public static final int INPUTS_MULTIPLE = 32;
    /// The number of outputs must be a multiple of this, and so must the first output be where only some are computed.
    public static final int OUTPUTS_MULTIPLE = 16;
    /// The same for weights in wide panels.
    public static final int WIDE_OUTPUTS_MULTIPLE = Products.PANEL_COLUMNS;

    private final ConcurrentHashMap<ProductShape, OneDnnProduct> narrow = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<ProductShape, OneDnnProduct> wide = new ConcurrentHashMap<>();
    private final MemorySegment[] streams;
    private final Scratch[] scratch;

    private PackedProducts(int workers) {
        streams = new MemorySegment[workers];
        scratch = new Scratch[workers];
        for (int worker = 0; worker < workers; worker++) {
            scratch[worker] = new Scratch();
            streams[worker] = OneDnn.newStream();
        }
    }

    /// The products for so many threads; nothing where oneDNN does not load, where the property `nanochat.products` says `vector`, or where the
    /// processor has no bf16 products of its own, which oneDNN would have to imitate.
    public static Optional<PackedProducts> open(int workers) {
        if (!Machine.current().bf16Products() || "vector".equals(System.getProperty(ProductsChoice.PROPERTY))) {
            return Optional.empty();
        }
        try {
            OneDnnProducts.requireLibrary();
            return Optional.of(new PackedProducts(workers));
        } catch (OneDnn.NativeException unavailable) {
            return Optional.empty();
        }
    }

    /// `y = x W^T` for `rows` rows of `inputs` bf16, next to each other, and `outputs` f32 outputs whose rows are `outputStride` floats apart.
    /// The weights lie in panels of 16 outputs.
    ///
    /// @param worker number of the calling thread; one number must not be used by two threads at once
    public void run(int worker, int rows, int outputs, int inputs, MemorySegment x, MemorySegment weights, MemorySegment y,
            int outputStride) {
        run(narrow, PackedProducts::narrowPanels, worker, shape(rows, outputs, inputs, outputStride), x, weights, y);
    }

    /// [#run] for weights in panels of 64 outputs.
    public void runWide(int worker, int rows, int outputs, int inputs, MemorySegment x, MemorySegment weights, MemorySegment y,
            int outputStride) {
        run(wide, PackedProducts::widePanels, worker, shape(rows, outputs, inputs, outputStride), x, weights, y);
    }

    private static ProductShape shape(int rows, int outputs, int inputs, int outputStride) {
        return ProductShape.ofPacked(rows, outputs, inputs, inputs, 1, outputStride, true, false, false);
    }

    private static MemorySegment narrowPanels(ProductShape shape) {
        return OneDnn.narrowPanelsDescription(shape.k(), shape.n());
    }

    private static MemorySegment widePanels(ProductShape shape) {
        return OneDnn.panelsDescription(OneDnn.BF16, shape.k(), shape.n());
    }

    private void run(ConcurrentHashMap<ProductShape, OneDnnProduct> prepared, Function<ProductShape, MemorySegment> layout, int worker,
            ProductShape shape, MemorySegment x, MemorySegment weights, MemorySegment y) {
        OneDnnProduct product = prepared.get(shape);
        if (product == null) {
            product = prepared.computeIfAbsent(shape, missing -> new OneDnnProduct(missing, layout.apply(missing), streams.length));
        }
        checkSize("x", x, 2 * shape.aElements());
        checkSize("weights", weights, 2L * shape.k() * shape.n());
        checkSize("y", y, 4 * shape.cElements());
        OneDnn.useOneThread();
        product.run(worker, streams[worker], x, weights, y, scratch[worker].bytes(Team.PRODUCT_SCRATCH, product.scratchpadBytes()));
    }

    /// Native code would not notice the end of a segment.
    private static void checkSize(String name, MemorySegment segment, long bytes) {
        if (segment.byteSize() < bytes) {
            throw new IndexOutOfBoundsException(name + " has " + segment.byteSize() + " bytes, the product needs " + bytes);
        }
    }

    /// Returns the scratch memory.
    @Override
    public void close() {
        for (Scratch each : scratch) {
            each.close();
        }
    }
}
