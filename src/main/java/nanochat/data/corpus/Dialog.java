package nanochat.data.corpus;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// The ways to ask for one thing, and to reply. A section of a file, or of one of `problems.txt` a part: lines that start with `ask`,
/// `held-out ask`, `test ask`, `reply`; perhaps `practice ask`.
///
/// @param <C> what the slots are filled from
final class Dialog<C> {
    private final Map<Split, List<Template<C>>> questions = new EnumMap<>(Split.class);
    /// For training by rewards: questions to which no reply is ever shown; those of training where there are none.
    private final List<Template<C>> practice;
    private final List<Template<C>> replies;

    /// Reads the section `name`.
    Dialog(Sections sections, String name, Function<String, Template.Slot<C>> slots) {
        this(name, sections.lines(name), slots);
    }

    /// @param name of the section that the lines are from
    Dialog(String name, List<String> lines, Function<String, Template.Slot<C>> slots) {
        questions.put(Split.TRAIN, select("ask ", lines, slots));
        questions.put(Split.VALIDATION, select("held-out ask ", lines, slots));
        questions.put(Split.TEST, select("test ask ", lines, slots));
        List<Template<C>> others = select("practice ask ", lines, slots);
        practice = others.isEmpty() ? questions.getOrDefault(Split.TRAIN, List.of()) : others;
        replies = select("reply ", lines, slots);
        int understood = replies.size() + others.size() + questions.values().stream().mapToInt(List::size).sum();
        if (questions.values().stream().anyMatch(List::isEmpty) || understood < lines.size()) {
            throw new IllegalStateException(
                    "the section [" + name + "] needs lines of ask, held-out ask, test ask, reply, perhaps practice ask, no others");
        }
    }

    private static <C> List<Template<C>> select(String prefix, List<String> lines, Function<String, Template.Slot<C>> slots) {
        return lines.stream().filter(line -> line.startsWith(prefix)).map(line -> Template.parse(line.substring(prefix.length()), slots))
                .toList();
    }

    /// In how many ways training asks.
    int trainingQuestions() {
        return questions.getOrDefault(Split.TRAIN, List.of()).size();
    }

    /// A question in words that belong to the split.
    String question(Draw draw, C context) {
        return draw.of(questions.getOrDefault(draw.split(), List.of())).render(context);
    }

    /// A question in words for training by rewards.
    String practice(Draw draw, C context) {
        return draw.of(practice).render(context);
    }

    String reply(Draw draw, C context) {
        return draw.of(replies).render(context);
    }

    /// All the replies, each as good as the others.
    List<String> replies(C context) {
        return replies.stream().map(reply -> reply.render(context)).toList();
    }
}
