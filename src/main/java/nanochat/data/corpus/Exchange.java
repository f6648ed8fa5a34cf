package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Message;

/// A question and the reply to it.
///
/// @param kind what the question is about
/// @param question what the user says
/// @param reply what the assistant says and computes
/// @param answer what any right reply has to say
public record Exchange(Kind kind, String question, Message.Assistant reply, Answer answer) {
    /// What questions are about, and how many of a hundred exchanges are of each kind.
    public enum Kind {
        /// A fact of [Facts].
        FACT(33),
        /// Whether a fact is so.
        FACT_CHECK(4),
        /// All that is known of one thing.
        PORTRAIT(3),
        /// Some or all members of a collection, and counting.
        LIST(5),
        /// Two numbers, worked out by the calculator.
        ARITHMETIC(11),
        /// Two to four numbers in signs, worked out by the calculator.
        EXPRESSION(8),
        /// An equation with one unknown, worked out by the calculator.
        EQUATION(2),
        /// How often a letter occurs in a word, counted by the calculator.
        LETTER_COUNT(8),
        /// The letters of a word, told apart by the calculator.
        SPELLING(3),
        /// First and last letters, lengths, words backwards.
        LETTERS(3),
        /// Greetings, thanks, and talk about this and that.
        SMALL_TALK(6),
        /// Who the assistant is, what it was trained on, what it can and cannot do.
        IDENTITY(4),
        /// Things nobody could know from the corpus: the world beyond it, invented places and people, private matters, the news.
        UNKNOWN(6),
        /// What a small model cannot do: write a song, translate, look something up.
        REQUEST(3),
        /// What means nothing.
        NONSENSE(1);

        private final int percent;

        Kind(int percent) {
            this.percent = percent;
        }

        /// Of a hundred exchanges, how many are of this kind.
        public int percent() {
            return percent;
        }
    }

    /// What the user says, and the reply.
    public List<Message> messages() {
        return List.of(new Message.User(question), reply);
    }

    /// The same, asked in other words.
    Exchange asked(String newQuestion) {
        return new Exchange(kind, newQuestion, reply, answer);
    }
}
