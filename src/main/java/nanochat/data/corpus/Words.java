package nanochat.data.corpus;

import java.util.Arrays;
import java.util.List;

/// Words to spell, and whose letters to count. A word belongs to one split: what is tested, training never spells.
final class Words {
    /// Of a hundred words in training, how many are made up: whoever can copy those can copy any.
    private static final int MADE_UP_PERCENT = 25;
    private static final List<String> STARTS = List.of("b", "bl", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr",
            "h", "j", "k", "kn", "l", "m", "n", "p", "ph", "pl", "pr", "qu", "r", "s", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "st",
            "str",
            "sw", "t", "th", "tr", "tw", "v", "w", "wh", "x", "y", "z", "");
    private static final List<String> VOWELS = List.of("a", "e", "i", "o", "u", "a", "e", "i", "o", "ai", "ea", "ee", "oo", "ou", "ie",
            "y");
    private static final List<String> ENDS = List.of("", "", "", "b", "ck", "d", "ff", "g", "l", "ll", "m", "mp", "n", "nd", "ng", "nt",
            "p",
            "r", "rt", "s", "ss", "st", "t", "th", "tt", "x", "zz");
    private static final List<String> SUFFIXES = List.of("s", "ed", "ing", "er", "ness", "ful", "less", "ly", "tion", "able", "ment");

    private final List<String> words = Resource.lines("words.txt").stream().flatMap(line -> Arrays.stream(line.split(" ", -1))).toList();

    List<String> all() {
        return words;
    }

    /// A word of the list, of the split.
    String draw(Draw draw) {
        while (true) {
            String word = draw.of(words);
            if (draw.allows(word.hashCode())) {
                return word;
            }
        }
    }

    /// A word that questions in training may have, in the list or not.
    String drawAny(Draw draw) {
        if (draw.split() != Split.TRAIN || !draw.percent(MADE_UP_PERCENT)) {
            return draw(draw);
        }
        while (true) {
            String word = madeUp(draw);
            if (draw.allows(word.hashCode())) {
                return word;
            }
        }
    }

    /// Letters that make no word, and still look like one; or a word with an ending that it need not have.
    String madeUp(Draw draw) {
        if (draw.percent(40)) {
            return draw(draw) + draw.of(SUFFIXES);
        }
        StringBuilder word = new StringBuilder();
        for (int left = draw.between(1, 3); left > 0; left--) {
            word.append(draw.of(STARTS)).append(draw.of(VOWELS)).append(draw.of(ENDS));
        }
        return word.length() < 3 ? word + "t" + word : word.toString();
    }

    /// A word and a letter to count in it, from this split: four in five times a letter that occurs.
    LetterCount drawLetterCount(Draw draw) {
        return letterCount(draw, draw(draw));
    }

    /// The same with any word.
    LetterCount drawAnyLetterCount(Draw draw) {
        return letterCount(draw, drawAny(draw));
    }

    private static LetterCount letterCount(Draw draw, String word) {
        return new LetterCount(word, draw.percent(80) ? word.charAt(draw.random().nextInt(word.length())) : (char) draw.between('a', 'z'));
    }
}
