package nanochat.data.corpus;

/// How often a letter occurs in a word.
record LetterCount(String word, char letter) {
    int count() {
        return (int) word.chars().filter(c -> c == letter).count();
    }

    /// `" hello".count("l")`, the expression a calculator understands. With its space the word is the same tokens as in a question.
    String expression() {
        return "\" " + word + "\".count(\"" + letter + "\")";
    }

    /// `2 times`, `1 time`.
    String times() {
        return count() == 1 ? "1 time" : count() + " times";
    }

    /// `are 2 letters`, `is 1 letter`.
    String letters() {
        return count() == 1 ? "is 1 letter" : "are " + count() + " letters";
    }

    /// The letters with a running count after each hit: `h, e, l (1), l (2), o`.
    private void appendSteps(StringBuilder out) {
        int seen = 0;
        for (int i = 0; i < word.length(); i++) {
            out.append(i == 0 ? "" : ", ").append(word.charAt(i));
            if (word.charAt(i) == letter) {
                out.append(" (").append(++seen).append(')');
            }
        }
    }

    static Template.Slot<LetterCount> slot(String name) {
        return switch (name) {
            case "word" -> (count, out) -> out.append(count.word);
            case "letter" -> (count, out) -> out.append(count.letter);
            case "count" -> (count, out) -> out.append(count.count());
            case "times" -> (count, out) -> out.append(count.times());
            case "are letters" -> (count, out) -> out.append(count.letters());
            case "dashes" -> (count, out) -> Spelling.appendLetters(count.word, "-", out);
            case "commas" -> (count, out) -> Spelling.appendLetters(count.word, ", ", out);
            case "steps" -> LetterCount::appendSteps;
            default -> throw new IllegalArgumentException("a letter count has no slot " + name);
        };
    }
}
