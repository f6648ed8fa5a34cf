package nanochat.data.corpus;

/// A word and its letters.
final class Spelling {
    private Spelling() {
    }

    /// Appends the letters of `word` with `separator` between them.
    static void appendLetters(String word, String separator, StringBuilder out) {
        for (int i = 0; i < word.length(); i++) {
            out.append(i == 0 ? "" : separator).append(word.charAt(i));
        }
    }

    static String backwards(String word) {
        return new StringBuilder(word).reverse().toString();
    }

    /// The word for the calculator, which takes off the space with which the word is the same tokens as in a question.
    static String stripped(String word) {
        return "\" " + word + "\".strip()";
    }

    static Template.Slot<String> slot(String name) {
        return switch (name) {
            case "word" -> (word, out) -> out.append(word);
            case "dashes" -> (word, out) -> appendLetters(word, "-", out);
            case "commas" -> (word, out) -> appendLetters(word, ", ", out);
            case "spaces" -> (word, out) -> appendLetters(word, " ", out);
            case "length" -> (word, out) -> out.append(word.length());
            case "first" -> (word, out) -> out.append(word.charAt(0));
            case "last" -> (word, out) -> out.append(word.charAt(word.length() - 1));
            case "backwards" -> (word, out) -> out.append(backwards(word));
            default -> throw new IllegalArgumentException("a spelling has no slot " + name);
        };
    }
}
