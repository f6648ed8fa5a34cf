package nanochat.data.corpus;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// How people put a question: with a greeting, a reason, thanks, without a question mark, in small letters, shortened, with slips, and with words that nobody wrote
/// down here. For the last, some questions get a word that has nothing to do with them, in place of one that the reply does not repeat, so
/// that the model learns to answer what it understands of a question. Only training questions are put so.
final class Manner {
    /// Of a hundred questions, how many get something before or after them.
    private static final int ADORNED_PERCENT = 18;
    /// And how many then lose their capital letter, or their mark.
    private static final int CARELESS_PERCENT = 12;
    /// And how many get a strange word.
    private static final int STRANGE_PERCENT = 28;
    /// How many are typed in small letters throughout, most of them without a mark at the end, some shortened.
    private static final int SMALL_PERCENT = 40;
    private static final int UNMARKED_PERCENT = 80;
    private static final int SHORTENED_PERCENT = 35;
    /// And how many have a slip of the finger.
    private static final int SLIP_PERCENT = 8;

    /// Shorter words hold a sentence together.
    private static final Pattern WORD = Pattern.compile("(?<![\\p{L}\\p{N}\"'])\\p{Ll}{3,}(?![\\p{L}\\p{N}\"'])");
    /// Words that decide the reply without being in it: without them, something else is asked.
    private static final Set<String> DECISIVE_WORDS = Set.of("after", "ago", "ahead", "backward", "before", "begins", "begun", "behind",
            "beyond", "child", "colored", "coming", "digits", "divided", "earlier", "ended", "ends", "figure", "figures", "followed",
            "following", "follows", "forward", "just", "later", "letters", "minus", "next", "numeral", "over", "passed", "plus",
            "preceded", "precedes", "preceding", "predecessor", "previous", "prior", "second", "started", "starts", "succeeded",
            "succeeds", "successor", "times", "today", "tomorrow", "two", "was", "weekday", "word", "words", "yesterday", "young");

    /// How people shorten what they type.
    private record Shortening(Pattern written, List<String> typed) {
        private static Shortening of(String written, String... typed) {
            return new Shortening(Pattern.compile("\\b" + written + "\\b"), List.of(typed));
        }
    }

    private static final List<Shortening> SHORTENINGS = List.of(Shortening.of("what is", "whats", "what's", "wats"),
            Shortening.of("please", "pls", "plz"), Shortening.of("you", "u"), Shortening.of("do not", "dont", "don't"),
            Shortening.of("i am", "im", "i'm"), Shortening.of("who is", "whos", "who's"), Shortening.of("cannot", "cant", "can't"),
            Shortening.of("thanks", "thx", "ty"));

    /// First words that need no capital letter where they do not begin a sentence.
    private static final Set<String> COMMON_WORDS = Set.of("After", "Before", "Calculate", "Can", "Compute", "Could", "Count", "Do", "Does",
            "Find", "Give", "How", "Is", "Name", "Of", "On", "Please", "Put", "Say", "Solve", "Spell", "Tell", "The", "There", "To", "What",
            "What's", "When", "Where", "Which", "Who", "Whose", "Write");

    private final List<Template<String>> adornments;
    private final Words words;

    Manner(Words words) {
        this.words = words;
        adornments = new Sections("questions.txt").templates("manner", Manner::slot);
    }

    private static Template.Slot<String> slot(String name) {
        if (!name.equals("question")) {
            throw new IllegalArgumentException("a manner has a slot question, not " + name);
        }
        return (question, out) -> out.append(question);
    }

    /// The question as somebody asks it.
    ///
    /// @param reply what is said to it
    String apply(Draw draw, String question, String reply) {
        String asked = draw.percent(STRANGE_PERCENT) ? withStrangeWord(draw, question, reply) : question;
        if (draw.percent(ADORNED_PERCENT)) {
            asked = draw.of(adornments).render(uncapitalized(asked));
        }
        asked = draw.percent(CARELESS_PERCENT) ? uncapitalized(asked) : asked;
        return draw.percent(CARELESS_PERCENT) ? unmarked(asked) : asked;
    }

    /// The question as somebody in a hurry types it.
    ///
    /// @param reply what is said to it
    String typed(Draw draw, String question, String reply) {
        String asked = draw.percent(SLIP_PERCENT) ? withSlip(draw, question, reply) : question;
        return draw.percent(SMALL_PERCENT) ? small(draw, asked) : asked;
    }

    private static String small(Draw draw, String question) {
        String asked = question.toLowerCase(Locale.ROOT);
        if (draw.percent(SHORTENED_PERCENT)) {
            for (Shortening shortening : SHORTENINGS) {
                asked = shortening.written.matcher(asked).replaceAll(draw.of(shortening.typed));
            }
        }
        return draw.percent(UNMARKED_PERCENT) ? unmarked(asked) : asked;
    }

    private static String unmarked(String question) {
        return question.length() > 1 && (question.endsWith("?") || question.endsWith(".") || question.endsWith("!"))
                ? question.substring(0, question.length() - 1)
                : question;
    }

    /// One letter too few or too many, or two in the wrong order, in a word that the reply does not repeat.
    private static String withSlip(Draw draw, String question, String reply) {
        List<MatchResult> words = replaceable(question, reply).stream().filter(word -> word.group().length() > 3).toList();
        if (words.isEmpty()) {
            return question;
        }
        MatchResult word = draw.of(words);
        int at = draw.between(word.start() + 1, word.end() - 2);
        return question.substring(0, at) + switch (draw.between(1, 3)) {
            case 1 -> question.substring(at + 1);
            case 2 -> question.charAt(at) + question.substring(at);
            default -> "" + question.charAt(at + 1) + question.charAt(at) + question.substring(at + 2);
        };
    }

    private static List<MatchResult> replaceable(String question, String reply) {
        String said = reply.toLowerCase(Locale.ROOT);
        return WORD.matcher(question).results().filter(word -> !said.contains(word.group()) && !DECISIVE_WORDS.contains(word.group()))
                .toList();
    }

    private String withStrangeWord(Draw draw, String question, String reply) {
        List<MatchResult> replaceable = replaceable(question, reply);
        if (replaceable.isEmpty()) {
            return question;
        }
        MatchResult word = draw.of(replaceable);
        return question.substring(0, word.start()) + strangeWord(draw) + question.substring(word.end());
    }

    /// A common word, or letters that are no word at all: what the tokenizer cuts into pieces that mean something else elsewhere.
    private String strangeWord(Draw draw) {
        if (draw.percent(50)) {
            return words.draw(draw);
        }
        StringBuilder letters = new StringBuilder();
        for (int left = draw.between(3, 8); left > 0; left--) {
            String choices = draw.percent(40) ? "aeiou" : "bcdfghklmnprstvwy";
            letters.append(choices.charAt(draw.random().nextInt(choices.length())));
        }
        return letters.toString();
    }

    private static String uncapitalized(String question) {
        int end = question.indexOf(' ');
        return end > 0 && COMMON_WORDS.contains(question.substring(0, end))
                ? question.substring(0, 1).toLowerCase(Locale.ROOT) + question.substring(1)
                : question;
    }
}
