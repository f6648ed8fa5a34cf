package nanochat.io;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The lines of a UTF-8 text file, or the elements of a JSON array, any of them at any time: of each only its place is in memory (12 bytes), so
/// files of any length take little of it. Blank lines are passed over. Safe for any number of threads.
public final class LineFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";
    private static final int BLOCK = 1 << 16;

    private final Path path;
    private final Consumer<BadInputException> wrong;
    private long[] offsets = new long[16];
    private int[] lengths = new int[16];
    private int size;
    private long bytes;
    private final CRC32 checksum = new CRC32();

    /// Reads the file through to find its lines.
    ///
    /// @throws BadInputException when it is missing or unreadable
    public LineFile(Path path) {
        this(path, Optional.empty(), wrong -> {
            throw wrong;
        });
    }

    /// Reads the file through to find its lines and has each one checked.
    ///
    /// @param check throws a [BadInputException] on a line that is wrong; which one it was is added to its message
    /// @throws BadInputException when the file is missing, unreadable or not UTF-8, or a line is wrong
    public LineFile(Path path, Consumer<String> check) {
        this(path, check, wrong -> {
            throw wrong;
        });
    }

    /// Reads the file through to find its lines and leaves out those that are wrong.
    ///
    /// @param check throws a [BadInputException] on a line that is wrong
    /// @param wrong takes what is wrong with a line, the file and the line named
    /// @throws BadInputException when the file is missing or unreadable, or a line is too long
    public LineFile(Path path, Consumer<String> check, Consumer<BadInputException> wrong) {
        this(path, Optional.of(check), wrong);
    }

    /// As [#LineFile(Path, Consumer, Consumer)], of a file that is one JSON array: what stands for a line is one of its elements, wherever it
    /// breaks.
    ///
    /// @throws BadInputException when the file is missing, unreadable or no JSON array
    public static LineFile ofJsonArray(Path path, Consumer<String> check, Consumer<BadInputException> wrong) {
        LineFile elements = new LineFile(wrong, path);
        elements.read(in -> elements.scanArray(in, check));
        return elements;
    }

    private LineFile(Path path, Optional<Consumer<String>> check, Consumer<BadInputException> wrong) {
        this(wrong, path);
        read(in -> scan(in, check));
    }

    private LineFile(Consumer<BadInputException> wrong, Path path) {
        this.path = path;
        this.wrong = wrong;
    }

    private interface Scan {
        void scan(InputStream in) throws IOException;
    }

    /// What a parser reads and would close, though the checksum is not done.
    private static final class StaysOpen extends FilterInputStream {
        StaysOpen(InputStream in) {
            super(in);
        }

        @Override
        public void close() {
        }
    }

    private void read(Scan scan) {
        GitLfsPointer.check(path);
        try (InputStream in = new CheckedInputStream(Files.newInputStream(path), checksum)) {
            Compression compression = Compression.of(path);
            if (compression != Compression.NONE) {
                throw new BadInputException(path + " is " + compression + ". Its lines are read in any order: unpack it first.");
            }
            scan.scan(new StaysOpen(in));
            in.transferTo(OutputStream.nullOutputStream()); // a parser may leave space behind
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + path, e);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private void scan(InputStream in, Optional<Consumer<String>> check) throws IOException {
        int longestLine = LongestLine.bytes();
        byte[] line = new byte[BLOCK];
        int length = 0;
        int searched = 0;
        int number = 1;
        while (true) {
            if (length == line.length) {
                if (length >= longestLine) {
                    throw new BadInputException(path + " line " + number + " " + LongestLine.tooLong());
                }
                line = Arrays.copyOf(line, Math.min(2 * length, longestLine));
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
            if (check.isEmpty() || isRight(new Line(block, start, length), number, check.get())) {
                keep(bytes, length);
            }
        }
        bytes += length;
    }

    private void keep(long offset, int length) {
        if (size == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
        }
        offsets[size] = offset;
        lengths[size++] = length;
    }

    private void scanArray(InputStream in, Consumer<String> check) throws IOException {
        bytes = Files.size(path);
        try (JsonParser parser = Json.LINE.createParser(in); RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new BadInputException(path + " is not a JSON array");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                long offset = parser.currentTokenLocation().getByteOffset();
                int number = parser.currentTokenLocation().getLineNr();
                parser.skipChildren();
                byte[] element = new byte[Math.toIntExact(parser.currentLocation().getByteOffset() - offset)];
                file.seek(offset);
                file.readFully(element);
                if (isRight(new Line(element, 0, element.length), number, check)) {
                    keep(offset, element.length);
                }
            }
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(path + " line " + line + " is not valid JSON: " + Json.problem(e), e);
        }
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

    private boolean isRight(Line line, int number, Consumer<String> check) {
        try {
            check.accept(line.text());
            return true;
        } catch (CharacterCodingException e) {
            wrong.accept(new BadInputException(path + " line " + number + " is not UTF-8", e));
        } catch (BadInputException e) {
            wrong.accept(new BadInputException(path + " line " + number + ": " + e.getMessage(), e));
        }
        return false;
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

    /// What tells it from others of its name and length.
    public String content() {
        return String.format(Locale.ROOT, "%08x", checksum.getValue());
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
