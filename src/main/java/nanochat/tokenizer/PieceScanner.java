package nanochat.tokenizer;

import java.util.Arrays;

/// Walks over the pieces of a text as ranges of UTF-8 bytes: `reset(text)`, then `next()` until it is false.
///
/// The text is turned into bytes window by window, so memory is bounded by the window and the longest stretch without a place that is
/// safe to cut at (a letter followed by something else), whatever the length of the text. For one thread; reuse it, it makes no
/// garbage.
final class PieceScanner {
    /// Readable bytes behind every piece, so that eight bytes can be read at once anywhere in it.
    static final int PADDING = Long.BYTES;

    private static final int WINDOW_CHARACTERS = 1 << 14;
    private static final int LARGEST_KEPT_BUFFER = 1 << 20;
    private static final int BYTES_PER_CHARACTER = 3;

    private final char[] characters;
    private byte[] bytes;
    private CharSequence text = "";
    private int textPosition;
    /// `bytes[0..filled)` is transcoded, `bytes[0..cut)` can be split: what follows `cut` waits for the next window.
    private int filled;
    private int cut;
    private int start;
    private int end;

    PieceScanner() {
        this(WINDOW_CHARACTERS);
    }

    /// A scanner that transcodes `windowCharacters` at a time, at least 2.
    PieceScanner(int windowCharacters) {
        characters = new char[windowCharacters];
        bytes = new byte[BYTES_PER_CHARACTER * windowCharacters + PADDING];
    }

    /// Starts over with `text`, which must not change until its last piece is read.
    void reset(CharSequence text) {
        this.text = text;
        textPosition = 0;
        filled = 0;
        cut = 0;
        end = 0;
        if (bytes.length > LARGEST_KEPT_BUFFER) {
            bytes = new byte[BYTES_PER_CHARACTER * characters.length + PADDING];
        }
    }

    /// Moves on to the next piece; false when the text is at its end.
    boolean next() {
        if (end == cut && !fill()) {
            return false;
        }
        start = end;
        end = SplitPattern.pieceEnd(bytes, start, cut);
        return true;
    }

    /// The buffer that holds the current piece; its content and the buffer itself change with `next()`.
    byte[] bytes() {
        return bytes;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    private boolean fill() {
        System.arraycopy(bytes, cut, bytes, 0, filled - cut);
        filled -= cut;
        cut = 0;
        end = 0;
        while (cut == 0 && textPosition < text.length()) {
            int searched = filled;
            transcodeWindow();
            cut = textPosition == text.length() ? filled : lastSafeCut(searched);
        }
        return cut > 0;
    }

    private void transcodeWindow() {
        int count = Math.min(characters.length, text.length() - textPosition);
        text.getChars(textPosition, textPosition + count, characters, 0);
        if (count > 1 && textPosition + count < text.length() && Character.isHighSurrogate(characters[count - 1])) {
            count--;
        }
        int needed = Math.addExact(filled, BYTES_PER_CHARACTER * count + PADDING);
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, Integer.MAX_VALUE - PADDING)));
        }
        filled = Utf8.encode(characters, count, bytes, filled);
        textPosition += count;
    }

    /// The last place, not before `from`, where a letter is followed by something else, or 0.
    private int lastSafeCut(int from) {
        int at = filled;
        boolean letterFollows = true;
        while (at > from) {
            int previous = Utf8.previous(bytes, at);
            boolean letter = CharacterClass.at(bytes, previous) == CharacterClass.LETTER;
            if (letter && !letterFollows) {
                return at;
            }
            letterFollows = letter;
            at = previous;
        }
        boolean letterBefore = at > 0 && CharacterClass.at(bytes, Utf8.previous(bytes, at)) == CharacterClass.LETTER;
        return letterBefore && !letterFollows ? at : 0;
    }
}
