package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// Zeroed memory outside the Java heap, where Linux has it in pages of 2 MiB instead of 4 KiB: the matrices of a step are more than the
/// processor keeps page addresses of. The system's default is to give such pages only to those who ask. Elsewhere it is ordinary memory.
final class LargePages {
    private static final long PAGE = 2L << 20;
    /// Below this it is not worth the up to one page that is left unused.
    private static final long LEAST_BYTES = 2 * PAGE;
    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE_AND_ANONYMOUS = 0x22;
    private static final int WANT_LARGE_PAGES = 14;
    private static final long MAP_FAILED = -1;
    /// Tensors that began at the same place of their pages would be in each other's way: a processor takes a load for one of what was just
    /// stored if the last 12 bits of the addresses agree, and they would share the same sets of its caches.
    private static final long STAGGER = 4096 + 17 * 64;
    private static final int STARTS = 31;

    private static final Optional<Calls> CALLS = System.getProperty("os.name").equals("Linux") ? Calls.find() : Optional.empty();

    private record Calls(MethodHandle map, MethodHandle unmap, MethodHandle advise) {
        static Optional<Calls> find() {
            Optional<MethodHandle> map = function("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
            Optional<MethodHandle> unmap = function("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
            Optional<MethodHandle> advise = function("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            return map.isPresent() && unmap.isPresent() && advise.isPresent()
                    ? Optional.of(new Calls(map.get(), unmap.get(), advise.get()))
                    : Optional.empty();
        }

        private static Optional<MethodHandle> function(String name, MemoryLayout result, MemoryLayout... parameters) {
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup().find(name)
                    .map(address -> linker.downcallHandle(address, FunctionDescriptor.of(result, parameters)));
        }
    }

    private static final AtomicInteger ALLOCATED = new AtomicInteger();

    private LargePages() {
    }

    /// `bytes` of zeros at a multiple of `alignment` (at most 64), given back when the arena closes.
    static MemorySegment allocate(Arena arena, long bytes, long alignment) {
        if (CALLS.isEmpty() || bytes < LEAST_BYTES) {
            return arena.allocate(bytes, alignment);
        }
        Calls calls = CALLS.get();
        long stagger = ALLOCATED.getAndIncrement() % STARTS * STAGGER;
        long mapped = bytes + stagger + PAGE;
        try {
            MemorySegment start = (MemorySegment) calls.map.invokeExact(MemorySegment.NULL, mapped, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS,
                    -1, 0L);
            if (start.address() == MAP_FAILED) {
                return arena.allocate(bytes, alignment);
            }
            MemorySegment all = start.reinterpret(mapped, arena, memory -> unmap(calls, memory.address(), mapped));
            long toBoundary = -start.address() & (PAGE - 1);
            MemorySegment pages = all.asSlice(toBoundary, stagger + bytes);
            // only advice: where it is not taken, the memory is there all the same
            int status = (int) calls.advise.invokeExact(pages, pages.byteSize(), WANT_LARGE_PAGES);
            assert status == 0 || status == -1;
            return pages.asSlice(stagger, bytes);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("mapping " + bytes + " bytes of memory failed", e);
        }
    }

    private static void unmap(Calls calls, long address, long bytes) {
        try {
            int status = (int) calls.unmap.invokeExact(MemorySegment.ofAddress(address), bytes);
            if (status != 0) {
                throw new IllegalStateException("giving back " + bytes + " bytes of memory failed");
            }
        } catch (IllegalStateException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("giving back memory failed", e);
        }
    }
}
