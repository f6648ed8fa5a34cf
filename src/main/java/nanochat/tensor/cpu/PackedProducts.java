package nanochat.tensor.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import nanochat.io.Machine;
import nanochat.tensor.DType;

/// Products of rows with weights that were packed beforehand, by oneDNN, on the calling thread: for inference, which keeps or makes its weights
/// in such a form and may run without the native library too. Rows and weights are of one type: bf16 where the processor has products of its own
/// for it, else f32, because oneDNN would have to imitate those of bf16, at a fifth of the rate.
///
/// Packed weights of `k` inputs and `n` outputs are, in panels of a width w of 16 (bf16 alone) or of 64 (which oneDNN multiplies a fifth faster),
/// `[n / w][k / 2][n % w][k % 2]` in bf16 and `[n / w][k][n % w]` in f32.
public final class PackedProducts implements AutoCloseable {
    /// The number of inputs must be a multiple of this.
    public static final int INPUTS_MULTIPLE = 32;
    /// The number of outputs must be a multiple of this, and so must the first output be where only some are computed.
    public static final int OUTPUTS_MULTIPLE = 16;
    /// The same for weights in wide panels.
    public static final int WIDE_OUTPUTS_MULTIPLE = Products.PANEL_COLUMNS;

    private final DType type;
    private final ConcurrentHashMap<ProductShape, OneDnnProduct> narrow = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<ProductShape, OneDnnProduct> wide = new ConcurrentHashMap<>();
    private final MemorySegment[] streams;
    private final Scratch[] scratch;

    private PackedProducts(int workers, DType type) {
        this.type = type;
        streams = new MemorySegment[workers];
        scratch = new Scratch[workers];
        for (int worker = 0; worker < workers; worker++) {
            scratch[worker] = new Scratch();
            streams[worker] = OneDnn.newStream();
        }
    }

    /// The products for so many threads, of the type that is faster here; nothing where oneDNN does not load, or where the property
    /// `nanochat.products` says `vector`.
    public static Optional<PackedProducts> open(int workers) {
        return open(workers, fastType());
    }

    /// The type, BF16 or F32, whose products are faster here.
    public static DType fastType() {
        return Machine.current().bf16Products() ? DType.BF16 : DType.F32;
    }

    /// The products of a type, BF16 or F32, whether they are fast here or not.
    public static Optional<PackedProducts> open(int workers, DType type) {
        if ("vector".equals(System.getProperty(ProductsChoice.PROPERTY))) {
            return Optional.empty();
        }
        try {
            OneDnnProducts.requireLibrary();
            return Optional.of(new PackedProducts(workers, type));
        } catch (OneDnn.NativeException unavailable) {
            return Optional.empty();
        }
    }

    /// The type of rows and weights.
    public DType type() {
        return type;
    }

    /// `y = x W^T` for `rows` rows of `inputs` bf16, next to each other, and `outputs` f32 outputs whose rows are `outputStride` floats apart.
    /// The weights lie in panels of 16 outputs. For bf16 alone.
    ///
    /// @param worker number of the calling thread; one number must not be used by two threads at once
    public void run(int worker, int rows, int outputs, int inputs, MemorySegment x, MemorySegment weights, MemorySegment y,
            int outputStride) {
        if (type != DType.BF16) {
            throw new IllegalStateException("panels of 16 outputs are multiplied in bf16 only, not in " + type);
        }
        run(narrow, PackedProducts::narrowPanels, worker, shape(rows, outputs, inputs, inputs, outputStride), x, weights, y);
    }

    /// [#run] for weights in panels of 64 outputs, in either type.
    ///
    /// @param inputStride elements from a row of x to the next
    public void runWide(int worker, int rows, int outputs, int inputs, MemorySegment x, int inputStride, MemorySegment weights,
            MemorySegment y, int outputStride) {
        run(wide, this::widePanels, worker, shape(rows, outputs, inputs, inputStride, outputStride), x, weights, y);
    }

    private ProductShape shape(int rows, int outputs, int inputs, int inputStride, int outputStride) {
        return ProductShape.ofPacked(rows, outputs, inputs, inputStride, 1, outputStride, type == DType.BF16, false, false);
    }

    private static MemorySegment narrowPanels(ProductShape shape) {
        return OneDnn.narrowPanelsDescription(shape.k(), shape.n());
    }

    private MemorySegment widePanels(ProductShape shape) {
        return OneDnn.panelsDescription(type == DType.BF16 ? OneDnn.BF16 : OneDnn.F32, shape.k(), shape.n());
    }

    private void run(ConcurrentHashMap<ProductShape, OneDnnProduct> prepared, Function<ProductShape, MemorySegment> layout, int worker,
            ProductShape shape, MemorySegment x, MemorySegment weights, MemorySegment y) {
        OneDnnProduct product = prepared.get(shape);
        if (product == null) {
            product = prepared.computeIfAbsent(shape, missing -> new OneDnnProduct(missing, layout.apply(missing), streams.length));
        }
        checkSize("x", x, type.bytes() * shape.aElements());
        checkSize("weights", weights, (long) type.bytes() * shape.k() * shape.n());
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
