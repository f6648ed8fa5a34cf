package nanochat.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// A text with blanks as a user writes it: `__` (or more underscores) is a blank of one token, `__3__` of three.
///
/// @param tokens bos, and the text with the mask in its blanks
/// @param blanks where they are in the tokens
record GappedText(int[] tokens, List<Blank> blanks) {
    private static final Pattern BLANK = Pattern.compile("_{2,}(?:(\\d+)_{2,})?");
    private static final int LONGEST_BLANK = 9999;

    /// Tokens from `from` to before `to`.
    record Blank(int from, int to) {}

    /// @throws BadInputException when there is no blank, or one of no length
    static GappedText of(String text, Tokenizer tokenizer, int mask) {
        List<Integer> tokens = new ArrayList<>(List.of(tokenizer.id(SpecialToken.BOS)));
        List<Blank> blanks = new ArrayList<>();
        int end = 0;
        for (MatchResult blank : BLANK.matcher(text).results().toList()) {
            add(tokens, tokenizer.encode(text.substring(end, blank.start())));
            int count = blank.group(1) == null ? 1 : count(blank.group(1));
            blanks.add(new Blank(tokens.size(), tokens.size() + count));
            IntStream.range(0, count).forEach(_ -> tokens.add(mask));
            end = blank.end();
        }
        if (blanks.isEmpty()) {
            throw new BadInputException("There is no blank in the text. __ is a blank of one token, __3__ of three");
        }
        add(tokens, tokenizer.encode(text.substring(end)));
        return new GappedText(tokens.stream().mapToInt(Integer::intValue).toArray(), List.copyOf(blanks));
    }

    private static int count(String digits) {
        int count = digits.length() > 4 ? LONGEST_BLANK + 1 : Integer.parseInt(digits);
        if (count < 1 || count > LONGEST_BLANK) {
            throw new BadInputException("A blank has 1 to " + LONGEST_BLANK + " tokens, not " + digits);
        }
        return count;
    }

    private static void add(List<Integer> tokens, int... more) {
        Arrays.stream(more).forEach(tokens::add);
    }

    /// The text, filled.
    ///
    /// @param filled the tokens with others in the blanks
    String whole(Tokenizer tokenizer, int... filled) {
        return tokenizer.decode(Arrays.copyOfRange(filled, 1, filled.length));
    }

    /// What came into each blank.
    List<String> parts(Tokenizer tokenizer, int... filled) {
        return blanks.stream().map(blank -> tokenizer.decode(Arrays.copyOfRange(filled, blank.from, blank.to))).toList();
    }
}
