package nanochat.data.corpus;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a right reply to a question has to say.
public sealed interface Answer {
    /// Whether a reply says it.
    ///
    /// @param reply the text that the user reads, without tool calls
    boolean isGivenBy(String reply);

    /// A word or a few, to be found in the reply as whole words, the first letter in either case.
    ///
    /// @param times how often at least: twice where the question's subject, which a reply repeats, is the same word ("The capital of Singapore
    /// is Singapore.")
    record Words(String words, int times) implements Answer {
        /// The words, as often as `reply`, which is right, says them.
        static Words in(String reply, String words) {
            return new Words(words, Math.max(1, occurrences(reply, words)));
        }

        @Override
        public boolean isGivenBy(String reply) {
            return occurrences(reply, words) >= times;
        }

        private static int occurrences(String text, String words) {
            String first = words.substring(0, 1);
            Matcher matcher = Pattern.compile("(?<![\\p{L}\\p{N}])(?i:" + Pattern.quote(first) + ")" + Pattern.quote(words.substring(1))
                    + "(?![\\p{L}\\p{N}])").matcher(text);
            int found = 0;
            while (matcher.find()) {
                found++;
            }
            return found;
        }
    }

    /// A whole number: the last one of the reply.
    record LastNumber(long value) implements Answer {
        private static final Pattern NUMBER = Pattern.compile("-?[0-9][0-9,]*(\\.[0-9]+)?");

        @Override
        public boolean isGivenBy(String reply) {
            return last(reply).filter(Long.toString(value)::equals).isPresent();
        }

        private static Optional<String> last(String reply) {
            return NUMBER.matcher(reply).results().map(match -> match.group().replace(",", "")).reduce((_, later) -> later);
        }
    }

    /// A number as the calculator prints it, whole or not: the last one of the reply.
    record LastDecimal(String value) implements Answer {
        @Override
        public boolean isGivenBy(String reply) {
            return LastNumber.last(reply).filter(value::equals).isPresent();
        }
    }

    /// What x is: the reply says `x = 2` or `x is 2`.
    record ValueOfX(long value) implements Answer {
        @Override
        public boolean isGivenBy(String reply) {
            return Pattern.compile("\\bx (=|is) " + value + "(?![0-9.]?[0-9])").matcher(reply).find();
        }
    }

    /// Yes or no: the first word of the reply.
    record YesOrNo(boolean yes) implements Answer {
        @Override
        public boolean isGivenBy(String reply) {
            return reply.strip().toLowerCase(Locale.ROOT).matches((yes ? "yes" : "no") + "\\b.*");
        }
    }

    /// So many members of a collection, none twice, and nothing else of it.
    ///
    /// @param members in any order
    record Members(List<String> members, int count) implements Answer {
        public Members {
            members = List.copyOf(members);
        }

        @Override
        public boolean isGivenBy(String reply) {
            return members.stream().filter(member -> Words.occurrences(reply, member) > 0).count() == count;
        }
    }

    /// That the assistant does not know, cannot do or did not understand something, in whatever words it has for that.
    record Honest() implements Answer {
        private static final Pattern HONEST = Pattern.compile(
                "\\b(do not|did not|cannot|can not|nothing about|unable|only know)\\b|n't\\b");

        @Override
        public boolean isGivenBy(String reply) {
            return HONEST.matcher(reply).find();
        }
    }

    /// Words by a regular expression, found anywhere, in upper or lower case.
    record Says(String regex) implements Answer {
        @Override
        public boolean isGivenBy(String reply) {
            return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.DOTALL).matcher(reply).find();
        }
    }

    /// One thing or another.
    record Either(Answer one, Answer other) implements Answer {
        @Override
        public boolean isGivenBy(String reply) {
            return one.isGivenBy(reply) || other.isGivenBy(reply);
        }
    }

    /// One of several replies, word for word.
    record OneOf(List<String> replies) implements Answer {
        public OneOf {
            replies = List.copyOf(replies);
        }

        @Override
        public boolean isGivenBy(String reply) {
            return replies.contains(reply.strip());
        }
    }
}
