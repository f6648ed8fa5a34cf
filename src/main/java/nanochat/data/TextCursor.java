package nanochat.data;

import java.nio.file.Path;

/// The documents of a `.txt` file: see [TextSplit] for where one ends. Blank lines around a document do not belong to it.
final class TextCursor implements DocumentCursor {
    private final FileWindow window;
    private final TextSplit split;
    private long offset;
    private long end;
    private int length;

    TextCursor(Path path, TextSplit split) throws DamageException {
        window = new FileWindow(path);
        this.split = split;
        seek(0);
    }

    @Override
    public boolean advance() throws DamageException {
        do {
            offset = skipBlankLines(end);
            end = offset;
            if (window.load(offset, 1) == 0) {
                return false;
            }
            end += extent();
            length = (int) (end - offset);
            while (length > 0 && isWhite(byteAt(length - 1))) {
                length--;
            }
        } while (length == 0); // only where a line starts with thousands of spaces
        return true;
    }

    /// How many bytes after `offset` the document takes.
    private int extent() throws DamageException {
        int longest = split.longestDocument();
        // one byte more, to see whether a character ends exactly there
        int left = window.load(offset, longest + 1);
        int blank = switch (split) {
            case BLANK_LINES -> firstBlankLine(Math.min(left, longest));
            case FILE -> left <= longest ? 0 : lastBlankLine(longest);
        };
        if (blank > 0) {
            return blank;
        }
        return left <= longest ? left : cut(longest);
    }

    /// The start of the first line at or after `from` that is not blank; spaces before its text stay.
    private long skipBlankLines(long from) throws DamageException {
        long lineStart = from;
        long at = from;
        for (; window.load(at, 1) > 0; at++) {
            byte b = window.at(at);
            if (b == '\n') {
                lineStart = at + 1;
            } else if (!isWhite(b)) {
                return lineStart;
            }
        }
        return at;
    }

    private int firstBlankLine(int limit) {
        for (int i = 0; i < limit; i++) {
            if (byteAt(i) == '\n' && blankLineEnd(i, limit) > 0) {
                return i + 1;
            }
        }
        return 0;
    }

    private int lastBlankLine(int limit) {
        for (int i = limit - 1; i > 0; i--) {
            if (byteAt(i) == '\n' && blankLineEnd(i, limit) > 0) {
                return i + 1;
            }
        }
        return 0;
    }

    /// Where the blank line after the line break at `lineBreak` ends, or 0 when the next line has text or goes on past the limit.
    private int blankLineEnd(int lineBreak, int limit) {
        int i = lineBreak + 1;
        while (i < limit && byteAt(i) != '\n' && isWhite(byteAt(i))) {
            i++;
        }
        return i < limit && byteAt(i) == '\n' ? i : 0;
    }

    /// The best place to cut a passage that is longer than `limit`: after a line, else before a space, else between two characters.
    private int cut(int limit) {
        int space = 0;
        for (int i = limit - 1; i > 0; i--) {
            if (byteAt(i) == '\n') {
                return i + 1;
            }
            if (space == 0 && byteAt(i) == ' ') {
                space = i;
            }
        }
        if (space > 0) {
            return space;
        }
        int character = limit;
        while (character > limit - 4 && (byteAt(character) & 0xC0) == 0x80) {
            character--;
        }
        return character;
    }

    private byte byteAt(int index) {
        return window.at(offset + index);
    }

    private static boolean isWhite(byte b) {
        return b == '\n' || b == '\r' || b == ' ' || b == '\t';
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public void seek(long newOffset) throws DamageException {
        offset = newOffset == 0 ? window.textStart() : newOffset;
        end = offset;
    }

    @Override
    public String text() throws DamageException {
        window.load(offset, length);
        try {
            return window.text(offset, length);
        } catch (DamageException e) {
            throw new DamageException(window.place(offset) + " begins a document that is " + e.problem());
        }
    }

    @Override
    public void close() {
        window.close();
    }
}
