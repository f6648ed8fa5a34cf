package nanochat.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A program at a pseudo-terminal of its own, which is its controlling terminal: what a terminal emulator does for it, without a picture.
final class PseudoTerminal implements AutoCloseable {
    private static final Path SET_SESSION = Path.of("/usr/bin/setsid");
    private static final int NAME_BYTES = 256;

    private final Arena arena = Arena.ofShared();
    private final MethodHandle read = function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private final MethodHandle write = function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private final MethodHandle close = function("close", JAVA_INT, JAVA_INT);
    private final int master;
    private final Process process;
    private final Thread reader = Thread.ofPlatform().daemon().unstarted(this::readScreen);
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    /// Whether this system has what is needed.
    static boolean isAvailable() {
        return Files.isExecutable(SET_SESSION) && Linker.nativeLinker().defaultLookup().find("openpty").isPresent();
    }

    PseudoTerminal(ProcessBuilder program) throws IOException {
        MemorySegment descriptors = arena.allocate(JAVA_INT, 2);
        MemorySegment name = arena.allocate(NAME_BYTES);
        int opened = (int) call(function("openpty", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS), descriptors, descriptors.asSlice(4),
                name, MemorySegment.NULL, MemorySegment.NULL);
        if (opened != 0) {
            throw new IOException("no pseudo-terminal can be opened");
        }
        master = descriptors.getAtIndex(JAVA_INT, 0);
        Path slave = Path.of(name.getString(0));
        List<String> command = new ArrayList<>(List.of(SET_SESSION.toString(), "--ctty"));
        command.addAll(program.command());
        process = program.command(command).redirectInput(slave.toFile()).redirectOutput(slave.toFile()).redirectError(slave.toFile())
                .start();
        // Open in the program alone, so that reading ends when that does.
        call(close, descriptors.getAtIndex(JAVA_INT, 1));
        reader.start();
    }

    Process process() {
        return process;
    }

    /// Presses keys.
    void type(String keys) throws IOException {
        byte[] bytes = keys.getBytes(StandardCharsets.UTF_8);
        MemorySegment memory = arena.allocate(bytes.length);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        if ((long) call(write, master, memory, (long) bytes.length) != bytes.length) {
            throw new IOException("the terminal takes no keys");
        }
    }

    /// All that has been shown.
    String screen() {
        synchronized (screen) {
            return screen.toString(StandardCharsets.UTF_8);
        }
    }

    private void readScreen() {
        MemorySegment buffer = arena.allocate(4096);
        for (long count = (long) call(read, master, buffer, buffer.byteSize()); count > 0; count = (long) call(read, master, buffer,
                buffer.byteSize())) {
            synchronized (screen) {
                screen.writeBytes(buffer.asSlice(0, count).toArray(JAVA_BYTE));
            }
        }
    }

    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), FunctionDescriptor.of(result, arguments));
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// Ends the program, if it has not ended yet.
    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
        reader.join();
        call(close, master);
        arena.close();
    }
}
