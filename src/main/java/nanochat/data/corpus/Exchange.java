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
        FACT(45),
        /// Two numbers, worked out by the calculator.
        ARITHMETIC(16),
        /// An equation with one unknown, worked out by the calculator.
        EQUATION(4),
        /// How often a letter occurs in a word, counted by the calculator.
        LETTER_COUNT(18),
        /// The letters of a word.
        SPELLING(2),
        /// Greetings, thanks, and talk about this and that.
        SMALL_TALK(5),
        /// Who the assistant is, what it was trained on, what it can and cannot do.
        IDENTITY(5),
        /// Things nobody could know from the corpus: invented places and people, private matters, the news.
        UNKNOWN(5);

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
