package nanochat.tokenizer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import nanochat.io.BadInputException;

/// A UTF-8 text file of any size as a stream of chunks that end with a line, or are cut at the longest allowed. Close it when it is not
/// read to its end.
public final class TextChunks implements Iterator<String>, AutoCloseable {
    private final Path file;
    private final int longest;
    private final BufferedReader reader;
    private final char[] buffer;
    private int filled;
    private String next = "";

    /// The chunks of `file`, each of at most `longest` characters, at least 2.
    ///
    /// @throws BadInputException when the file cannot be read; from `next` also when it is not UTF-8
    public TextChunks(Path file, int longest) {
        this.file = file;
        this.longest = longest;
        this.buffer = new char[longest];
        try {
            reader = new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()));
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        advance();
    }

    @Override
    public boolean hasNext() {
        return !next.isEmpty();
    }

    @Override
    public String next() {
        if (next.isEmpty()) {
            throw new NoSuchElementException();
        }
        String chunk = next;
        advance();
        return chunk;
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException e) {
            throw new BadInputException("Cannot close " + file + ": " + e.getMessage(), e);
        }
    }

    private void advance() {
        try {
            int count = 0;
            while (filled < longest && count >= 0) {
                count = reader.read(buffer, filled, longest - filled);
                filled += Math.max(count, 0);
            }
        } catch (CharacterCodingException e) {
            throw new BadInputException(file + " is not text in UTF-8; convert it, or leave it out", e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        int end = filled < longest ? filled : chunkEnd();
        next = new String(buffer, 0, end);
        System.arraycopy(buffer, end, buffer, 0, filled - end);
        filled -= end;
        if (next.isEmpty()) {
            close();
        }
    }

    private int chunkEnd() {
        for (int end = filled; end > 0; end--) {
            if (buffer[end - 1] == '\n') {
                return end;
            }
        }
        return Character.isHighSurrogate(buffer[filled - 1]) ? filled - 1 : filled;
    }
}
