package nanochat.data.corpus;

import java.util.Arrays;
import java.util.List;

/// The common words that the corpus spells.
final class Words {
    private final List<String> words = Resource.lines("words.txt").stream().flatMap(line -> Arrays.stream(line.split(" ", -1))).toList();

    List<String> all() {
        return words;
    }

    /// A word that may be spelled in this split.
    String drawSpelling(Draw draw) {
        while (true) {
            String word = draw.of(words);
            if (draw.allows(word.hashCode())) {
                return word;
            }
        }
    }

    /// A word and a letter to count in it, from this split: four in five times a letter that occurs.
    LetterCount drawLetterCount(Draw draw) {
        while (true) {
            String word = draw.of(words);
            char letter = draw.percent(80) ? word.charAt(draw.random().nextInt(word.length())) : (char) draw.between('a', 'z');
            LetterCount count = new LetterCount(word, letter);
            if (draw.allows(count.key())) {
                return count;
            }
        }
    }
}
