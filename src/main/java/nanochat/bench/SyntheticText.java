package nanochat.bench;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;

/// Text that is costly to tokenize in the way real text is, without being real: word frequencies by Zipf's law, a long tail of names that occur
/// once, sentences with punctuation, contractions and numbers, and some documents of code and of ideographs. The seed decides every character.
public final class SyntheticText implements Iterator<String> {
    private static final int LEXICON = 300_000;
    private static final String[] ONSETS = {"b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "ch",
        "sh", "th",
        "br", "pl", "gr", "qu", "j", "k"};
    private static final String[] NUCLEI = {"a", "e", "i", "o", "u", "ea", "ou", "ai", "ee", "io"};
    private static final String[] CODAS = {"", "", "", "n", "r", "s", "t", "l", "nd", "ng", "st", "m", "ck", "ss"};
    private static final String[] SUFFIXES = {"", "", "", "ed", "ing", "ly", "er", "s", "tion", "ness"};
    private static final String[] CONTRACTIONS = {"'s", "'t", "'re", "'ve", "'ll", "'d"};

    private final SplittableRandom documents;
    private final long characters;
    private final String[] lexicon;
    private long produced;

    /// The documents of `seed`, until they have `characters` characters together.
    public SyntheticText(long seed, long characters) {
        documents = new SplittableRandom(seed);
        this.characters = characters;
        lexicon = new String[LEXICON];
        SplittableRandom random = documents.split();
        for (int rank = 0; rank < LEXICON; rank++) {
            // Frequent words are short, as in every language.
            lexicon[rank] = word(random, 1 + (int) (Math.log10(rank + 1.0) * random.nextDouble() * 0.6));
        }
    }

    @Override
    public boolean hasNext() {
        return produced < characters;
    }

    @Override
    public String next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        SplittableRandom random = documents.split();
        int length = 500 + random.nextInt(8_000);
        StringBuilder text = new StringBuilder(length + 200);
        int kind = random.nextInt(100);
        while (text.length() < length) {
            if (kind < 5) {
                appendCode(text, random);
            } else if (kind < 6) {
                appendIdeographs(text, random);
            } else {
                appendSentence(text, random);
            }
        }
        produced += text.length();
        return text.toString();
    }

    private void appendSentence(StringBuilder text, SplittableRandom random) {
        int words = 4 + random.nextInt(22);
        for (int i = 0; i < words; i++) {
            int kind = random.nextInt(100);
            String word;
            if (kind < 2) {
                word = Integer.toString(random.nextInt(random.nextBoolean() ? 100 : 3_000));
            } else if (kind < 4) {
                word = capitalized(word(random, 1 + random.nextInt(3)));
            } else {
                word = common(random);
            }
            text.append(i == 0 ? capitalized(word) : word);
            if (kind == 99) {
                text.append(CONTRACTIONS[random.nextInt(CONTRACTIONS.length)]);
            }
            if (i + 1 < words) {
                text.append(kind > 90 && kind < 97 ? ", " : " ");
            }
        }
        int end = random.nextInt(20);
        text.append(end < 2 ? "?" : end < 3 ? "!\"" : ".");
        text.append(random.nextInt(6) == 0 ? "\n\n" : " ");
    }

    private void appendCode(StringBuilder text, SplittableRandom random) {
        String indent = "    ".repeat(random.nextInt(4));
        text.append(indent).append(common(random)).append('_').append(common(random));
        switch (random.nextInt(3)) {
            case 0 -> text.append(" = ").append(common(random)).append('(').append(random.nextInt(1_000)).append(");\n");
            case 1 -> text.append(".get(\"").append(common(random)).append("\") != null) {\n");
            default -> text.append("++; // ").append(common(random)).append(' ').append(common(random)).append("\n\n");
        }
    }

    private static void appendIdeographs(StringBuilder text, SplittableRandom random) {
        int length = 5 + random.nextInt(20);
        for (int i = 0; i < length; i++) {
            text.append((char) (0x4E00 + zipf(random, 4_000)));
        }
        text.append(random.nextInt(4) == 0 ? "。\n" : "，");
    }

    private String common(SplittableRandom random) {
        return lexicon[zipf(random, LEXICON)];
    }

    /// A rank in `[0, size)` with a probability close to proportional to `1 / (rank + 1)`.
    private static int zipf(SplittableRandom random, int size) {
        return (int) (Math.exp(random.nextDouble() * Math.log(size)) - 1);
    }

    private static String capitalized(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private static String word(SplittableRandom random, int syllables) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < syllables; i++) {
            word.append(pick(random, ONSETS)).append(pick(random, NUCLEI)).append(pick(random, CODAS));
        }
        return syllables > 1 ? word.append(pick(random, SUFFIXES)).toString() : word.toString();
    }

    private static String pick(SplittableRandom random, String[] from) {
        return from[random.nextInt(from.length)];
    }
}
