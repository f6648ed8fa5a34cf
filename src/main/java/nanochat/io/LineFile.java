package nanochat.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/// The lines of a UTF-8 text file, any of them at any time: of each line only its place is in memory (12 bytes), so files of any length take
/// little of it. Blank lines are passed over. Safe for any number of threads.
public final class LineFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int BLOCK = 1 << 16;
    private static final int LONGEST_LINE = 64 << 20;

    private final Path path;
    private long[] offsets = new long[16];
    private int[] lengths = new int[16];
    private int size;
    private long bytes;

    /// Reads the file through to find its lines.
    ///
    /// @throws BadInputException when it is missing or unreadable
    public LineFile(Path path) {
        this(path, Optional.empty());
    }

    /// Reads the file through to find its lines and has each one checked.
    ///
    /// @param check throws a [BadInputException] on a line that is wrong; which one it was is added to its message
    /// @throws BadInputException when the file is missing, unreadable or not UTF-8, or a line is wrong
    public LineFile(Path path, Consumer<String> check) {
        this(path, Optional.of(check));
    }

    private LineFile(Path path, Optional<Consumer<String>> check) {
        this.path = path;
        try (InputStream in = Files.newInputStream(path)) {
            scan(in, check);
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + path, e);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private void scan(InputStream in, Optional<Consumer<String>> check) throws IOException {
        byte[] line = new byte[BLOCK];
        int length = 0;
        int searched = 0;
        int number = 1;
        while (true) {
            if (length == line.length) {
                if (length >= LONGEST_LINE) {
                    throw new BadInputException(path + " line " + number + " is longer than " + (LONGEST_LINE >> 20) + " MiB");
                }
                line = Arrays.copyOf(line, 2 * length);
            }
            int read = in.read(line, length, line.length - length);
            if (read < 0) {
                break;
            }
            length += read;
            int start = 0;
            for (int i = searched; i < length; i++) {
                if (line[i] == '\n') {
                    add(line, start, i + 1 - start, number++, check);
                    start = i + 1;
                }
            }
            System.arraycopy(line, start, line, 0, length - start);
            length -= start;
            searched = length;
        }
        add(line, 0, length, number, check);
    }

    private void add(byte[] block, int start, int length, int number, Optional<Consumer<String>> check) {
        if (!isBlank(block, start, length)) {
            check.ifPresent(each -> check(new Line(block, start, length), number, each));
            if (size == offsets.length) {
                offsets = Arrays.copyOf(offsets, 2 * size);
                lengths = Arrays.copyOf(lengths, 2 * size);
            }
            offsets[size] = bytes;
            lengths[size++] = length;
        }
        bytes += length;
    }

    private static boolean isBlank(byte[] block, int start, int length) {
        for (int i = start; i < start + length; i++) {
            if (block[i] > ' ' || block[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private record Line(byte[] block, int start, int length) {
        String text() throws CharacterCodingException {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(block, start, length)).toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        }
    }

    private void check(Line line, int number, Consumer<String> check) {
        try {
            check.accept(line.text());
        } catch (CharacterCodingException e) {
            throw new BadInputException(path + " line " + number + " is not UTF-8", e);
        } catch (BadInputException e) {
            throw new BadInputException(path + " line " + number + ": " + e.getMessage(), e);
        }
    }

    /// Where it is.
    public Path path() {
        return path;
    }

    /// The number of lines that are not blank.
    public int size() {
        return size;
    }

    /// The length of the file.
    public long bytes() {
        return bytes;
    }

    /// Reads line `index` of those that are not blank.
    ///
    /// @throws BadInputException when it can no longer be read
    public String line(int index) {
        byte[] line = new byte[lengths[Objects.checkIndex(index, size)]];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(offsets[index]);
            file.readFully(line);
            return new Line(line, 0, line.length).text();
        } catch (CharacterCodingException e) {
            throw new BadInputException("A line of " + path + " is not UTF-8", e);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private BadInputException unreadable(IOException e) {
        return new BadInputException("Cannot read " + path + ": " + e.getMessage(), e);
    }
}
