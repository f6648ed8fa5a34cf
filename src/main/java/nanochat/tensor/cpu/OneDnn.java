package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import nanochat.io.BadInputException;
import org.bytedeco.javacpp.Loader;

/// The few functions of oneDNN's C interface that a matrix product needs, called through the Foreign Function interface. The library
/// comes out of the `org.bytedeco:dnnl` jar; JavaCPP only unpacks it. The names are oneDNN's own, without the `dnnl_` prefix.
///
/// Every worker thread runs oneDNN single-threaded ([#useOneThread()]): the rows of a product are split by us, so that they stay in the
/// cache of the core that needs them next.
final class OneDnn {
    /// A failure to load or run the native library.
    static final class NativeException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NativeException(String message) {
            super(message);
        }

        NativeException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static final int BF16 = 2;
    /// The status of what oneDNN has no code for.
    private static final int UNIMPLEMENTED = 3;
    static final int F32 = 3;
    /// Also the first operand of a reorder.
    static final int ARGUMENT_SOURCE = 1;
    /// Also the result of a reorder.
    static final int ARGUMENT_DESTINATION = 17;
    static final int ARGUMENT_WEIGHTS = 33;
    static final int ARGUMENT_SCRATCHPAD = 80;

    private static final int ENGINE_CPU = 1;
    private static final int STREAM_IN_ORDER = 1;
    private static final int SCRATCHPAD_BY_USER = 1;
    private static final int QUERY_SCRATCHPAD = 136;
    /// The library's numbers for `dnnl_BA16a16b2a`, `dnnl_BA16a64b2a` and `dnnl_BA16a64b`.
    private static final int PAIRS_16 = 381;
    private static final int PAIRS_64 = 384;
    private static final int SINGLES_64 = 506;
    private static final int MAXIMUM_DIMENSIONS = 12;

    private static final SymbolLookup LIBRARY = openLibrary();
    private static final MethodHandle ENGINE_CREATE = function("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
    private static final MethodHandle STREAM_CREATE = function("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
    private static final MethodHandle MEMORY_DESC = function("dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS,
            JAVA_INT, ADDRESS);
    private static final MethodHandle MEMORY_DESC_TAGGED = function("dnnl_memory_desc_create_with_tag", ADDRESS, JAVA_INT, ADDRESS,
            JAVA_INT, JAVA_INT);
    private static final MethodHandle MEMORY_CREATE = function("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle SET_HANDLE = function("dnnl_memory_set_data_handle", ADDRESS, ADDRESS);
    private static final MethodHandle MATMUL_DESC = function("dnnl_matmul_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS,
            ADDRESS, ADDRESS, ADDRESS);
    private static final MethodHandle ATTR_CREATE = function("dnnl_primitive_attr_create", ADDRESS);
    private static final MethodHandle ATTR_SCRATCHPAD = function("dnnl_primitive_attr_set_scratchpad_mode", ADDRESS, JAVA_INT);
    private static final MethodHandle ATTR_POST_OPS = function("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
    private static final MethodHandle POST_OPS_CREATE = function("dnnl_post_ops_create", ADDRESS);
    private static final MethodHandle POST_OPS_SUM = function("dnnl_post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
    private static final MethodHandle REORDER_DESC = function("dnnl_reorder_primitive_desc_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS,
            ADDRESS, ADDRESS);
    private static final MethodHandle PRIMITIVE_CREATE = function("dnnl_primitive_create", ADDRESS, ADDRESS);
    private static final MethodHandle PRIMITIVE_EXECUTE = function("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    private static final MethodHandle QUERY_DESC = Linker.nativeLinker().downcallHandle(symbol("dnnl_primitive_desc_query_md"),
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle DESC_SIZE = Linker.nativeLinker().downcallHandle(symbol("dnnl_memory_desc_get_size"),
            FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    private static final MethodHandle SET_THREADS = Linker.nativeLinker().downcallHandle(symbol("omp_set_num_threads"),
            FunctionDescriptor.ofVoid(JAVA_INT));
    private static final MemorySegment ENGINE = create(out -> (int) ENGINE_CREATE.invokeExact(out, ENGINE_CPU, 0L));

    private OneDnn() {
    }

    /// Makes this class load the library, which it does when it is first used. What goes wrong then is a [LinkageError].
    static void load() {
        if (ENGINE.equals(MemorySegment.NULL)) {
            throw new NativeException("oneDNN gave no engine");
        }
    }

    /// Makes oneDNN run on the calling thread alone whenever this thread calls it.
    static void useOneThread() {
        try {
            SET_THREADS.invokeExact(1);
        } catch (Throwable e) {
            throw new NativeException("omp_set_num_threads failed", e);
        }
    }

    static MemorySegment newStream() {
        return create(out -> (int) STREAM_CREATE.invokeExact(out, ENGINE, STREAM_IN_ORDER));
    }

    /// A matrix of `rows` x `columns` elements of `type`, with the distances between neighbours in each direction.
    static MemorySegment matrixDescription(int type, long rows, long columns, long rowStride, long columnStride) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dimensions = arena.allocate(JAVA_LONG, MAXIMUM_DIMENSIONS);
            dimensions.setAtIndex(JAVA_LONG, 0, rows);
            dimensions.setAtIndex(JAVA_LONG, 1, columns);
            MemorySegment strides = arena.allocate(JAVA_LONG, MAXIMUM_DIMENSIONS);
            strides.setAtIndex(JAVA_LONG, 0, rowStride);
            strides.setAtIndex(JAVA_LONG, 1, columnStride);
            return create(out -> (int) MEMORY_DESC.invokeExact(out, 2, dimensions, type, strides));
        }
    }

    /// A bf16 matrix in panels of 16 columns, within them pairs of rows: element (r, c) is `[c / 16][r / 2][c % 16][r % 2]`. The rows are a
    /// multiple of 32, the columns of 16.
    static MemorySegment narrowPanelsDescription(long rows, long columns) {
        return taggedDescription(BF16, rows, columns, PAIRS_16);
    }

    /// A matrix in panels of 64 columns, within them pairs of rows if it is of bf16, else rows. What is missing to a multiple of 64 columns
    /// and of 16 rows (32 of bf16) is there, as zeros.
    static MemorySegment panelsDescription(int type, long rows, long columns) {
        return taggedDescription(type, rows, columns, type == BF16 ? PAIRS_64 : SINGLES_64);
    }

    private static MemorySegment taggedDescription(int type, long rows, long columns, int tag) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment dimensions = arena.allocate(JAVA_LONG, MAXIMUM_DIMENSIONS);
            dimensions.setAtIndex(JAVA_LONG, 0, rows);
            dimensions.setAtIndex(JAVA_LONG, 1, columns);
            return create(out -> (int) MEMORY_DESC_TAGGED.invokeExact(out, 2, dimensions, type, tag));
        }
    }

    /// destination = source, from one layout to another.
    static MemorySegment reorderDescription(MemorySegment source, MemorySegment destination) {
        MemorySegment attributes = scratchpadByUser();
        return create(out -> (int) REORDER_DESC.invokeExact(out, source, ENGINE, destination, ENGINE, attributes));
    }

    private static MemorySegment scratchpadByUser() {
        MemorySegment attributes = create(out -> (int) ATTR_CREATE.invokeExact(out));
        check(() -> (int) ATTR_SCRATCHPAD.invokeExact(attributes, SCRATCHPAD_BY_USER));
        return attributes;
    }

    /// destination (+)= source * weights, with a scratchpad that the caller gives.
    static MemorySegment productDescription(MemorySegment source, MemorySegment weights, MemorySegment destination,
            boolean accumulate) {
        MemorySegment attributes = scratchpadByUser();
        if (accumulate) {
            MemorySegment postOps = create(out -> (int) POST_OPS_CREATE.invokeExact(out));
            check(() -> (int) POST_OPS_SUM.invokeExact(postOps, 1f, 0, 0));
            check(() -> (int) ATTR_POST_OPS.invokeExact(attributes, postOps));
        }
        return create(out -> (int) MATMUL_DESC.invokeExact(out, ENGINE, source, weights, MemorySegment.NULL, destination, attributes));
    }

    static MemorySegment primitive(MemorySegment description) {
        return create(out -> (int) PRIMITIVE_CREATE.invokeExact(out, description));
    }

    static MemorySegment scratchpadDescription(MemorySegment primitiveDescription) {
        try {
            return (MemorySegment) QUERY_DESC.invokeExact(primitiveDescription, QUERY_SCRATCHPAD, 0);
        } catch (Throwable e) {
            throw new NativeException("oneDNN: the scratchpad query failed", e);
        }
    }

    static long bytes(MemorySegment memoryDescription) {
        try {
            return (long) DESC_SIZE.invokeExact(memoryDescription);
        } catch (Throwable e) {
            throw new NativeException("oneDNN: the size query failed", e);
        }
    }

    /// A memory object without memory; [#setHandle] gives it some.
    static MemorySegment memory(MemorySegment memoryDescription) {
        return create(out -> (int) MEMORY_CREATE.invokeExact(out, memoryDescription, ENGINE, MemorySegment.NULL));
    }

    static void setHandle(MemorySegment memory, MemorySegment data) {
        int status;
        try {
            status = (int) SET_HANDLE.invokeExact(memory, data);
        } catch (Throwable e) {
            throw new NativeException("oneDNN: setting a memory handle failed", e);
        }
        check(status);
    }

    /// Runs a primitive on the calling thread; `arguments` is an array of (int argument, pointer memory) pairs of 16 bytes.
    static void execute(MemorySegment primitive, MemorySegment stream, int count, MemorySegment arguments) {
        int status;
        try {
            status = (int) PRIMITIVE_EXECUTE.invokeExact(primitive, stream, count, arguments);
        } catch (Throwable e) {
            throw new NativeException("oneDNN: a primitive failed", e);
        }
        check(status);
    }

    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    @FunctionalInterface
    private interface Creation {
        int run(MemorySegment out) throws Throwable;
    }

    private static MemorySegment create(Creation creation) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            check(() -> creation.run(out));
            return out.get(ADDRESS, 0);
        }
    }

    private static void check(Call call) {
        try {
            check(call.run());
        } catch (NativeException | BadInputException e) {
            throw e;
        } catch (Throwable e) {
            throw new NativeException("a call into oneDNN failed", e);
        }
    }

    private static void check(int status) {
        if (status == UNIMPLEMENTED) {
            throw new BadInputException("oneDNN has no such matrix product for this processor (or for ONEDNN_MAX_CPU_ISA="
                    + System.getenv().getOrDefault("ONEDNN_MAX_CPU_ISA", "") + "). Compute in f32, or have the products made without it:"
                    + " NANOCHAT_JAVA_OPTS=-Dnanochat.products=vector");
        }
        if (status != 0) {
            throw new NativeException("oneDNN answered with status " + status);
        }
    }

    private static SymbolLookup openLibrary() {
        String platform = Loader.getPlatform();
        String folder = "/org/bytedeco/dnnl/" + platform + "/";
        String[] names;
        if (platform.startsWith("windows")) {
            names = new String[]{"dnnl.dll"};
        } else if (platform.startsWith("macosx")) {
            names = new String[]{"libiomp5.dylib", "libdnnl.3.dylib"};
        } else {
            names = new String[]{"libgomp.so.1", "libdnnl.so.3"};
        }
        SymbolLookup lookup = name -> java.util.Optional.empty();
        for (String name : names) {
            try {
                File file = Loader.cacheResource(OneDnn.class, folder + name);
                if (file == null) {
                    throw new NativeException("the class path has no " + folder + name);
                }
                lookup = SymbolLookup.libraryLookup(file.toPath(), Arena.global()).or(lookup);
            } catch (IOException | IllegalArgumentException e) {
                throw new NativeException("cannot load " + folder + name + ": " + e.getMessage(), e);
            }
        }
        return lookup;
    }

    private static MemorySegment symbol(String name) {
        return LIBRARY.find(name).orElseThrow(() -> new NativeException("oneDNN has no function " + name));
    }

    private static MethodHandle function(String name, MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, parameters));
    }
}
