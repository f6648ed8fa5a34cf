package nanochat.tensor.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What a primitive of oneDNN works on: one memory object an argument, whose place in memory changes from call to call. Of one worker.
final class OneDnnArguments {
    private static final int ARGUMENT_BYTES = 16;

    private final MemorySegment[] memories;
    private final MemorySegment list;

    /// @param arguments what each is to the primitive, one of the `OneDnn.ARGUMENT_` numbers
    /// @param descriptions how each lies in memory, in the same order
    OneDnnArguments(int[] arguments, MemorySegment... descriptions) {
        memories = new MemorySegment[arguments.length];
        list = Arena.global().allocate((long) arguments.length * ARGUMENT_BYTES, 8);
        for (int i = 0; i < arguments.length; i++) {
            memories[i] = OneDnn.memory(descriptions[i]);
            list.set(JAVA_INT, (long) i * ARGUMENT_BYTES, arguments[i]);
            list.set(ADDRESS, (long) i * ARGUMENT_BYTES + 8, memories[i]);
        }
    }

    /// Says where argument `index` lies.
    void set(int index, MemorySegment place) {
        OneDnn.setHandle(memories[index], place);
    }

    void execute(MemorySegment primitive, MemorySegment stream) {
        OneDnn.execute(primitive, stream, memories.length, list);
    }
}
