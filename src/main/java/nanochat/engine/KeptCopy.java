package nanochat.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;

/// Keys and values of a beginning that a cache keeps, outside of it: to be written to a file and taken back later, by another process.
/// docs/formats.md#saved-keys-and-values describes the file.
///
/// @param tokens whole pages of them
/// @param firstPages by layer, the first page that is there; a layer with a window has given those before it back
/// @param pages what the pages hold, layer by layer
record KeptCopy(int[] tokens, int[] firstPages, MemorySegment pages) {
    private static final long MAGIC = 0x01_76_6b_6a_34_6eL; // "n4jkv", version 1
    private static final int FINGERPRINT_BYTES = 32;
    /// Magic number, fingerprint, number of tokens, number of layers.
    private static final int PREFIX = Long.BYTES + FINGERPRINT_BYTES + 2 * Integer.BYTES;
    private static final int PIECE = 1 << 16;

    /// Bytes of the file.
    long fileBytes() {
        return PREFIX + 4L * (firstPages.length + tokens.length) + pages.byteSize() + Long.BYTES;
    }

    /// Writes the file, in place of an older one.
    ///
    /// @param fingerprint of the weights that the keys and values are of, see [EngineWeights#fingerprint]
    /// @throws BadInputException when it cannot be written; nothing has changed then
    void write(Path file, String fingerprint) {
        AtomicFile.write(file, out -> {
            CRC32C sum = new CRC32C();
            ByteBuffer head = ByteBuffer.allocate(PREFIX + 4 * (firstPages.length + tokens.length)).order(ByteOrder.LITTLE_ENDIAN);
            head.putLong(MAGIC).put(HexFormat.of().parseHex(fingerprint)).putInt(tokens.length).putInt(firstPages.length);
            head.asIntBuffer().put(firstPages).put(tokens);
            write(head.array(), head.capacity(), sum, out);
            byte[] piece = new byte[PIECE];
            for (long at = 0; at < pages.byteSize(); at += piece.length) {
                int count = (int) Math.min(piece.length, pages.byteSize() - at);
                MemorySegment.copy(pages, at, MemorySegment.ofArray(piece), 0, count);
                write(piece, count, sum, out);
            }
            out.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(sum.getValue()).array());
        });
    }

    private static void write(byte[] bytes, int count, CRC32C sum, OutputStream out) throws IOException {
        sum.update(bytes, 0, count);
        out.write(bytes, 0, count);
    }

    /// Reads a file. What stands in it is checked as far as it can be without a cache: [KvCache#keepCopy] checks the rest.
    ///
    /// @param layers of the model
    /// @throws BadInputException when there is no such file, it is of other weights, or it is damaged
    static KeptCopy read(Path file, String fingerprint, int layers) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < PREFIX + Long.BYTES || size > Integer.MAX_VALUE) {
                throw damaged(file);
            }
            MappedByteBuffer content = channel.map(MapMode.READ_ONLY, 0, size);
            content.order(ByteOrder.LITTLE_ENDIAN);
            CRC32C sum = new CRC32C();
            sum.update(content.duplicate().limit((int) size - Long.BYTES));
            if (content.getLong() != MAGIC || sum.getValue() != content.getLong((int) size - Long.BYTES)) {
                throw damaged(file);
            }
            byte[] madeBy = new byte[FINGERPRINT_BYTES];
            content.get(madeBy);
            if (!HexFormat.of().formatHex(madeBy).equals(fingerprint)) {
                throw new BadInputException("The keys and values in " + file
                        + " are of another model, or of other weights (--weights): they are of no use to this one");
            }
            int length = content.getInt();
            if (length < 0 || content.getInt() != layers || content.remaining() < 4L * layers + 4L * length + Long.BYTES) {
                throw damaged(file);
            }
            int[] firstPages = ints(content, layers);
            int[] tokens = ints(content, length);
            byte[] pages = new byte[content.remaining() - Long.BYTES];
            content.get(pages);
            return new KeptCopy(tokens, firstPages, MemorySegment.ofArray(pages));
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static int[] ints(ByteBuffer content, int count) {
        int[] ints = new int[count];
        content.asIntBuffer().get(ints);
        content.position(content.position() + Integer.BYTES * count);
        return ints;
    }

    static BadInputException damaged(Path file) {
        return new BadInputException("The file " + file + " is damaged, or no file of keys and values: delete it and read the text again");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeptCopy copy && Arrays.equals(tokens, copy.tokens) && Arrays.equals(firstPages, copy.firstPages)
                && pages.mismatch(copy.pages) < 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
        return "KeptCopy[" + tokens.length + " tokens, " + pages.byteSize() + " bytes]";
    }
}
