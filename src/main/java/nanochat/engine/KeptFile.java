package nanochat.engine;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;

/// A file of keys and values of a beginning that a cache keeps, to be taken back later, by another process. Pages go between the cache and the file one by
/// one: there is never more than one of them in memory beside the cache. docs/formats.md#saved-keys-and-values describes the file.
///
/// @param fingerprint of the weights that the keys and values are of, see [EngineWeights#fingerprint]
record KeptFile(Path file, String fingerprint) {
    private static final long MAGIC = 0x01_76_6b_6a_34_6eL; // "n4jkv", version 1
    private static final int FINGERPRINT_BYTES = 32;
    /// Magic number, fingerprint, number of tokens, number of layers.
    private static final int PREFIX = Long.BYTES + FINGERPRINT_BYTES + 2 * Integer.BYTES;

    /// What stands before the pages.
    ///
    /// @param prefixTokens positions before the first token, whose keys and values are in the pages too
    /// @param tokens as many as fill whole pages together with those
    /// @param firstPages by layer, the first page that is there; a layer with a window has given those before it back
    record Head(int prefixTokens, int[] tokens, int[] firstPages) {
        /// Pages that follow, of all layers.
        long pages() {
            return Arrays.stream(firstPages).mapToLong(first -> KvCache.pageCount(prefixTokens + tokens.length) - first).sum();
        }

        /// Bytes of the file.
        long fileBytes(long pageBytes) {
            return PREFIX + 4L * (firstPages.length + tokens.length) + pages() * pageBytes + Long.BYTES;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Head head && prefixTokens == head.prefixTokens && Arrays.equals(tokens, head.tokens) && Arrays.equals(
                    firstPages, head.firstPages);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(tokens);
        }

        @Override
        public String toString() {
            return "Head[" + tokens.length + " tokens, " + pages() + " pages]";
        }
    }

    /// Writes the file, in place of an older one. Who computes with the cache waits for a page at a time, and may take what is being written away.
    ///
    /// @throws BadInputException when it cannot be written, or its keys and values were needed for something else meanwhile; nothing has changed then
    void write(KvCache cache, KvCache.Borrowed borrowed) {
        AtomicFile.write(file, out -> {
            CRC32C sum = new CRC32C();
            Head head = borrowed.head();
            ByteBuffer bytes = ByteBuffer.allocate(PREFIX + 4 * (head.firstPages.length + head.tokens.length)).order(
                    ByteOrder.LITTLE_ENDIAN);
            bytes.putLong(MAGIC).put(HexFormat.of().parseHex(fingerprint)).putInt(head.tokens.length).putInt(head.firstPages.length);
            bytes.asIntBuffer().put(head.firstPages).put(head.tokens);
            write(bytes.array(), sum, out);
            byte[] page = new byte[Math.toIntExact(cache.pageBytes())];
            for (int i = 0; i < borrowed.pages().size(); i++) {
                if (!cache.copyPage(borrowed, i, MemorySegment.ofArray(page))) {
                    throw new IOException("answers under way needed the memory of what was to be written");
                }
                write(page, sum, out);
            }
            out.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(sum.getValue()).array());
        });
    }

    private static void write(byte[] bytes, CRC32C sum, OutputStream out) throws IOException {
        sum.update(bytes, 0, bytes.length);
        out.write(bytes);
    }

    /// Reads the file into a cache that has room for it. Nobody waits meanwhile.
    ///
    /// @return the tokens that are kept now; none where there is no memory for them beside what is under way
    /// @throws BadInputException when there is no such file, it is of other weights, or it is damaged; nothing is kept of it then
    OptionalInt read(KvCache cache, String scope) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16)) {
            CRC32C sum = new CRC32C();
            Head head = head(in, channel.size(), cache, sum);
            Optional<Sequence> sequence = cache.newFilled(head);
            if (sequence.isEmpty()) {
                return OptionalInt.empty();
            }
            boolean whole = false;
            try {
                fill(sequence.get(), in, sum, cache.pageBytes());
                whole = true;
            } finally {
                cache.endFilling(scope, sequence.get(), head, whole);
            }
            return OptionalInt.of(head.tokens.length);
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// Everything that can be known to be wrong before there are pages.
    private Head head(InputStream in, long fileBytes, KvCache cache, CRC32C sum) throws IOException {
        if (fileBytes < PREFIX) {
            throw damaged();
        }
        ByteBuffer prefix = ByteBuffer.wrap(read(in, new byte[PREFIX], sum)).order(ByteOrder.LITTLE_ENDIAN);
        if (prefix.getLong() != MAGIC) {
            throw damaged();
        }
        byte[] madeBy = new byte[FINGERPRINT_BYTES];
        prefix.get(madeBy);
        if (!HexFormat.of().formatHex(madeBy).equals(fingerprint)) {
            throw new BadInputException("The keys and values in " + file
                    + " are of another model, or of other weights (--weights): they are of no use to this one");
        }
        int length = prefix.getInt();
        if (length < 0 || length > cache.maximumLength() || prefix.getInt() != cache.layers()) {
            throw damaged();
        }
        int[] firstPages = ints(in, cache.layers(), sum);
        Head head = new Head(cache.prefixTokens(), ints(in, length, sum), firstPages);
        if (!cache.canHold(head) || head.fileBytes(cache.pageBytes()) != fileBytes) {
            throw damaged();
        }
        return head;
    }

    private void fill(Sequence sequence, InputStream in, CRC32C sum, long pageBytes) throws IOException {
        byte[] page = new byte[Math.toIntExact(pageBytes)];
        for (KvCache.Page next : sequence.pages()) {
            next.keyValues.copyFrom(MemorySegment.ofArray(read(in, page, sum)), 0);
        }
        long expected = sum.getValue();
        if (ByteBuffer.wrap(read(in, new byte[Long.BYTES], sum)).order(ByteOrder.LITTLE_ENDIAN).getLong() != expected) {
            throw damaged();
        }
    }

    private int[] ints(InputStream in, int count, CRC32C sum) throws IOException {
        int[] ints = new int[count];
        ByteBuffer.wrap(read(in, new byte[Integer.BYTES * count], sum)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(ints);
        return ints;
    }

    private byte[] read(InputStream in, byte[] target, CRC32C sum) throws IOException {
        if (in.readNBytes(target, 0, target.length) < target.length) {
            throw new EOFException("it ends too early");
        }
        sum.update(target, 0, target.length);
        return target;
    }

    private BadInputException damaged() {
        return new BadInputException("The file " + file + " is damaged, or no file of keys and values: delete it and read the text again");
    }
}
