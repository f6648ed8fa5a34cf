package nanochat.tokenizer;

import java.util.SplittableRandom;

/// Text to be afraid of: every plane, lone surrogates, controls, runs of white space and line ends, contractions in all cases.
final class RandomText {
    private static final String[] FRAGMENTS = {"'s", "'S", "'\u017F", "'ll", "'Ll", "'lL", "'l", "'ve", "'vE", "'re", "'r", "'\u212A", "'d",
        "'m", "'T",
        "''", "'", " ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", " \n", "\u0085", "\u00A0", "\u1680", "\u2028", "\u2029", "\u202F", "\u3000",
        "\u200B", "\u180E", "\uFEFF", "\u001C", "\u000B", "\f", "word", "Ünï", "日本", "語", "한국", "ст", "م", "e\u0301", "\u0301", "1", "12",
        "123", "٣",
        "Ⅷ", "²", "½", "\uD835\uDFD8", "\uD835\uDD18", "🙂", "👩\u200D👧", "🇫🇷", "!", "?!", "...", "_", "$", "<|bos|>", "\uFFFD",
        "\uD800", "\uDC00", "\uDBFF",
        "\uDFFF", "\uD83D", "\u0000", "\u007F", "\u0130", "ﬅ", "ſ", "K"};

    private RandomText() {
    }

    /// A text of `parts` fragments, single random characters and short runs of one character.
    static String of(SplittableRandom random, int parts) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts; i++) {
            switch (random.nextInt(8)) {
                case 0 -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
                case 1 -> text.append((char) random.nextInt(1 << 16));
                case 2 -> text.append((char) random.nextInt(0x250));
                case 3 -> text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)].repeat(1 + random.nextInt(5)));
                default -> text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
            }
        }
        return text.toString();
    }

    /// `text` with every surrogate that has no partner replaced by U+FFFD.
    static String wellFormed(String text) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(c -> result.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c));
        return result.toString();
    }
}
