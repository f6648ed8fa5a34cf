package nanochat.conversation;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
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
import nanochat.io.BadInputException;

/// A file of conversations, one a line, each as [ConversationJson] has it; blank lines are passed over. All of it is checked at once, and
/// of each conversation only its place is kept: files of any length take little memory.
public final class ConversationFile {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Path path;
    private long[] offsets = new long[16];
    private int[] lengths = new int[16];
    private int size;

    /// Reads the file through.
    ///
    /// @throws BadInputException when it is missing, unreadable or empty, or a line is no conversation; the message names the line
    public ConversationFile(Path path) {
        this.path = path;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long offset = 0;
            for (int number = 1; readLine(in, line); number++) {
                check(line, offset, number);
                offset += line.size();
            }
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + path, e);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (size == 0) {
            throw new BadInputException("There is no conversation in " + path);
        }
    }

    /// Reads one line, with its line break; false where there is none left.
    private static boolean readLine(InputStream in, ByteArrayOutputStream line) throws IOException {
        line.reset();
        int read;
        do {
            read = in.read();
            if (read >= 0) {
                line.write(read);
            }
        } while (read >= 0 && read != '\n');
        return line.size() > 0;
    }

    private void check(ByteArrayOutputStream line, long offset, int number) {
        try {
            String text = text(line.toByteArray());
            if (text.isBlank()) {
                return;
            }
            ConversationJson.parse(text);
        } catch (CharacterCodingException e) {
            throw new BadInputException(path + " line " + number + " is not UTF-8", e);
        } catch (BadInputException e) {
            throw new BadInputException(path + " line " + number + ": " + e.getMessage(), e);
        }
        if (size == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
        }
        offsets[size] = offset;
        lengths[size++] = line.size();
    }

    private static String text(byte[] line) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    }

    /// Where it is.
    public Path path() {
        return path;
    }

    /// The number of conversations.
    public int size() {
        return size;
    }

    /// Reads conversation `index`.
    ///
    /// @throws BadInputException when the file has changed since it was checked
    public Conversation conversation(int index) {
        byte[] line = new byte[lengths[Objects.checkIndex(index, size)]];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(offsets[index]);
            file.readFully(line);
            return ConversationJson.parse(text(line));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private BadInputException unreadable(IOException e) {
        return new BadInputException("Cannot read " + path + ": " + e.getMessage(), e);
    }
}
