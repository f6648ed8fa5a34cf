package nanochat.tokenizer;

/// The five classes of characters that the split pattern tells apart, by the Unicode version of the running JDK.
///
/// Classes are plain bytes, not an enum, because they are looked up once per character of every text; characters of the Basic
/// Multilingual Plane come from a table.
final class CharacterClass {
    /// `\p{L}`
    static final byte LETTER = 0;
    /// `\p{N}`
    static final byte NUMBER = 1;
    /// `[\r\n]`
    static final byte LINE_END = 2;
    /// `\s` (the property White_Space) without `[\r\n]`
    static final byte SPACE = 3;
    /// `[^\s\p{L}\p{N}]`: punctuation, symbols, marks, controls, unassigned, surrogates
    static final byte OTHER = 4;

    private static final byte[] BASIC_PLANE = new byte[1 << 16];

    static {
        for (int c = 0; c < BASIC_PLANE.length; c++) {
            BASIC_PLANE[c] = compute(c);
        }
    }

    private CharacterClass() {
    }

    /// The class of a code point.
    static byte of(int codePoint) {
        return codePoint < 1 << 16 ? BASIC_PLANE[codePoint] : compute(codePoint);
    }

    /// The class of the character whose UTF-8 form starts at `utf8[at]`; the form must be whole and valid.
    static byte at(byte[] utf8, int at) {
        int lead = utf8[at];
        return lead >= 0 ? BASIC_PLANE[lead] : of(Utf8.codePointAt(utf8, at));
    }

    static boolean isAsciiLetter(byte utf8) {
        return (utf8 | 0x20) >= 'a' && (utf8 | 0x20) <= 'z';
    }

    private static byte compute(int codePoint) {
        if (codePoint == '\r' || codePoint == '\n') {
            return LINE_END;
        }
        if ((codePoint >= 0x9 && codePoint <= 0xD) || codePoint == 0x85) {
            return SPACE;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER, Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> OTHER;
        };
    }
}
