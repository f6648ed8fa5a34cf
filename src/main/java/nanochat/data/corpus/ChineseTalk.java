package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import nanochat.conversation.Message;

/// What people say in Chinese without asking for facts or numbers, what the assistant says of itself, and what it does not know.
final class ChineseTalk {
    private static final List<String> OF_ITSELF = List.of("who are you", "who made you", "are you human", "what can you do", "language");
    private static final String OPENING = "opening hello";
    private static final String CLOSING = "goodbye";
    private static final String SYSTEM = "system";
    private static final String UNKNOWN = "unknown ";
    private static final String UNKNOWN_REPLY = "unknown reply";
    private static final String LIST = "list ";
    private static final String SEPARATOR = "、";
    /// The names of questions that name nobody.
    private static final List<String> NOBODY = List.of("");
    /// One with more ways to ask is drawn more often.
    private final List<Dialog<String>> smallTalk = new ArrayList<>();
    private final List<Dialog<String>> identity = new ArrayList<>();
    private final List<Unknown> unknown = new ArrayList<>();
    private final Map<String, Dialog<String>> byName = new TreeMap<>();
    private final Dialog<String> requests;
    private final Dialog<String> nonsense;
    private final List<String> systemPrompts;

    /// Questions with the names that they are about.
    private record Unknown(Dialog<String> dialog, Names names) {}

    ChineseTalk() {
        Sections talked = new Sections("zh/talk.txt");
        systemPrompts = talked.lines(SYSTEM);
        for (String name : talked.names()) {
            if (!name.equals(SYSTEM)) {
                Dialog<String> dialog = new Dialog<>(talked, name, ChineseTalk::slot);
                byName.put(name, dialog);
                (OF_ITSELF.contains(name) ? identity : smallTalk).addAll(Collections.nCopies(dialog.trainingQuestions(), dialog));
            }
        }
        Sections asked = new Sections("zh/unknown.txt");
        for (String name : asked.names()) {
            if (name.startsWith(UNKNOWN) && !name.equals(UNKNOWN_REPLY)) {
                List<String> lines = Stream.concat(asked.lines(name).stream(), asked.lines(UNKNOWN_REPLY).stream()).toList();
                String list = LIST + name.substring(UNKNOWN.length());
                Dialog<String> dialog = new Dialog<>(name, lines, ChineseTalk::slot);
                Names names = Names.of(asked.names().contains(list) ? asked.lines(list) : NOBODY, SEPARATOR);
                unknown.addAll(Collections.nCopies(dialog.trainingQuestions(), new Unknown(dialog, names)));
            }
        }
        requests = new Dialog<>(asked, "request", ChineseTalk::slot);
        nonsense = new Dialog<>(asked, "nonsense", ChineseTalk::slot);
    }

    private static Template.Slot<String> slot(String name) {
        if (!name.equals("name")) {
            throw new IllegalArgumentException("talk has no slot but name, not " + name);
        }
        return (filler, out) -> out.append(filler);
    }

    String systemPrompt(Draw draw) {
        return draw.of(systemPrompts);
    }

    Exchange opening(Draw draw) {
        return said(draw, ChineseKind.SMALL_TALK, dialog(OPENING));
    }

    Exchange closing(Draw draw) {
        return said(draw, ChineseKind.SMALL_TALK, dialog(CLOSING));
    }

    private Dialog<String> dialog(String name) {
        Dialog<String> found = byName.get(name);
        if (found == null) {
            throw new IllegalStateException("talk.txt has no section [" + name + "]");
        }
        return found;
    }

    Exchange smallTalk(Draw draw) {
        return said(draw, ChineseKind.SMALL_TALK, draw.of(smallTalk));
    }

    Exchange identity(Draw draw) {
        return said(draw, ChineseKind.IDENTITY, draw.of(identity));
    }

    private static Exchange said(Draw draw, ChineseKind kind, Dialog<String> dialog) {
        return new Exchange(kind.exchange(), dialog.question(draw, ""), new Message.Assistant(dialog.reply(draw, "")),
                new Answer.OneOf(dialog.replies("")));
    }

    Exchange unknown(Draw draw) {
        Unknown one = draw.of(unknown);
        return declined(draw, ChineseKind.UNKNOWN, one.dialog, one.names.draw(draw), "不知道");
    }

    Exchange request(Draw draw) {
        return declined(draw, ChineseKind.REQUEST, requests, "", "不会|做不到");
    }

    Exchange nonsense(Draw draw) {
        return declined(draw, ChineseKind.NONSENSE, nonsense, "", "没听懂|不明白");
    }

    private static Exchange declined(Draw draw, ChineseKind kind, Dialog<String> dialog, String name, String honest) {
        return new Exchange(kind.exchange(), dialog.question(draw, name), new Message.Assistant(dialog.reply(draw, name)),
                new Answer.Says(honest));
    }
}
