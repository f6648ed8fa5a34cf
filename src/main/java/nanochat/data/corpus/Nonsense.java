package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Message.Assistant;

/// What means nothing: fingers on the keyboard, words in no order, marks alone. The reply says so, and what could be asked instead.
final class Nonsense {
    private static final List<String> ROWS = List.of("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz",
            "1234567890");
    private static final List<String> SYLLABLES = List.of("la", "blah", "ha", "bla", "da", "na", "ba", "dum", "wub", "zz", "goo", "ga",
            "bip",
            "pew", "yada", "doo", "meh", "boing", "brr", "ugh");
    private static final String MARKS = "?!.#$%&*+-/@^_~;:,";
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzbcdfghjklmnpqrstvwxzbcdfghjklmnpqrstvwxz";

    private final Words words;
    private final List<String> replies;

    Nonsense(Sections sections, Words words) {
        this.words = words;
        replies = sections.lines("nonsense");
    }

    Exchange exchange(Draw draw) {
        return new Exchange(Exchange.Kind.NONSENSE, message(draw), new Assistant(draw.of(replies)), new Answer.Honest());
    }

    private String message(Draw draw) {
        while (true) {
            String message = any(draw);
            if (draw.allows(message.hashCode())) {
                return message;
            }
        }
    }

    private String any(Draw draw) {
        return switch (draw.between(1, 12)) {
            case 1, 2, 3 -> letters(draw, LETTERS, draw.between(3, 9));
            case 4 -> ofRow(draw);
            case 5 -> draw.of(SYLLABLES).repeat(draw.between(1, 4));
            case 6 -> String.join(" ", List.of(draw.of(SYLLABLES), draw.of(SYLLABLES), draw.of(SYLLABLES)).subList(0, draw.between(2, 3)));
            case 7 -> ("" + LETTERS.charAt(draw.between(0, 25))).repeat(draw.between(2, 7));
            case 8 -> letters(draw, draw.percent(60) ? "" + MARKS.charAt(draw.between(0, 3)) : MARKS, draw.between(1, 5));
            case 9 -> letters(draw, LETTERS, draw.between(3, 6)) + " " + letters(draw, LETTERS, draw.between(2, 7));
            case 10 -> words.madeUp(draw) + " " + words.madeUp(draw) + (draw.percent(50) ? " " + words.madeUp(draw) : "");
            case 11 -> words.draw(draw) + " " + words.draw(draw) + (draw.percent(60) ? " " + words.draw(draw) : "");
            default -> draw.percent(70) ? words.madeUp(draw) : "" + draw.between(0, 2000);
        };
    }

    private static String ofRow(Draw draw) {
        String row = draw.of(ROWS);
        int length = draw.between(3, row.length());
        int start = draw.between(0, row.length() - length);
        return row.substring(start, start + length);
    }

    private static String letters(Draw draw, String choices, int count) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < count; i++) {
            letters.append(choices.charAt(draw.between(0, choices.length() - 1)));
        }
        return letters.toString();
    }
}
