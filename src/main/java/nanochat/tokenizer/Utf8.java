package nanochat.tokenizer;

/// UTF-8 as the tokenizer needs it: characters to bytes without garbage, and where an unfinished character begins.
final class Utf8 {
    private static final int REPLACEMENT = 0xFFFD;

    private Utf8() {
    }

    /// The number of bytes of the character that starts with `lead`.
    static int width(byte lead) {
        if (lead >= 0) {
            return 1;
        }
        int unsigned = lead & 0xFF;
        return unsigned < 0xE0 ? 2 : unsigned < 0xF0 ? 3 : 4;
    }

    /// The code point that starts at `utf8[at]`; the form must be whole and valid.
    static int codePointAt(byte[] utf8, int at) {
        int lead = utf8[at];
        return switch (width((byte) lead)) {
            case 1 -> lead;
            case 2 -> (lead & 0x1F) << 6 | (utf8[at + 1] & 0x3F);
            case 3 -> (lead & 0x0F) << 12 | (utf8[at + 1] & 0x3F) << 6 | (utf8[at + 2] & 0x3F);
            default -> (lead & 0x07) << 18 | (utf8[at + 1] & 0x3F) << 12 | (utf8[at + 2] & 0x3F) << 6 | (utf8[at + 3] & 0x3F);
        };
    }

    /// Where the character before `at` starts; there must be one.
    static int previous(byte[] utf8, int at) {
        int start = at - 1;
        while ((utf8[start] & 0xC0) == 0x80) {
            start--;
        }
        return start;
    }

    /// Writes `chars[0..count)` to `utf8` from `at` on and returns the end; three bytes a char must fit. A surrogate without its
    /// partner becomes U+FFFD, so the bytes are always valid.
    static int encode(char[] chars, int count, byte[] utf8, int at) {
        int end = at;
        for (int i = 0; i < count; i++) {
            char c = chars[i];
            if (c < 0x80) {
                utf8[end++] = (byte) c;
            } else if (c < 0x800) {
                utf8[end++] = (byte) (0xC0 | c >> 6);
                utf8[end++] = (byte) (0x80 | (c & 0x3F));
            } else if (Character.isHighSurrogate(c) && i + 1 < count && Character.isLowSurrogate(chars[i + 1])) {
                int codePoint = Character.toCodePoint(c, chars[++i]);
                utf8[end++] = (byte) (0xF0 | codePoint >> 18);
                utf8[end++] = (byte) (0x80 | (codePoint >> 12 & 0x3F));
                utf8[end++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
                utf8[end++] = (byte) (0x80 | (codePoint & 0x3F));
            } else {
                int codePoint = Character.isSurrogate(c) ? REPLACEMENT : c;
                utf8[end++] = (byte) (0xE0 | codePoint >> 12);
                utf8[end++] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
                utf8[end++] = (byte) (0x80 | (codePoint & 0x3F));
            }
        }
        return end;
    }

    /// The end of the longest prefix of `bytes[0..count)` that later bytes cannot change: `count`, or the start of a character that
    /// is valid as far as it goes but not whole yet.
    static int completeEnd(byte[] bytes, int count) {
        int start = count - 1;
        while (start >= 0 && count - start < 4 && (bytes[start] & 0xC0) == 0x80) {
            start--;
        }
        return start >= 0 && isUnfinished(bytes, start, count) ? start : count;
    }

    /// Whether `bytes[start..end)` is a proper prefix of some character's form (the table of well-formed sequences in the Unicode
    /// Standard, section 3.9), or of a surrogate's, which `String` replaces as a whole.
    private static boolean isUnfinished(byte[] bytes, int start, int end) {
        int lead = bytes[start] & 0xFF;
        int present = end - start;
        if (lead < 0xC2 || lead > 0xF4 || present >= width(bytes[start])) {
            return false;
        }
        if (present == 1) {
            return true;
        }
        int second = bytes[start + 1] & 0xFF;
        return switch (lead) {
            case 0xE0 -> second >= 0xA0;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }
}
