package nanochat.data.corpus;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// How people put a question: with a greeting, a reason, thanks, without a question mark, in small letters, and with words that nobody wrote
/// down here. For the last, some questions get a word that has nothing to do with them, in place of one that the reply does not repeat, so
/// that the model learns to answer what it understands of a question. Only training questions are put so.
final class Manner {
    /// Of a hundred questions, how many get something before or after them.
    private static final int ADORNED_PERCENT = 25;
    /// And how many then lose their capital letter, or their mark.
    private static final int CARELESS_PERCENT = 12;
    /// And how many get a strange word.
    private static final int STRANGE_PERCENT = 35;

    /// Shorter words hold a sentence together.
    private static final Pattern WORD = Pattern.compile("(?<![\\p{L}\\p{N}\"'])\\p{Ll}{3,}(?![\\p{L}\\p{N}\"'])");
    /// Words that decide the reply without being in it: without them, something else is asked.
    private static final Set<String> DECISIVE_WORDS = Set.of("after", "ago", "ahead", "backward", "before", "begins", "begun", "behind",
            "beyond", "child", "colored", "coming", "digits", "divided", "earlier", "ended", "ends", "figure", "figures", "followed",
            "following", "follows", "forward", "just", "later", "letters", "minus", "next", "numeral", "over", "passed", "plus",
            "preceded", "precedes", "preceding", "predecessor", "previous", "prior", "second", "started", "starts", "succeeded",
            "succeeds", "successor", "times", "today", "tomorrow", "two", "was", "weekday", "word", "words", "yesterday", "young");

    /// First words that need no capital letter where they do not begin a sentence.
    private static final Set<String> COMMON_WORDS = Set.of("After", "Before", "Calculate", "Can", "Compute", "Could", "Count", "Do", "Does",
            "Find", "Give", "How", "Is", "Name", "Of", "On", "Please", "Put", "Say", "Solve", "Spell", "Tell", "The", "There", "To", "What",
            "What's", "When", "Where", "Which", "Who", "Whose", "Write");

    private final List<Template<String>> adornments;
    private final Words words = new Words();

    Manner() {
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
        if (draw.percent(CARELESS_PERCENT)) {
            asked = uncapitalized(asked);
        }
        if (draw.percent(CARELESS_PERCENT) && (asked.endsWith("?") || asked.endsWith("."))) {
            asked = asked.substring(0, asked.length() - 1);
        }
        return asked;
    }

    private String withStrangeWord(Draw draw, String question, String reply) {
        String said = reply.toLowerCase(Locale.ROOT);
        List<MatchResult> replaceable = WORD.matcher(question).results()
                .filter(word -> !said.contains(word.group()) && !DECISIVE_WORDS.contains(word.group())).toList();
        if (replaceable.isEmpty()) {
            return question;
        }
        MatchResult word = draw.of(replaceable);
        return question.substring(0, word.start()) + strangeWord(draw) + question.substring(word.end());
    }

    /// A common word, or letters that are no word at all: what the tokenizer cuts into pieces that mean something else elsewhere.
    private String strangeWord(Draw draw) {
        if (draw.percent(50)) {
            return draw.of(words.all());
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
