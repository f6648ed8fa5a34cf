package nanochat.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.engine.kernel.EmbeddingTable;
import nanochat.engine.kernel.Tile;
import nanochat.engine.kernel.Workers;
import nanochat.io.AtomicFile;
import nanochat.model.GptConfig;
import nanochat.tokenizer.PackedTokenizer;
import nanochat.tokenizer.Tokenizer;

/// What an engine made of a checkpoint, in a file beside it, so that the next engine only maps it: the weights in their own layout, the
/// configuration, the tokenizer's tables. docs/formats.md#packed-models describes the file.
///
/// The file is a copy that anybody may delete. It counts only where it is of these very files (their sizes and times, that of the last change of
/// the file itself included, which no program can set), of this format on this kind of processor, and where all its checksums are right.
final class PackedModel {
    /// To be counted up with every change of what stands in the file, the layouts of [nanochat.engine.kernel.Matrix] and of the tokenizer's
    /// tables included.
    static final int VERSION = 1;

    private static final long MAGIC = 0x6b_63_61_70_6a_34_6eL | (long) VERSION << 56; // "n4jpack"
    /// Magic number, length of the head, its checksum, bytes of the weights.
    private static final int PREFIX = Long.BYTES + Integer.BYTES + Integer.BYTES + Long.BYTES;
    private static final int ALIGNMENT = 4096;
    private static final int WEIGHT_ALIGNMENT = 64;
    /// Bytes that have a checksum of their own, so that threads can share the work.
    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final String key;
    private final WeightFormat format;

    /// What was in the file.
    ///
    /// @param close returns what belongs to the weights besides their arena
    record Content(GptConfig config, Tokenizer tokenizer, EngineWeights weights, Runnable close) {}

    private PackedModel(Path file, String key, WeightFormat format) {
        this.file = file;
        this.key = key;
        this.format = format;
    }

    /// The file of a checkpoint as it is now. Must be asked for before the checkpoint is read: of one that is replaced in between, it will then never
    /// count.
    ///
    /// @return nothing where there is no such checkpoint
    static Optional<PackedModel> of(CheckpointDirectory checkpoints, int step, WeightFormat format) {
        StringBuilder key = new StringBuilder().append(format).append(' ').append(ByteOrder.nativeOrder()).append(' ').append(Tile.LANES);
        try {
            for (Path part : checkpoints.modelFiles(step)) {
                key.append('\n').append(part.getFileName()).append(' ').append(identity(part));
            }
        } catch (IOException absent) {
            return Optional.empty();
        }
        return Optional.of(new PackedModel(checkpoints.engineFile(step, format.name().toLowerCase(Locale.ROOT)), key.toString(), format));
    }

    private static String identity(Path part) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(part, BasicFileAttributes.class);
        String changed = part.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? String.valueOf(Files.getAttribute(part, "unix:ctime"))
                : "";
        return attributes.size() + " " + attributes.lastModifiedTime() + " " + changed;
    }

    Path file() {
        return file;
    }

    /// Maps the file.
    ///
    /// @param arena unmaps it when it is closed
    /// @param workers check it
    /// @return nothing where there is none, or where it is of something else or damaged
    Optional<Content> read(Arena arena, Workers workers) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Optional<Content> content = Optional.empty();
        try {
            RandomAccessFile open = new RandomAccessFile(file.toFile(), "r");
            try {
                content = read(open, arena, workers);
            } finally {
                if (content.isEmpty()) {
                    open.close();
                }
            }
        } catch (IOException | UncheckedIOException unreadable) {
            return Optional.empty();
        }
        return content;
    }

    private Optional<Content> read(RandomAccessFile whole, Arena arena, Workers workers) throws IOException {
        FileChannel channel = whole.getChannel();
        if (channel.size() < PREFIX) {
            return Optional.empty();
        }
        MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        ByteBuffer prefix = mapped.asSlice(0, PREFIX).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        boolean known = prefix.getLong() == MAGIC;
        int headBytes = prefix.getInt();
        int headSum = prefix.getInt();
        long weightBytes = prefix.getLong();
        if (!known || headBytes < 0 || weightBytes < 0 || mapped.byteSize() != weightsStart(headBytes) + weightBytes) {
            return Optional.empty();
        }
        ByteBuffer head = mapped.asSlice(PREFIX, headBytes).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (checksum(head.duplicate()) != headSum || !text(head).equals(key)) {
            return Optional.empty();
        }
        int[] sums = new int[chunks(weightBytes)];
        head.asIntBuffer().get(sums);
        head.position(head.position() + Integer.BYTES * sums.length);
        if (!areSound(channel, weightsStart(headBytes), weightBytes, sums, workers)) {
            return Optional.empty();
        }
        GptConfig config = config(head);
        SegmentAllocator weights = slices(mapped.asSlice(weightsStart(headBytes)));
        int scalars = EngineWeights.scalars(config);
        OpenFile open = new OpenFile(whole, mapped.address());
        EngineWeights loaded = EngineWeights.of(config, format, weights, open, head.asFloatBuffer());
        head.position(head.position() + Float.BYTES * scalars);
        return Optional.of(new Content(config, PackedTokenizer.unpack(head), loaded, open::close));
    }

    /// Reads everything once, but not through the mapping: what nobody uses later shall not count as this process's memory.
    private static boolean areSound(FileChannel channel, long start, long bytes, int[] sums, Workers workers) {
        ByteBuffer[] buffers = new ByteBuffer[workers.threads()];
        boolean[] wrong = new boolean[sums.length];
        workers.run(sums.length, (chunk, worker) -> {
            if (buffers[worker] == null) {
                buffers[worker] = ByteBuffer.allocateDirect(CHUNK);
            }
            ByteBuffer buffer = buffers[worker].clear().limit((int) Math.min(CHUNK, bytes - (long) chunk * CHUNK));
            wrong[chunk] = !fill(channel, start + (long) chunk * CHUNK, buffer) || checksum(buffer.flip()) != sums[chunk];
        });
        return IntStream.range(0, wrong.length).noneMatch(chunk -> wrong[chunk]);
    }

    private static boolean fill(FileChannel channel, long position, ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes the file, in place of an older one.
    ///
    /// @throws nanochat.io.BadInputException when it cannot be written; nothing has changed then
    void write(GptConfig config, Tokenizer tokenizer, EngineWeights weights) {
        PaddedParts parts = new PaddedParts(weights);
        ByteBuffer sums = ByteBuffer.allocate(Integer.BYTES * chunks(parts.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        ChunkSums summing = new ChunkSums(sums);
        AtomicFile.write(file, out -> {
            parts.writeTo(summing);
            summing.end();
            byte[] head = head(config, tokenizer, weights, sums.array());
            ByteBuffer prefix = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
            out.write(prefix.putLong(MAGIC).putInt(head.length).putInt(checksum(ByteBuffer.wrap(head))).putLong(parts.bytes()).array());
            out.write(head);
            out.write(new byte[Math.toIntExact(weightsStart(head.length) - PREFIX - head.length)]);
            parts.writeTo(out);
        });
    }

    private byte[] head(GptConfig config, Tokenizer tokenizer, EngineWeights weights, byte[] sums) {
        byte[] packedTokenizer = PackedTokenizer.pack(tokenizer);
        byte[] name = bytes(key);
        byte[] windows = bytes(config.windowPattern());
        byte[] generation = bytes(config.generation().name());
        int scalars = EngineWeights.scalars(config);
        ByteBuffer head = ByteBuffer.allocate(9 * Integer.BYTES + name.length + sums.length + windows.length + generation.length
                + Float.BYTES * scalars + packedTokenizer.length).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(name.length).put(name);
        head.put(sums);
        head.putInt(config.sequenceLength()).putInt(config.vocabularySize()).putInt(config.layers()).putInt(config.heads())
                .putInt(config.kvHeads()).putInt(config.embedding());
        head.putInt(windows.length).put(windows).putInt(generation.length).put(generation);
        weights.putScalars(head.asFloatBuffer());
        head.position(head.position() + Float.BYTES * scalars);
        return head.put(packedTokenizer).array();
    }

    private static GptConfig config(ByteBuffer head) {
        return new GptConfig(head.getInt(), head.getInt(), head.getInt(), head.getInt(), head.getInt(), head.getInt(), text(head),
                GptConfig.Generation.valueOf(text(head)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer source) {
        byte[] bytes = new byte[source.getInt()];
        source.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static long weightsStart(int headBytes) {
        return roundUp((long) PREFIX + headBytes, ALIGNMENT);
    }

    /// Gives out a read-only segment piece by piece.
    private static SegmentAllocator slices(MemorySegment whole) {
        long[] end = new long[1];
        return (bytes, alignment) -> {
            long start = roundUp(end[0], alignment);
            end[0] = start + bytes;
            return whole.asSlice(start, bytes);
        };
    }

    private static int chunks(long bytes) {
        return Math.toIntExact((bytes + CHUNK - 1) / CHUNK);
    }

    private static long roundUp(long bytes, long alignment) {
        return (bytes + alignment - 1) / alignment * alignment;
    }

    private static int checksum(ByteBuffer content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        return (int) sum.getValue();
    }

    /// The file that is mapped at `start`. Not read by its channel, which the interrupt of a thread that reads would close.
    private record OpenFile(RandomAccessFile file, long start) implements EmbeddingTable.Reader {
        @Override
        public void read(long address, byte[] target) {
            synchronized (file) {
                try {
                    file.seek(address - start);
                    file.readFully(target);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        void close() {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// The memory of weights as a slicing allocator gives it out again.
    private record PaddedParts(EngineWeights weights) {
        long bytes() {
            long bytes = 0;
            for (MemorySegment part : weights.memory()) {
                bytes = roundUp(bytes, WEIGHT_ALIGNMENT) + part.byteSize();
            }
            return bytes;
        }

        void writeTo(OutputStream out) throws IOException {
            long written = 0;
            byte[] buffer = new byte[1 << 16];
            for (MemorySegment part : weights.memory()) {
                long start = roundUp(written, WEIGHT_ALIGNMENT);
                out.write(new byte[(int) (start - written)]);
                for (long at = 0; at < part.byteSize(); at += buffer.length) {
                    int count = (int) Math.min(buffer.length, part.byteSize() - at);
                    MemorySegment.copy(part, at, MemorySegment.ofArray(buffer), 0, count);
                    out.write(buffer, 0, count);
                }
                written = start + part.byteSize();
            }
        }
    }

    /// Takes a stream and puts the checksums of its chunks, one after the other.
    private static final class ChunkSums extends OutputStream {
        private final ByteBuffer target;
        private final CRC32C sum = new CRC32C();
        private int summed;

        ChunkSums(ByteBuffer target) {
            this.target = target;
        }

        @Override
        public void write(int single) {
            write(new byte[]{(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            int at = offset;
            while (at < offset + length) {
                int count = Math.min(offset + length - at, CHUNK - summed);
                sum.update(bytes, at, count);
                at += count;
                summed += count;
                if (summed == CHUNK) {
                    end();
                }
            }
        }

        /// Puts the checksum of the last chunk, where that is not whole.
        void end() {
            if (summed > 0) {
                target.putInt((int) sum.getValue());
                sum.reset();
                summed = 0;
            }
        }
    }
}
