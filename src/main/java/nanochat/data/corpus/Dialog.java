package nanochat.data.corpus;

import java.util.List;
import java.util.function.Function;

/// The ways to ask for one thing, and to reply. A section of `conversations.txt`: lines that start with `ask`, `held-out ask`, `reply`.
///
/// @param <C> what the slots are filled from
final class Dialog<C> {
    private final List<Template<C>> questions;
    private final List<Template<C>> heldOutQuestions;
    private final List<Template<C>> replies;

    /// Reads the section `name`.
    Dialog(Sections sections, String name, Function<String, Template.Slot<C>> slots) {
        List<String> lines = sections.lines(name);
        questions = select("ask ", lines, slots);
        heldOutQuestions = select("held-out ask ", lines, slots);
        replies = select("reply ", lines, slots);
        if (questions.isEmpty() || heldOutQuestions.isEmpty() || questions.size() + heldOutQuestions.size() + replies.size() < lines
                .size()) {
            throw new IllegalStateException("conversations.txt: section [" + name + "] needs lines of ask, held-out ask, reply, no others");
        }
    }

    private static <C> List<Template<C>> select(String prefix, List<String> lines, Function<String, Template.Slot<C>> slots) {
        return lines.stream().filter(line -> line.startsWith(prefix)).map(line -> Template.parse(line.substring(prefix.length()), slots))
                .toList();
    }

    /// A question in words that the split may use: in training the training ones, in validation only held-out ones.
    String question(Draw draw, C context) {
        return draw.of(draw.split() == Split.TRAIN ? questions : heldOutQuestions).render(context);
    }

    String reply(Draw draw, C context) {
        return draw.of(replies).render(context);
    }

    /// All the replies, each as good as the others.
    List<String> replies(C context) {
        return replies.stream().map(reply -> reply.render(context)).toList();
    }
}
